"""All figures of a harmonisation, from its checks to an index that a page can read."""

import json
import xml.etree.ElementTree as ET

import harmonised_study as hs
import numpy as np
import pandas as pd
import pytest
from specs_of import changed, harmonisation_with, spec_of, variable_with, written
from step_run import run_step

from multipet.core.files import write_json
from multipet.core.tables import read_table, write_table
from multipet.figures.figure import INDEX, save_figures
from multipet.figures.harmonisation import HARMONISATION_FIGURES
from multipet.figures.harmonisation.differences import differences_height, draw_differences
from multipet.figures.harmonisation.effects import coefficient_label
from multipet.figures.harmonisation.shifts import draw_shifts, panels_of, shifts_height
from multipet.figures.harmonisation.source import BatchNames, HarmonisationSource
from multipet.figures.labels import Labels
from multipet.figures.style import figure_style, new_figure

LABELS = Labels(
    outcome="BP_ND",
    sites={"s0": "$Turku$", "s1": "<b>Oslo</b>"},
    variables={"group": variable_with(labels={"patient": "patients"})},
)


def source(checks, given=False):
    return HarmonisationSource(
        checks.tables,
        checks.overview,
        ["group"],
        {column.name: column for column in checks.columns["components"]},
        LABELS,
        given,
    )


def save(checks, folder, given=False):
    save_figures(HARMONISATION_FIGURES, source(checks, given), folder)
    return json.loads((folder / INDEX).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return folder, save(hs.checks(), folder)


def test_index_lists_every_figure_with_its_section(saved):
    folder, index = saved
    assert [entry["name"] for entry in index] == [kind.name for kind in HARMONISATION_FIGURES]
    for entry, kind in zip(index, HARMONISATION_FIGURES, strict=True):
        ET.parse(folder / entry["file"])
        assert not read_table(folder / entry["table"]).empty
        assert entry["section"] == kind.section
        assert entry["title"] and entry["alt"] and "When all is well" in entry["caption"]


def test_names_are_text_and_never_markup(saved):
    folder, _ = saved
    texts = (folder / "harmonisation_shifts.svg").read_text(encoding="utf-8")
    assert "$Turku$" in texts and "&lt;b&gt;Oslo&lt;/b&gt;" in texts and "<b>" not in texts


def test_a_figure_without_rows_is_left_out(tmp_path):
    raw = hs.reference_pooled()
    one = raw[(raw["region"] == "r0") & (raw["session"] == "1")].reset_index(drop=True)
    one["region"] = one["region"].cat.remove_unused_categories()
    index = save(hs.checks(one, method="combat_no_eb", preserve="1", tested=[]), tmp_path)
    assert [entry["name"] for entry in index] == ["harmonisation_tests", "harmonisation_shifts"]
    assert "in the region" in index[0]["caption"].lower()


def test_no_proof_is_said_where_differences_were_estimated(saved, tmp_path):
    _, index = saved
    assert "no proof" in index[0]["caption"]
    assert "no proof" not in save(hs.checks(), tmp_path, given=True)[0]["caption"]


def test_many_regions_and_batches_are_folded_and_said(tmp_path):
    index = save(hs.checks(hs.many_regions(60, 11, scans=220)), tmp_path)
    captions = {entry["name"]: entry["caption"] for entry in index}
    assert "In 40 of 60 regions (those that differed most" in captions["harmonisation_tests"]
    assert "6 of 11 batches (those that fit worst)" in captions["harmonisation_priors"]
    assert read_table(tmp_path / "harmonisation_shifts.tsv")["region"].nunique() == 40
    assert (tmp_path / "harmonisation_effects.svg").stat().st_size < 300_000


def test_pairs_are_drawn_at_their_sizes_and_filled_where_detected():
    rows = [
        (region, stage, test, size, p)
        for test in ("mean", "brown_forsythe")
        for region, stage, size, p in (
            ("a", "before", 0.3, 0.001), ("a", "after", 0.0, 0.9),
            ("b", "before", 0.2, 0.2), ("b", "after", 0.01, 0.9),
        )
    ]  # fmt: skip
    columns = ["region", "stage", "test", "size", "p_adjusted"]
    table = pd.DataFrame(rows, columns=columns)
    with figure_style():
        figure = draw_differences(table, new_figure(differences_height(table)), LABELS)
    points = {
        (line.get_marker(), line.get_markerfacecolor() == line.get_color()): line.get_xydata()
        for line in figure.axes[0].lines
        if line.get_marker() in ("o", "s")
    }
    assert points["o", True].tolist() == [[0.3, 0]]
    assert points["o", False].tolist() == [[0.2, 1]]
    assert points["s", False].tolist() == [[0.0, 0], [0.01, 1]]


def test_heat_map_is_centred_and_has_no_scales_without_any():
    table = pd.DataFrame({
        "batch": ["s0", "s1"] * 2, "region": ["a", "a", "b", "b"],
        "shift": [0.5, -1.0, np.nan, 0.1], "log_scale": 0.0,
    })  # fmt: skip
    assert len(panels_of(table)) == 1
    names = BatchNames(["site"], ["s0", "s1"], LABELS)
    with figure_style():
        figure = draw_shifts(table, new_figure(shifts_height(table, names)), names)
        mesh = figure.axes[0].collections[0]
    assert (mesh.norm.vmin, mesh.norm.vmax) == (-1, 1)
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.5", "−1.0", "0.1"]


def test_names_of_joined_batches():
    names = BatchNames(["site", "group"], ["s0 + patient"], LABELS)
    assert names.text("s0 + patient") == "$Turku$ + patients"
    assert names.text("s0") == "s0"


def test_names_of_coefficients():
    assert coefficient_label("age:group[patient]", LABELS) == "age × group: patients"
    assert coefficient_label("ns(age, 3)[2]", LABELS) == "ns(age, 3)[2]"


def test_the_same_tables_give_the_same_bytes_and_the_step_draws_them(saved, tmp_path):
    folder, index = saved
    checks = hs.checks()
    for name, table in checks.tables.items():
        write_table(tmp_path / f"{name}.tsv", table, checks.columns[name])
    write_json(tmp_path / "overview.json", checks.overview)
    spec = changed(
        spec_of("draw_harmonisation", harmonisation={"mine": {"method": "combat"}}),
        settings=harmonisation_with(**hs.SETTINGS),
        outcome__scale="identity",
        site_labels=dict(LABELS.sites),
        variables=dict(LABELS.variables),
    )
    path = written(tmp_path / "spec.json", spec)
    done = run_step("draw_harmonisation", spec=path, checks=tmp_path, folder=tmp_path / "figures")
    assert done.returncode == 0, done.stderr
    for entry in index:
        drawn = (tmp_path / "figures" / entry["file"]).read_bytes()
        assert drawn == (folder / entry["file"]).read_bytes(), entry["name"]
