"""A contrast's table with calibrated p-values."""

import numpy as np
import pandas as pd
import pytest
from calibration_cases import FORMULA, REGIONS, group_question, harmonisation, scan_rows
from scipy import stats

from multipet.analysis.contrast.estimates import contrast_estimates
from multipet.analysis.contrast.table import contrast_table
from multipet.calibration import CALIBRATION, CalibrationSettings, apply_to, calibrate
from multipet.calibration.model_values import separate_values
from multipet.core.columns import names
from multipet.harmonisation import harmonise
from multipet.mixed_model import fit_regions


@pytest.fixture(scope="module")
def tables():
    table = scan_rows()
    done = harmonise(table, REGIONS, "site", "group + age", "combat").table
    question = group_question(table)
    found = contrast_estimates(question, fit_regions(FORMULA, done, REGIONS), done)
    settings = CalibrationSettings(draws=99)
    at = (separate_values(table, REGIONS), harmonisation(), settings)
    return contrast_table(question, found, done), calibrate(question, FORMULA, *at).table


def test_p_and_interval_are_the_calibrated_ones(tables):
    contrast, calibration = tables
    table = apply_to(contrast, calibration, "own", "bh")
    assert list(table.columns) == list(contrast.columns)
    np.testing.assert_array_equal(table["p_naive"], contrast["p_value"])
    for name in ("p_value", "ci_low", "ci_high", "p_method"):
        np.testing.assert_array_equal(table[name], calibration[name])
    for name in ("estimate", "standard_error", "t", "df"):
        np.testing.assert_array_equal(table[name], contrast[name])
    assert (table["p_adjusted"] >= table["p_value"]).all()
    assert table["percent_low"].isna().all()
    ratio = table["detectable"] / calibration["standard_error"] - calibration["t_critical"]
    np.testing.assert_allclose(ratio, stats.t.ppf(0.8, table["df"]))


def test_percent_where_values_are_logarithms(tables):
    contrast, calibration = tables
    contrast = contrast.assign(percent=1.0)
    table = apply_to(contrast, calibration, "own", "none")
    np.testing.assert_allclose(table["percent_high"], 100 * np.expm1(calibration["ci_high"]))


def test_rows_are_found_by_region_and_comparison(tables):
    contrast, calibration = tables
    other = calibration.assign(harmonisation="other", p_value=0.5)
    mixed = pd.concat([other, calibration.iloc[::-1]], ignore_index=True)
    table = apply_to(contrast, mixed, "own", "none")
    np.testing.assert_array_equal(table["p_value"], calibration["p_value"])


def test_without_a_calibrated_p_there_is_none(tables):
    contrast, calibration = tables
    table = apply_to(contrast, calibration.iloc[1:], "own", "none")
    assert table.loc[0, "status"] == "not calibrated"
    assert np.isnan(table.loc[0, "p_value"]) and np.isnan(table.loc[0, "ci_low"])
    assert table.loc[0, "p_naive"] == contrast.loc[0, "p_value"]


def test_what_the_naive_test_cannot_tell_draws_may(tables):
    contrast, calibration = tables
    broken = contrast.copy()
    broken.loc[0, ["standard_error", "t", "p_value", "ci_low", "ci_high"]] = np.nan
    broken.loc[0, "status"] = "not testable: fewer than 2 degrees of freedom"
    broken.loc[1, "status"] = "The model has no effect for what is compared."
    silent = calibration.copy()
    silent.loc[1, "status"] = broken.loc[1, "status"]
    silent.loc[1, "p_value"] = np.nan
    table = apply_to(broken, silent, "own", "none")
    assert table.loc[0, "status"] == "ok"
    assert table.loc[0, "t"] == calibration.loc[0, "t"]
    assert table.loc[1, "status"] == broken.loc[1, "status"]
    assert np.isnan(table.loc[1, "p_value"])


def test_columns_are_described():
    assert len(set(names(CALIBRATION))) == len(CALIBRATION)
