"""All checks of a harmonisation, and the step that writes them."""

import harmonised_study as hs
import numpy as np
import pytest
from specs_of import harmonisation_with, written
from step_run import run_step

from multipet.config.specs import CheckHarmonisationSpec
from multipet.core.columns import names
from multipet.core.columns.harmonisation import SITE_EFFECTS, TABLES
from multipet.core.files import read_json, write_json
from multipet.core.tables import read_table, write_table
from multipet.harmonisation.harmonised_table import harmonise_pooled


def write_inputs(folder, raw, settings, scale="identity"):
    """Files that the step reads, by name."""
    table, harmonised = harmonise_pooled(raw, "h", settings, scale)
    full = harmonisation_with(**settings)
    spec = CheckHarmonisationSpec(id="h", settings=full, scale=scale, alpha=0.05)
    written(folder / "spec.json", spec)
    write_table(folder / "pooled.tsv", raw, hs.COLUMNS)
    write_table(folder / "h.tsv", table, hs.COLUMNS)
    write_table(folder / "effects.tsv", harmonised.site_effects, SITE_EFFECTS)
    write_json(folder / "parameters.json", harmonised.parameters)
    return {
        "spec": folder / "spec.json",
        "pooled": folder / "pooled.tsv",
        "harmonised": folder / "h.tsv",
        "effects": folder / "effects.tsv",
        "parameters": folder / "parameters.json",
    }


def test_step_writes_every_table_and_the_overview(tmp_path):
    inputs = write_inputs(tmp_path, hs.reference_pooled(), hs.SETTINGS)
    done = run_step("check_harmonisation", **inputs, folder=tmp_path / "out")
    assert done.returncode == 0, done.stderr
    for name, columns in TABLES.items():
        table = read_table(tmp_path / "out" / f"{name}.tsv")
        assert list(table.columns)[: len(columns)] == names(columns)
    overview = read_json(tmp_path / "out" / "overview.json")
    assert (overview["n_scans"], overview["n_people"]) == (90, 70)
    assert (overview["n_repeated"], overview["n_crossing"], overview["n_tested"]) == (20, 6, 76)
    assert overview["batches"] == ["s0", "s1", "s2", "s3"]


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "combat_no_eb"},
        {"method": "location"},
        {"preserve": "1", "tested": []},
        {"batch": ["site", "scanner"]},
        {"reference": "s1"},
        {"fit_on": {"group": ["control"]}},
    ],
)
def test_every_way_of_harmonising_can_be_checked(settings):
    checks = hs.checks(**settings)
    counts = checks.tables["batch_test_counts"].set_index(["test", "stage"])
    before, after = (counts.loc[("mean", stage), "size_median"] for stage in ("before", "after"))
    assert after < before / 2
    assert set(checks.tables) == set(TABLES)


def test_far_moves_are_counted_as_the_findings_count_them():
    raw = hs.reference_pooled()
    raw.loc[raw["site"] == "s3", "value"] += 2.0
    _, harmonised = harmonise_pooled(raw, "h", hs.SETTINGS, "identity")
    found = {f.region: int(f.value) for f in harmonised.findings if f.check == "moved_far"}
    moved = hs.checks(raw).tables["moved"]
    counted = moved[moved["region"] != ""].groupby("region")["n_far"].sum()
    assert found and found == {r: n for r, n in counted.items() if n}


def test_multiplied_values_give_the_same_checks():
    raw = hs.reference_pooled()
    one, other = hs.checks(raw), hs.checks(raw.assign(value=raw["value"] * 100))
    for name, column in (("batch_tests", "size"), ("shifts", "shift"), ("moved", "median_sd")):
        np.testing.assert_allclose(other.tables[name][column], one.tables[name][column], rtol=1e-6)
