"""The figures of robustness, from tables to an index that a report can read."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from robustness_study import AGE, GROUP, robustness_tables
from specs_of import spec_of, variable_with, written
from step_run import run_step
from study_run import pooled_scans

from multipet.core import columns
from multipet.core.columns import robustness as own
from multipet.core.tables import read_table, write_table
from multipet.figures.contrast import ROBUSTNESS_FIGURES
from multipet.figures.contrast.partial_residuals import MOST_COLOURED, jittered
from multipet.figures.contrast.source import contrast_source, smallest_p_rows
from multipet.figures.contrast.specifications import MOST_NAMED, choice_rows, specifications_drawn
from multipet.figures.figure import save_figures
from multipet.figures.labels import Labels

VARIABLES = {
    "group": variable_with(levels=["control", "patient"], labels={"patient": "<b>$x$</b>"})
}
SECTIONS = {kind.name: kind.section for kind in ROBUSTNESS_FIGURES}
LABELS = Labels(outcome="BP_ND", sites={"s1": "$Turku$", "s2": "_" * 60}, variables=VARIABLES)


def save(tables, folder, labels=LABELS):
    save_figures(ROBUSTNESS_FIGURES, contrast_source(tables, labels), folder)
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in index}


def texts(path):
    return ["".join(e.itertext()) for e in ET.parse(path).iter() if e.tag.endswith("}text")]


@pytest.fixture(scope="module")
def group():
    return robustness_tables(GROUP)


@pytest.fixture(scope="module")
def saved(group, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return folder, save(group, folder)


def test_index_lists_every_figure(saved):
    folder, index = saved
    assert set(index) == set(SECTIONS) - {"curves"}
    for entry in index.values():
        assert entry["section"] == SECTIONS[entry["name"]]
        assert not read_table(folder / entry["table"]).empty
        shows, well = entry["caption"].split(" When all is well, ")
        assert min(len(shows), len(well)) > 20
        assert "{" not in entry["caption"] + entry["alt"] + entry["title"]
        assert "  " not in entry["caption"]


def test_a_slope_has_curves(tmp_path):
    index = save(robustness_tables(AGE), tmp_path)
    assert set(index) == set(SECTIONS)
    assert index["curves"]["title"] == "Outcome over age"
    assert any(text.startswith("curve against line: p") for text in texts(tmp_path / "curves.svg"))


def test_labels_are_drawn_as_they_are(saved):
    folder, _ = saved
    drawn = texts(folder / "partial_residuals.svg")
    assert "<b>$x$</b>" in drawn
    assert "$Turku$ (24)" in drawn
    assert "without $Turku$" in texts(folder / "left_out.svg")


def test_no_id_of_a_person_is_drawn(group, saved):
    folder, index = saved
    people = set(group["partial_residuals"]["participant_id"])
    for entry in index.values():
        text = (folder / entry["file"]).read_text(encoding="utf-8") + entry["caption"]
        assert not [name for name in people if f">{name}<" in text]


def test_drawn_again_is_the_same(group, saved, tmp_path):
    folder, _ = saved
    save(group, tmp_path)
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_a_model_without_random_effects_has_no_quantiles_of_them(tmp_path):
    how = {"formula": "age + group", "site": "fixed", "scanner": "none"}
    index = save(robustness_tables(GROUP, model=how), tmp_path)
    assert "random_effect_quantiles" not in index


def test_many_sites_share_a_colour_and_are_left_out_by_kind(tmp_path):
    tables = robustness_tables(GROUP, pooled_scans(sites=MOST_NAMED + 1, people=6))
    labels = replace(LABELS, site_order=tuple(f"s{k}" for k in range(MOST_NAMED + 1)))
    row = smallest_p_rows(tables["contrast"], 1)[0]
    drawn = specifications_drawn(tables["specifications"], row, 0.05, False, 40)
    words = [line.text for line in choice_rows(drawn, labels)]
    assert words[-3:] == ["nothing", "a site", "a scanner"]
    index = save(tables, tmp_path)
    assert "12 of 17" in index["partial_residuals"]["caption"]
    svg = (tmp_path / "partial_residuals.svg").read_text(encoding="utf-8").lower()
    assert svg.count("#d55e00") == 0
    assert MOST_COLOURED < 12


def test_matrix_has_a_row_a_choice_that_differs(group):
    row = smallest_p_rows(group["contrast"], 1)[0]
    drawn = specifications_drawn(group["specifications"], row, 0.05, False, 40)
    rows = choice_rows(drawn, LABELS)
    headings = [line.text for line in rows if line.ranks is None]
    assert headings == ["Covariates", "Left out"]  # site and values are alike in all
    for heading in headings:
        at = [line.text for line in rows].index(heading) + 1
        ranks = []
        while at < len(rows) and rows[at].ranks is not None:
            ranks += rows[at].ranks
            at += 1
        assert sorted(ranks) == drawn["rank"].tolist()
    named = [line.text for line in rows]
    assert named[1] == "as planned"  # the main analysis first
    assert {"crude", "without age"} == set(named[2:4])  # an id is shown without its underscores


def test_levels_are_spread_and_numbers_stay(group):
    points = group["partial_residuals"]
    places = jittered(points)
    assert abs(places - points["x"]).max() <= 0.25
    assert len(set(places[points["x"] == 1])) > 10
    slope = robustness_tables(AGE)["partial_residuals"]
    assert jittered(slope).tolist() == slope["x"].tolist()


def test_harmonised_values_say_why_there_is_no_interval(tmp_path):
    harmonisation = {"id": "x", "method": "combat", "batch": "site"}
    index = save(robustness_tables(GROUP, harmonisation=harmonisation), tmp_path)
    for name in ("left_out", "specifications"):
        assert "Without interval: on harmonised values" in index[name]["caption"]
    assert "no valid p" in texts(tmp_path / "specifications.svg")


def test_sites_compared_have_one_panel(tmp_path):
    how = {"site": "fixed", "scanner": "none"}
    index = save(robustness_tables({"pairwise": "site"}, model=how), tmp_path)
    assert "of all sites together" in index["partial_residuals"]["alt"]
    assert "not estimated" in texts(tmp_path / "left_out.svg")


def test_step_draws_from_files_alone(group, tmp_path):
    kinds = (
        columns.CONTRAST, own.LEFT_OUT, own.SPECIFICATIONS, own.PARTIAL_RESIDUALS,
        own.PARTIAL_LINES, own.CURVES, own.LINEARITY, columns.RANDOM_EFFECTS,
        columns.VARIANCE_COMPONENTS,
    )  # fmt: skip
    paths = {name: tmp_path / f"{name}.tsv" for name in group}
    for path, table, kind in zip(paths.values(), group.values(), kinds, strict=True):
        write_table(path, table, kind)
    spec = written(tmp_path / "spec.json", spec_of("draw_robustness"))
    done = run_step("draw_robustness", spec=spec, folder=tmp_path / "figures", **paths)
    assert done.returncode == 0, done.stderr
    assert len(json.loads((tmp_path / "figures" / "index.json").read_text())) == 4


def test_refits_that_are_not_shown_are_counted(tmp_path):
    tables = robustness_tables(GROUP, pooled_scans(sites=18, people=6))
    total = tables["left_out"].groupby(["region", "comparison"]).size().max()
    caption = save(tables, tmp_path)["left_out"]["caption"]
    assert f"Shown: 16 of {total} refits, those that move the effect in" in caption
