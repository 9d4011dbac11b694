"""The page of a harmonisation: its words, its tables, and what it never shows."""

from dataclasses import replace
from html.parser import HTMLParser

import harmonised_study as hs
import pytest
from harmonisation_mock import files_of, spec_of
from report_mock import HOSTILE
from specs_of import changed, written
from step_run import run_step

from multipet.config.page_specs import Logo, NamedContrast, SiteLabel
from multipet.core.files import read_json, write_json
from multipet.core.findings import Finding
from multipet.core.findings_file import write_findings
from multipet.core.tables import write_table
from multipet.report.harmonisation.answer import harmonisation_answer, key_figures, worries
from multipet.report.harmonisation.page import (
    harmonisation_html,
    harmonisation_page,
    harmonisation_summary,
)
from multipet.report.html.text import plain


@pytest.fixture(scope="module")
def files():
    return files_of()


def html_of(files):
    return harmonisation_html(harmonisation_page(files))


def test_the_answer_says_what_was_done_and_how_far_apart_batches_were(files):
    text = plain(harmonisation_answer(files))
    assert text.startswith(
        "ComBat aligned 90 scans of 70 people over 4 sites in 3 regions, keeping the effects of "
        "age and diagnosis. Before, site explained "
    )
    counts = files.tables["batch_test_counts"].set_index(["test", "stage"])
    before = counts.loc[("mean", "before")]
    assert f"sites differed in mean in {before['n_below_adjusted']:.0f} of 3 regions" in text
    assert "now in 0 of 3 regions" in text and "Half of the values moved by" in text


def test_interactions_and_subsets_are_named():
    files = files_of(preserve="age * group")
    assert "age and diagnosis and of their interaction" in plain(harmonisation_answer(files))
    subset = files_of(fit_on={"group": ["control"]})
    text = plain(harmonisation_answer(subset))
    assert "estimated from scans with diagnosis control" in text


def test_key_figures_show_before_and_after(files):
    values = [figure.value for figure in key_figures(files)]
    assert values[0] == "4" and values[2].endswith("→ 0")


def test_no_proof_is_said_unless_nothing_was_estimated(files):
    assert "no proof" in html_of(files)
    given = replace(files, spec=spec_of(method="linear_scale"))
    page = harmonisation_page(given)
    assert page.no_proof == "" and "Predicted error" not in harmonisation_html(page)


def test_worries_name_what_calls_for_a_look(files):
    assert not any("predicted to find" in plain(words) for words in worries(files))
    shares = files.tables["covariate_shares"].assign(share=0.6, predicted_error=0.2)
    counts = files.tables["batch_test_counts"].assign(n_below_adjusted=2)
    agreement = files.tables["effect_agreement"].assign(n_within=1)
    changed = {
        "covariate_shares": shares, "batch_test_counts": counts, "effect_agreement": agreement
    }  # fmt: skip
    finding = Finding(stage="harmonise", check="small_batch", action="noted", message="few")
    noted = files_of([finding, finding]).findings
    worse = replace(files, tables={**files.tables, **changed}, findings=noted)
    text = " ".join(map(plain, worries(worse)))
    assert "Sites still differ in mean in 2 of 3 regions." in text
    assert "still differ in spread in 2 of 3 regions" in text
    assert "diagnosis: patients lies to 60" in text and "find something in 20" in text
    assert "changed by more than its interval in 2 of 3 regions" in text
    assert "small batch (2)" in text
    assert not any("predicted" in plain(w) for w in worries(replace(worse, spec=spec_of(
        method="saved"))))  # fmt: skip


def test_unlike_batches_are_a_worry():
    raw = hs.reference_pooled()
    raw.loc[raw["site"] == "s2", "age"] += 30
    text = " ".join(map(plain, worries(files_of(raw=raw))))
    assert "Sites differ in age" in text


class Ids(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [v for name, v in attrs if name == "href" and v.startswith("#")]


def test_page_is_one_file_whose_links_lead_somewhere(files):
    text = html_of(files)
    parser = Ids()
    parser.feed(text)
    assert len(parser.ids) == len(set(parser.ids))
    assert {link[1:] for link in parser.links} <= set(parser.ids)
    assert "link" not in parser.tags and "img" not in parser.tags
    assert "Turku" in text and "Caudate" in text and "a caption" in text
    assert 'href="c.html"' in text


def test_empty_sections_are_absent():
    raw = hs.reference_pooled()
    once = raw[raw["session"] == "1"].reset_index(drop=True)
    page = harmonisation_page(files_of(raw=once, preserve="1", tested=[]))
    assert "repeats" not in page.sections and "effects" not in page.sections
    assert "findings" not in page.sections and "batches" in page.sections
    assert 'id="repeats"' not in harmonisation_html(page)


def test_hostile_labels_stay_text():
    spec = spec_of()
    group = changed(spec.variables["group"], label=HOSTILE)
    spec = changed(
        spec,
        region_labels={"r0": HOSTILE},
        sites={"s0": SiteLabel(label=HOSTILE)},
        variables=spec.variables | {"group": group},
        used_by=(NamedContrast(id="c", title=HOSTILE),),
    )
    text = html_of(replace(files_of(), spec=spec))
    assert "<script>alert" not in text and "{{ 7*7 }}" in text and "49" not in text[:2000]


def test_people_are_not_named():
    finding = Finding(
        stage="harmonise", check="moved_far", action="noted", message="1 value moved",
        participant_id="p07", session="1", region="r0", value="1",
    )  # fmt: skip
    text = html_of(files_of([finding]))
    assert "1 value moved" in text and "p07" not in text


def test_tables_have_what_was_computed(files):
    page = harmonisation_page(files)
    shown = {table.id: table for tables in page.tables.values() for table in tables}
    batch = shown["batches-table"]
    assert [heading.text for heading in batch.headings[3:]] == [
        "age, mean (SD)", "d", "diagnosis: patients", "d"
    ]  # fmt: skip
    assert batch.rows[0][0].text == "Turku" and len(batch.rows) == 4
    counts = shown["counts-table"]
    means = files.tables["batch_test_counts"]
    assert counts.rows[0][2].text == str(int(means["n_below"].iloc[0]))
    folded = {table.id: table for tables in page.folded.values() for table in tables}
    assert (
        len(folded["tests-table"].rows) == 3 and folded["tests-table"].rows[0][0].text == "Caudate"
    )
    assert "far-table" not in shown and len(shown["moved-table"].rows) == 4


def test_far_values_are_listed():
    raw = hs.reference_pooled()
    raw.loc[raw["site"] == "s3", "value"] += 2
    page = harmonisation_page(files_of(raw=raw))
    far = next(table for table in page.tables["moved"] if table.id == "far-table")
    assert any(cell.strong for row in far.rows for cell in row)


def test_step_writes_page_and_summary(tmp_path, files):
    checks = hs.checks()
    for name, table in checks.tables.items():
        write_table(tmp_path / f"{name}.tsv", table, checks.columns[name])
    write_json(tmp_path / "overview.json", checks.overview)
    written(tmp_path / "spec.json", spec_of())
    write_json(tmp_path / "parameters.json", {})
    write_json(tmp_path / "figures/index.json", [])
    write_findings(tmp_path / "findings.tsv", [])
    done = run_step(
        "report_harmonisation",
        within=tmp_path,
        spec="spec.json",
        checks=".",
        findings="findings.tsv",
        parameters="parameters.json",
        figures="figures",
        page="p.html",
        summary="s.json",
    )
    assert done.returncode == 0, done.stderr
    summary = read_json(tmp_path / "s.json")
    assert summary["harmonisation"] == {
        "id": "combat_site", "title": "ComBat over site, before and after"
    }  # fmt: skip
    assert summary["answer_text"] == plain(harmonisation_answer(files))
    assert "ComBat over site" in (tmp_path / "p.html").read_text(encoding="utf-8")
    page = harmonisation_page(files)
    assert summary == harmonisation_summary(files, page)


def test_the_logo_is_on_the_page(tmp_path):
    (tmp_path / "lab.png").write_bytes(b"\x89PNG\r\n\x1a\n0")
    files = files_of()
    logo = Logo(path=str(tmp_path / "lab.png"), alt="The lab", sha256="")
    page = harmonisation_page(replace(files, spec=changed(files.spec, logo=logo)))
    assert 'alt="The lab"' in harmonisation_html(page)
    assert "<img" not in harmonisation_html(harmonisation_page(files))
