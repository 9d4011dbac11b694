"""Diagnostic tables against the mixed-model equations that define them."""

import mock_study
import numpy as np
import pandas as pd
import pytest

from multipet.analysis.diagnostics.model_tables import (
    random_effects_table,
    residual_table,
    shrinkage_table,
)
from multipet.analysis.diagnostics.variance_components import variance_table
from multipet.analysis.model.fitted_specification import JOINT
from multipet.core import columns
from multipet.core.tables import read_table, write_table
from multipet.mixed_model import fit_regions
from multipet.mixed_model.fit import FailedFit

REGIONS = ["caudate", "putamen"]
FAILED = FailedFit(outcome="putamen", formula="age", reason="all values are missing")


@pytest.fixture(scope="module")
def table():
    scans = mock_study.scan_table(REGIONS, people=60)
    scans.loc[[3, 17], "putamen"] = np.nan
    return scans


@pytest.fixture(scope="module")
def fits(table):
    return [mock_study.solve(table, region) for region in REGIONS]


@pytest.fixture(scope="module")
def fixed_fits(table):
    return [mock_study.solve(table, region, ()) for region in REGIONS]


def test_residuals_are_those_of_the_scans_used(fits, table, fixed_fits):
    residuals = residual_table(fits, table, fixed_fits)
    assert list(residuals) == columns.names(columns.RESIDUALS)
    putamen = residuals[residuals["region"] == "putamen"].reset_index(drop=True)
    used = table[table["putamen"].notna()].reset_index(drop=True)
    assert putamen["participant_id"].tolist() == used["participant_id"].tolist()
    np.testing.assert_allclose(putamen["observed"], used["putamen"], atol=1e-12)
    np.testing.assert_allclose(putamen["residual_fixed"], fixed_fits[1].residuals, atol=1e-12)
    assert list(residuals["site"].cat.categories) == list(mock_study.CAMERAS)


def test_residual_table_survives_writing(fits, table, fixed_fits, tmp_path):
    residuals = residual_table(fits, table, fixed_fits)
    write_table(tmp_path / "residuals.tsv", residuals, columns.RESIDUALS)
    pd.testing.assert_frame_equal(read_table(tmp_path / "residuals.tsv"), residuals)


def test_failed_regions_have_no_rows(fits, table, fixed_fits):
    residuals = residual_table([fits[0], FAILED], table, fixed_fits)
    assert residuals["region"].unique().tolist() == ["caudate"]
    assert random_effects_table([fits[0], FAILED])["region"].unique().tolist() == ["caudate"]


def test_missing_counterpart_leaves_its_columns_missing(fits, table, fixed_fits):
    residuals = residual_table(fits, table, [fixed_fits[0], FAILED])
    putamen = residuals["region"] == "putamen"
    assert residuals.loc[putamen, "residual_fixed"].isna().all()
    assert residuals.loc[~putamen, "residual_fixed"].notna().all()


def test_no_fit_at_all_gives_empty_tables_that_can_be_written(table, tmp_path):
    tables = {
        columns.RESIDUALS: residual_table([FAILED], table, [FAILED]),
        columns.RANDOM_EFFECTS: random_effects_table([FAILED]),
        columns.SHRINKAGE: shrinkage_table([FAILED], table),
        columns.VARIANCE_COMPONENTS: variance_table([FAILED]),
    }
    for kinds, empty in tables.items():
        write_table(tmp_path / "empty.tsv", empty, kinds)
        assert read_table(tmp_path / "empty.tsv").empty


def test_own_mean_times_shrinkage_factor_is_the_mode(fits, table):
    shrinkage = shrinkage_table(fits, table)
    ratio = shrinkage["factor"].map(
        {factor: (mock_study.RESIDUAL_SD / sd) ** 2 for factor, sd in mock_study.SDS.items()}
    )
    n = shrinkage["n_scans"]
    np.testing.assert_allclose(
        shrinkage["partial_pooling"], shrinkage["no_pooling"] * n / (n + ratio), atol=1e-10
    )
    assert (shrinkage["complete_pooling"] == 0).all()


def test_own_mean_with_one_factor_is_that_of_the_outcome_beyond_fixed_effects(table):
    fit = mock_study.solve(table, "caudate", ("site",))
    shrinkage = shrinkage_table([fit], table).set_index("level")
    beyond = table["caudate"].to_numpy() - fit.fixed_effects_fitted
    for site, rows in table.groupby("site", observed=True).groups.items():
        assert shrinkage.loc[site, "no_pooling"] == pytest.approx(beyond[rows].mean())
        assert shrinkage.loc[site, "n_scans"] == len(rows)


def test_one_fit_of_all_regions_names_the_region_of_each_row(table):
    joint = table.assign(region="caudate", **{JOINT: table["caudate"]})
    fit = mock_study.solve(joint, JOINT)
    assert residual_table([fit], joint, [fit])["region"].unique().tolist() == ["caudate"]
    assert random_effects_table([fit])["region"].unique().tolist() == ["all regions"]


def test_tables_of_estimated_fits(table):
    formula = "age + group + (1 | participant_id) + (1 | scanner)"
    fits = fit_regions(formula, table, REGIONS)
    fixed = fit_regions("age + group", table, REGIONS)
    residuals = residual_table(fits, table, fixed)
    assert (residuals.groupby("region")["residual"].std() <
            residuals.groupby("region")["residual_fixed"].std()).all()  # fmt: skip
    shrinkage, variances = shrinkage_table(fits, table), variance_table(fits)
    caudate = shrinkage[(shrinkage["region"] == "caudate") & (shrinkage["factor"] == "scanner")]
    tau, sigma = (
        variances.query("region == 'caudate'").set_index("component")["variance"][name]
        for name in ("scanner", "residual")
    )
    factor = caudate["n_scans"] / (caudate["n_scans"] + sigma / tau)
    np.testing.assert_allclose(caudate["partial_pooling"], caudate["no_pooling"] * factor, 1e-6)
