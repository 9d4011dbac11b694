"""Pages built from whole studies: valid, self-contained, escaped, equal to the tables."""

import base64
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import html5lib
import pytest
import report_mock as mock

import report_contrast
from multipet.core.columns import FINDINGS, RESIDUAL_CHECKS, SENSITIVITY, VARIANCE_COMPONENTS
from multipet.core.files import read_json
from multipet.report.contrast.files import RobustnessFiles
from multipet.report.contrast.page import contrast_html, contrast_page, contrast_summary
from multipet.report.contrast.regions import MOST_REGIONS
from multipet.run.step import files_of

HTML = "{http://www.w3.org/1999/xhtml}"


def built(files):
    return contrast_html(contrast_page(files))


def parsed(text):
    """Parse strictly: the first error of the HTML is raised."""
    return html5lib.HTMLParser(strict=True).parse(text)


def body(text, name):
    """Cells of a table's rows: pairs of the column in the results file and the cell."""
    table = next(e for e in parsed(text).iter(f"{HTML}table") if e.get("id") == name)
    columns = [head.get("data-column") for head in table.find(f"{HTML}thead/{HTML}tr")]
    rows = table.find(f"{HTML}tbody").findall(f"{HTML}tr")
    return [list(zip(columns, row, strict=True)) for row in rows]


def numbers(row, *wanted):
    """Numbers of a row by their column in the results file; None where there is none."""
    cells = {column: cell.get("data-value") for column, cell in row if column}
    return {key: value for key, value in cells.items() if not wanted or key in wanted}


def assert_equal(cells, expected):
    for column, value in cells.items():
        if value is None:
            assert math.isnan(expected[column]), column
        else:
            assert float(value) == expected[column], column


@pytest.fixture(scope="module", params=list(mock.STUDIES))
def study(request):
    files = mock.STUDIES[request.param]()
    return files, built(files)


def test_is_valid_html_with_unique_ids_and_working_links(study):
    root = parsed(study[1])
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = [e.get("href") for e in root.iter(f"{HTML}a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_headings_are_in_order(study):
    names = {f"{HTML}h{level}": level for level in range(1, 7)}
    levels = [names[e.tag] for e in parsed(study[1]).iter() if e.tag in names]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_loads_nothing_from_elsewhere(study):
    root = parsed(study[1])
    loading = ("src", "srcset", "data", "action", "background", "poster")
    assert not [e.tag for e in root.iter() for name in loading if e.get(name)]
    assert not list(root.iter(f"{HTML}link"))
    assert "url(http" not in study[1]
    assert "@import" not in study[1]


def test_has_one_script_which_is_ours(study):
    scripts = list(parsed(study[1]).iter(f"{HTML}script"))
    assert len(scripts) == 1
    assert "alert(1)" not in scripts[0].text


def test_same_inputs_give_the_same_bytes(study):
    assert built(study[0]) == study[1]


def test_every_number_of_the_table_is_that_of_the_file(study):
    files, text = study
    rows = body(text, "regions-table")
    for row, (_, expected) in zip(rows, files.contrast.iterrows(), strict=True):
        cells = numbers(row)
        assert {"t", "df", "p_value", "p_adjusted", files.scale.estimate} <= set(cells)
        assert_equal(cells, expected)


def test_every_number_of_each_refit_is_that_of_the_file(study):
    files, text = study
    table = files.robust.left_out_summary
    rows = body(text, "left-out-table")
    shown = table[table["region"].isin({row[0][1].get("data-value") for row in rows})]
    assert shown["region"].nunique() == min(table["region"].nunique(), MOST_REGIONS)
    for row, (_, expected) in zip(rows, shown.iterrows(), strict=True):
        assert {"lowest", "highest", "n_same_sign", "n_detected"} <= set(numbers(row))
        assert_equal(numbers(row), expected)


def test_every_number_of_each_specification_is_that_of_the_file(study):
    files, text = study
    table = files.robust.specifications
    rows = body(text, "estimates-table")
    assert 0 < len(rows) <= len(table)
    if len(rows) < len(table):
        strongest = files.contrast.loc[files.contrast["p_value"].idxmin()]
        keys = ["region", "comparison"]
        table = table[(table[keys] == strongest[keys]).all(axis=1)]
    for row, (_, expected) in zip(rows, table.iterrows(), strict=True):
        assert {files.scale.estimate, "p_value", "n_scans"} <= set(numbers(row))
        assert_equal(numbers(row), expected)


def test_every_number_of_people_and_lines_is_that_of_the_file():
    files = mock.slope()
    text = built(files)
    people = files.robust.influence.drop_duplicates("region")
    assert len(people) == 4
    for name, table in (("influence-table", people), ("linearity-table", files.robust.linearity)):
        for row, (_, expected) in zip(body(text, name), table.iterrows(), strict=True):
            assert len(numbers(row)) >= 3
            assert_equal(numbers(row), expected)


def test_every_number_at_a_site_is_that_of_the_file():
    files = mock.differing()
    rows = body(built(files), "by-site-table")
    for row, (region, effects) in zip(
        rows, files.by_site.groupby("region", sort=False), strict=True
    ):
        assert row[0][1].get("data-value") == region
        cells = [cell.get("data-value") for column, cell in row if column == files.scale.estimate]
        shown = [float(value) for value in cells if value]
        assert shown == effects[files.scale.estimate].dropna().tolist()
        test = files.heterogeneity.set_index("region").loc[region]
        assert_equal(numbers(row, "f", "p_adjusted", "sd_between_sites"), test)


def test_every_number_side_by_side_is_that_of_the_file():
    files = mock.harmonised()
    shown = files.scale.estimate
    main, raw = (t.set_index("region")[shown] for t in (files.contrast, files.sensitivity))
    for row in body(built(files), "sides-table"):
        region = row[0][1].get("data-value")
        cells = [float(cell.get("data-value")) for column, cell in row if column == shown]
        assert cells == [main[region], raw[region]]


def test_table_can_be_downloaded(study):
    files, text = study
    link = next(e for e in parsed(text).iter(f"{HTML}a") if e.get("download"))
    encoded = link.get("href").partition("base64,")[2]
    assert base64.b64decode(encoded).decode() == files.contrast_tsv


def test_versions_are_those_that_fitted():
    text = "".join(parsed(built(mock.slope())).itertext())
    assert "multipet 0.2.0 · python 3.12.1 · numpy 1.9.9" in text


def test_hostile_text_is_text():
    root = parsed(built(mock.hostile()))
    title = root.find(f".//{HTML}h1/{HTML}bdi").text
    assert title == mock.HOSTILE.replace("\x07", "\ufffd")
    assert "{{ 7*7 }}" in title
    styles = list(root.iter(f"{HTML}style"))
    assert len(styles) == 1


def test_participants_are_named_only_where_allowed():
    files = mock.slope()
    hidden = built(files)
    assert "Y03" not in hidden
    assert "&#34;007&#34;" not in hidden
    shown = mock.respec(files, report__participant_ids=True)
    assert "Y03" in built(shown)
    assert "&#34;007&#34;" in built(shown)


def test_sections_without_content_are_absent():
    files = mock.slope()
    empty = mock.table([], FINDINGS)
    bare = replace(
        files, plan=mock.plan_of(convergence=[]), figures=(), ingest_findings=empty, sources={},
        sensitivity=mock.table([], SENSITIVITY),
        residual_checks=mock.table([], RESIDUAL_CHECKS),
        variance_components=mock.table([], VARIANCE_COMPONENTS), robust=RobustnessFiles(),
    )  # fmt: skip
    page = contrast_page(bare)
    assert list(page.sections) == ["answer", "trust", "regions", "sites", "methods", "provenance"]
    root = parsed(contrast_html(page))
    ids = [e.get("id") for e in root.iter(f"{HTML}section")]
    assert ids == list(page.sections)


def test_harmonised_values_show_predicted_error_and_raw_answer():
    text = "".join(parsed(built(mock.harmonised())).itertext()).replace("\xa0", " ")
    assert "9.3 %" in text
    assert "The p-values of this page do so." in text
    assert "Raw and harmonised, side by side" in text


def test_the_outcome_has_its_subscript_wherever_it_is_read():
    files = mock.respec(mock.slope(), study__outcome__scale="identity")
    main = parsed(built(files)).find(f".//{HTML}main")
    settings = "".join(main.find(f".//{HTML}pre").itertext())
    assert "BP_ND" not in "".join(main.itertext()).replace(settings, "")
    assert len(list(main.iter(f"{HTML}sub"))) > 5


def test_a_raw_table_of_all_sites_is_listed_once():
    files = mock.slope()
    people = {"name": "participants.tsv", "sha256": "f" * 64}
    sources = {site: [*entries, people] for site, entries in files.sources.items()}
    inputs = contrast_page(replace(files, sources=sources)).provenance.inputs
    assert [i.read_for for i in inputs if i.file == "participants.tsv"] == ["all sites"]
    assert len(inputs) == 5


def test_nothing_harmonised_leaves_the_sites():
    assert contrast_page(mock.slope()).sections["sites"] == "Sites"
    assert contrast_page(mock.harmonised()).sections["sites"] == "Sites and harmonisation"


def test_settings_are_told_by_the_first_digits_of_their_checksum():
    page = contrast_page(mock.slope())
    head = parsed(contrast_html(page)).find(f".//{HTML}main/{HTML}header")
    link = next(e for e in head.iter(f"{HTML}a"))
    assert link.get("href") == "#provenance"
    assert "".join(link.itertext()) == f"settings {page.provenance.checksum[:12]}"


def test_the_step_writes_page_and_summary_from_files(tmp_path):
    page, summary = tmp_path / "reports/age_per_decade.html", tmp_path / "summary.json"
    files = mock.slope()
    words = mock.step_words(files, tmp_path, page, summary)
    report_contrast.main(files_of(report_contrast.Files, words))
    table = (tmp_path / "contrast" / "contrast.tsv").read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8") == built(replace(files, contrast_tsv=table))
    assert read_json(summary)["answer_text"].startswith("BP_ND was lower with higher age")


def test_figures_stay_whole():
    files = mock.slope()
    root = parsed(built(files))
    drawn = root.findall(f".//{HTML}figure//{{http://www.w3.org/2000/svg}}svg")
    assert len(drawn) == len(files.figures)
    assert [e.get("viewBox") for e in drawn] == [
        ET.fromstring(figure.svg).get("viewBox") for figure in files.figures
    ]


def test_a_figure_with_a_script_is_refused():
    files = mock.slope()
    bad = replace(files.figures[0], svg="<svg><script>alert(1)</script></svg>")
    with pytest.raises(ValueError, match="<script"):
        built(replace(files, figures=(bad,)))


def test_summary_holds_what_the_index_shows():
    files = mock.slope()
    summary = contrast_summary(files, contrast_page(files))
    assert summary["n_detected"] == 3
    assert summary["largest_region"] == "Caudate"
    assert {chip["key"] for chip in summary["chips"]} >= {"converged", "sites"}
