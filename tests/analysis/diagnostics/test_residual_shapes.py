"""Shapes of residuals against theory: the envelope covers, histograms integrate, SDs bracket."""

import mock_study
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from multipet.analysis.diagnostics.model_tables import residual_table
from multipet.analysis.diagnostics.residual_shapes import (
    WITH,
    WITHOUT,
    band_table,
    distribution_table,
    normal_envelope,
    quantile_table,
    spread_table,
)
from multipet.core.columns import figures as figure_columns
from multipet.core.columns import names
from multipet.mixed_model import fit_regions


def of_values(values, scanners=None):
    values = np.asarray(values, dtype=float)
    return pd.DataFrame(
        {
            "region": "caudate",
            "participant_id": [str(i) for i in range(len(values))],
            "session": "1",
            "site": pd.Categorical(["turku"] * len(values)),
            "scanner": pd.Categorical(scanners or ["turku/HRRT"] * len(values)),
            "fitted": np.arange(len(values), dtype=float),
            "residual": values,
            "scaled_residual": values,
            "residual_fixed": 3 * values,
        }
    )


@pytest.fixture(scope="module")
def residuals():
    table = mock_study.scan_table(["caudate", "putamen"], people=90)
    fits = [mock_study.solve(table, region) for region in ("caudate", "putamen")]
    fixed = [mock_study.solve(table, region, ()) for region in ("caudate", "putamen")]
    return residual_table(fits, table, fixed)


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (quantile_table, figure_columns.QUANTILES),
        (distribution_table, figure_columns.DISTRIBUTION),
        (spread_table, figure_columns.SPREAD),
        (band_table, figure_columns.BANDS),
    ],
)
def test_columns_are_those_of_the_glossary(residuals, make, columns):
    table = make(residuals)
    assert list(table) == names(columns)
    assert table["region"].unique().tolist() == ["caudate", "putamen"]


@pytest.mark.parametrize("n", [12, 80, 400])
def test_envelope_covers_nineteen_residuals_of_twenty_of_a_normal_sample(n):
    """Of a model with an intercept: their mean is 0, and their SD is their own."""
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(200):
        values = rng.normal(size=n)
        table = quantile_table(of_values(values - values.mean()), [WITH])
        inside.append((table["low"] < table["residual"]) & (table["residual"] < table["high"]))
    assert 0.93 < np.mean(inside) < 0.97


@pytest.mark.parametrize(("n", "tolerance"), [(10, 0.15), (50, 0.1), (300, 0.07)])
def test_envelope_is_that_of_draws(n, tolerance):
    draws = np.sort(np.random.default_rng(1).normal(size=(5000, n)), axis=1)
    draws -= draws.mean(axis=1, keepdims=True)
    draws /= draws.std(axis=1, ddof=1, keepdims=True)
    envelope = normal_envelope(n, n)
    for end, p in (("low", 0.025), ("high", 0.975)):
        expected = np.quantile(draws, p, axis=0)
        assert envelope[end].to_numpy() == pytest.approx(expected, abs=tolerance)
    assert envelope["low"].to_numpy() == pytest.approx(-envelope["high"].to_numpy()[::-1])


def test_residuals_of_a_mixed_model_stay_inside():
    """Shrunken people leave residuals whose SDs differ with the scans of a person."""
    rng, regions = np.random.default_rng(5), [f"r{k}" for k in range(30)]
    person = np.repeat(np.arange(80), 1 + np.arange(80) % 3)
    table = pd.DataFrame({"participant_id": person.astype(str)})
    for name in regions:
        table[name] = rng.normal(size=80)[person] + rng.normal(0, 0.6, len(person))
    inside = []
    for fit in fit_regions("1 + (1 | participant_id)", table, regions):
        own = quantile_table(of_values(fit.residuals), [WITH])
        inside.append((own["low"] < own["residual"]) & (own["residual"] < own["high"]))
    assert 0.9 < np.mean(inside) < 0.98


def test_thinning_keeps_order_and_both_ends_whole():
    values = np.random.default_rng(2).normal(size=3000)
    table = quantile_table(of_values(values), [WITH], most=100)
    ordered = np.sort(values) / values.std(ddof=1)
    assert len(table) == 100
    np.testing.assert_allclose(table["residual"].iloc[:25], ordered[:25])
    np.testing.assert_allclose(table["residual"].iloc[-25:], ordered[-25:])
    assert table["theoretical"].is_monotonic_increasing


def test_scale_of_residuals_does_not_show_in_quantiles():
    table = quantile_table(of_values(np.random.default_rng(3).normal(size=60)))
    one, three = (table.loc[table["model"] == model, "residual"] for model in (WITH, WITHOUT))
    np.testing.assert_allclose(one, three)


@pytest.mark.parametrize("n", [1, 2, 7, 400])
def test_bars_hold_every_scan_once(n):
    values = np.random.default_rng(n).normal(size=n) + 0.3
    table = distribution_table(of_values(np.concatenate([values, [0.0, 1.0]])), [WITH])
    bars = table[table["shape"] == "histogram"]
    assert (bars["density"] * bars["width"]).sum() == pytest.approx(1)
    curve = table[table["shape"] == "normal"]
    assert np.trapezoid(curve["density"], curve["residual"]) == pytest.approx(1, abs=0.02)


def test_model_without_residuals_is_left_out(residuals):
    table = distribution_table(residuals.assign(residual_fixed=np.nan))
    assert table["model"].unique().tolist() == [WITH]


def test_sd_interval_is_that_of_the_chi_squared_distribution():
    values = np.random.default_rng(4).normal(size=25)
    row = spread_table(of_values(values)).iloc[0]
    low, high = np.sqrt(24 * values.var(ddof=1) / stats.chi2.ppf([0.975, 0.025], 24))
    assert (row["sd_low"], row["sd_high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["median"] == pytest.approx(np.median(values))


def test_scanner_with_one_scan_has_no_sd():
    table = spread_table(of_values([1.0, 2.0, 3.0], ["a", "a", "b"])).set_index("scanner")
    assert np.isnan(table.loc["b", "sd"])
    assert np.isnan(table.loc["b", "sd_low"])
    assert table.loc["b", "median"] == 3


def test_bands_widen_where_residuals_spread():
    values = np.random.default_rng(5).normal(size=400) * np.linspace(0.5, 2, 400)
    bands = band_table(of_values(values))
    assert bands["n_scans"].sum() == 400
    assert bands["high"].iloc[-1] > 2 * bands["high"].iloc[0]
    np.testing.assert_allclose(bands["low"], -bands["high"])


def test_too_few_scans_give_no_bands():
    bands = band_table(of_values(np.arange(59.0)))
    assert bands.empty
    assert bands["low"].dtype == float
