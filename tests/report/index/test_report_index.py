"""The index of all contrasts, and its step script on files."""

from dataclasses import replace

import html5lib
import index_mock
import pytest
import report_mock as mock
from report_study import spec as study_spec
from specs_of import changed, written

import report_index
from multipet.config.page_specs import Logo
from multipet.core.columns import FINDINGS, SCAN_REGION, Column
from multipet.core.files import write_json
from multipet.core.problems import UserError
from multipet.core.tables import write_table
from multipet.report.index.page import index_html

HTML = "{http://www.w3.org/1999/xhtml}"
MORE = (index_mock.failed(), index_mock.harmonisation())


def parsed(page):
    return html5lib.HTMLParser(strict=True).parse(index_html(page))


def links(page):
    found = [e.get("href") for e in parsed(page).iter(f"{HTML}a")]
    return [link for link in found if link.endswith(".html")]


def test_links_are_relative_and_in_order():
    wanted = ["age_per_decade.html", "women_minus_men.html", "patients_harmonised.html"]
    assert links(index_mock.page("slope", "null", "harmonised")) == 2 * wanted
    assert links(index_mock.page("slope")) == wanted[:1]


def test_a_failed_contrast_says_why_and_links_to_no_report():
    page = index_mock.page("slope", more=MORE)
    assert "age_in_patients.html" not in links(page)
    text = "".join(parsed(page).itertext())
    assert "No report: failed. every region has fewer scans than coefficients" in text
    assert [entry.failed != "" for entry in page.entries] == [False, True]


def test_a_reason_of_several_lines_is_one():
    page = index_mock.page("slope", more=(index_mock.failed("a\n  b\t c"),))
    assert page.entries[1].failed == "a b c"


def test_a_harmonisation_links_to_its_page_and_to_who_uses_it():
    found = links(index_mock.page("slope", more=MORE))
    assert found[-2:] == ["harmonisation_combat_scanner.html", "patients_harmonised.html"]


def test_concerns_come_before_what_is_fine():
    entry = index_mock.page("many").entries[0]
    states = [chip.state for chip in entry.concerns]
    assert states == sorted(states, key=["stop", "look"].index)
    assert len(entry.concerns) + len(entry.in_state("ok")) == len(entry.chips)


def test_findings_are_counted_by_check():
    rows = index_mock.page("slope", "null").findings.rows
    assert [[cell.text for cell in row[:3]] for row in rows] == [
        ["Duplicate row", "1", "dropped"],
        ["Missing value", "1", "missing"],
        ["Missing covariate", "1", "missing"],
    ]


def test_without_contrasts_findings_or_sources_nothing_is_empty():
    page = index_mock.page("slope")
    bare = replace(page, entries=(), findings=None, flow=None, data=None)
    sections = [e.get("id") for e in parsed(bare).iter(f"{HTML}section")]
    assert sections == ["contrasts"]


def test_hostile_text_is_text():
    page = index_mock.pages()["index_hostile"]
    root = parsed(page)
    assert len(list(root.iter(f"{HTML}script"))) == 1
    assert root.find(f".//{HTML}h1/{HTML}bdi").text == mock.HOSTILE.replace("\x07", "\ufffd")


def test_the_logo_is_on_the_page(tmp_path):
    (tmp_path / "logo.svg").write_text(index_mock.SVG, encoding="utf-8")
    logo = Logo(path=str(tmp_path / "logo.svg"), alt="Our lab", sha256="")
    found = parsed(index_mock.page("slope", logo=logo)).findall(f".//{HTML}img")
    assert [image.get("alt") for image in found] == ["Our lab"]
    with pytest.raises(UserError, match=r"report\.logo"):
        index_mock.page("slope", logo=changed(logo, path=str(tmp_path / "none.png")))


def test_the_step_of_the_index_writes_it(tmp_path):
    files = mock.slope()
    spec, index = tmp_path / "index_spec.json", tmp_path / "reports/index.html"
    written(spec, study_spec("report_index", "all"))
    columns = (*SCAN_REGION, Column("age", "age"), Column("group", "group", kind="level"))
    write_table(tmp_path / "pooled.tsv", index_mock.pooled(), columns)
    write_table(tmp_path / "findings.tsv", files.ingest_findings, FINDINGS)
    summary, sources = tmp_path / "summary.json", []
    write_json(summary, index_mock.summary("slope"))
    for number, record in enumerate(index_mock.sources()):
        sources.append(str(tmp_path / f"source_{number}.json"))
        write_json(sources[-1], record)
    named = report_index.Files(
        spec=str(spec),
        contrasts=(str(summary),),
        sources=tuple(sources),
        findings=str(tmp_path / "findings.tsv"),
        pooled=str(tmp_path / "pooled.tsv"),
        page=str(index),
    )
    report_index.main(named)
    text = index.read_text(encoding="utf-8")
    assert 'href="age_per_decade.html"' in text
    assert "rows delivered" in text
