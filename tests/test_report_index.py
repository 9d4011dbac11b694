"""The index of all contrasts, and both step scripts on files."""

import html5lib
import report_mock as mock

import report_contrast
import report_index
from multipet.files import read_json, write_json
from multipet.report.index import index_html, index_page
from multipet.report.page import contrast_page, contrast_summary

HTML = "{http://www.w3.org/1999/xhtml}"


def page_of(*names):
    studies = [mock.STUDIES[name]() for name in names]
    summaries = [contrast_summary(files, contrast_page(files)) for files in studies]
    return index_page(studies[0].spec, summaries, studies[0].ingest_findings)


def test_links_are_relative_and_in_order():
    root = html5lib.HTMLParser(strict=True).parse(
        index_html(page_of("slope", "null", "harmonised"))
    )
    links = [e.get("href") for e in root.iter(f"{HTML}a") if e.get("href").endswith(".html")]
    assert links == ["age_per_decade.html", "women_minus_men.html", "patients_harmonised.html"]


def test_same_people_are_shown_once():
    page = page_of("slope", "null")
    assert [view.models for view in page.data] == [("main",)]
    assert [entry.title for entry in page.exclusions] == [
        "Duplicate row", "Missing value", "Missing covariate"
    ]  # fmt: skip


def test_hostile_text_is_text():
    text = index_html(page_of("hostile"))
    root = html5lib.HTMLParser(strict=True).parse(text)
    assert len(list(root.iter(f"{HTML}script"))) == 1
    assert root.find(f".//{HTML}h1/{HTML}bdi").text == mock.HOSTILE.replace("\x07", "\ufffd")


def test_steps_write_page_summary_and_index(tmp_path):
    files = mock.slope()
    inputs = mock.write_files(files, tmp_path)
    sources = mock.write_sources(files, tmp_path)
    page, summary = tmp_path / "reports/age_per_decade.html", tmp_path / "summary.json"
    report_contrast.main([*map(str, inputs), str(page), str(summary), *map(str, sources)])
    first = page.read_bytes()
    assert b"1" * 64 in first
    assert read_json(summary)["answer_text"].startswith("BP_ND was lower with higher age")
    report_contrast.main([*map(str, inputs), str(page), str(summary), *map(str, sources)])
    assert page.read_bytes() == first
    write_json(
        tmp_path / "index_spec.json", {"study": files.spec["study"], "sites": {"turku": "Turku"}}
    )
    index = tmp_path / "reports/index.html"
    findings = tmp_path / "ingest_findings.tsv"
    report_index.main([str(tmp_path / "index_spec.json"), str(findings), str(index), str(summary)])
    assert 'href="age_per_decade.html"' in index.read_text(encoding="utf-8")
