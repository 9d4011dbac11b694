"""Checks of the residuals against their definitions, and whether they see what is there."""

import numpy as np
import pandas as pd
import pytest

from multipet.analysis.diagnostics.residual_checks import residual_checks
from multipet.core import columns


def residuals(values, scanners, region="caudate"):
    scaled = np.asarray(values, dtype=float)
    return pd.DataFrame(
        {
            "region": region,
            "participant_id": [f"{i:03d}" for i in range(len(scaled))],
            "session": "1",
            "site": "turku",
            "scanner": pd.Categorical(scanners),
            "fitted": np.linspace(1, 2, len(scaled)),
            "residual": 0.1 * scaled,
            "scaled_residual": scaled,
        }
    )


def found(table):
    return residual_checks(table).set_index("check")


@pytest.fixture
def noisy():
    rng = np.random.default_rng(5)
    sds = np.repeat([1.0, 1.0, 3.0], 60)
    return residuals(rng.normal(size=180) * sds, np.repeat(["a", "b", "c"], 60))


def test_six_rows_a_region_in_the_glossary_columns(noisy):
    both = pd.concat([noisy, noisy.assign(region="putamen")])
    checks = residual_checks(both)
    assert list(checks) == columns.names(columns.RESIDUAL_CHECKS)
    assert checks.groupby("region", sort=False).size().to_dict() == {"caudate": 6, "putamen": 6}


def test_spread_is_the_analysis_of_variance_of_distances_from_the_median(noisy):
    groups = [g["scaled_residual"] for _, g in noisy.groupby("scanner", observed=True)]
    distances = [np.abs(g - g.median()) for g in groups]
    grand = np.concatenate(distances).mean()
    between = sum(len(d) * (d.mean() - grand) ** 2 for d in distances) / 2
    within = sum(((d - d.mean()) ** 2).sum() for d in distances) / (180 - 3)
    row = found(noisy).loc["spread_by_scanner"]
    assert row["statistic"] == pytest.approx(between / within)
    assert row["p_value"] < 1e-6
    assert "differs between the 3 scanners" in row["message"]


def test_spread_ratio_names_both_scanners(noisy):
    sds = noisy.groupby("scanner", observed=True)["scaled_residual"].std()
    row = found(noisy).loc["spread_ratio"]
    assert row["statistic"] == pytest.approx(sds.max() / sds.min())
    assert f"on c as on {sds.idxmin()}" in row["message"]


def test_equal_scanners_pass():
    rng = np.random.default_rng(6)
    checks = found(residuals(rng.normal(size=200), np.repeat(["a", "b"], 100)))
    assert "does not differ detectably" in checks.loc["spread_by_scanner", "message"]
    assert "near symmetric" in checks.loc["skewness", "message"]
    assert "does not depend" in checks.loc["spread_against_fitted", "message"]


def test_skewed_heavy_growing_residuals_are_seen():
    rng = np.random.default_rng(7)
    table = residuals(rng.exponential(size=300) - 1, np.repeat(["a", "b"], 150))
    table["residual"] *= np.linspace(0.2, 3, 300)
    checks = found(table)
    assert checks.loc["skewness", "statistic"] == pytest.approx(2, abs=0.7)
    assert "upper tail" in checks.loc["skewness", "message"]
    assert "heavier" in checks.loc["excess_kurtosis", "message"]
    assert "grows with the fitted" in checks.loc["spread_against_fitted", "message"]


def test_largest_residual_names_the_scanner_and_nobody():
    values = np.random.default_rng(8).normal(size=50)
    values[13] = -6.5
    row = found(residuals(values, ["a"] * 50)).loc["largest_residual"]
    assert row["statistic"] == 6.5
    assert row["message"] == "largest scaled residual −6.50 (a): far out"


def test_scanners_with_two_scans_are_not_compared():
    row = found(residuals([1, -1, 2, -2, 0.5], list("aabbb"))).loc["spread_by_scanner"]
    assert np.isnan(row["statistic"])
    assert "at least 3 scans" in row["message"]


def test_shape_has_no_p_below_twenty_scans():
    checks = found(residuals(np.random.default_rng(9).normal(size=12), ["a"] * 12))
    assert np.isfinite(checks.loc["skewness", "statistic"])
    assert np.isnan(checks.loc["skewness", "p_value"])


def test_constant_residuals_are_no_error():
    checks = found(residuals(np.zeros(30), ["a", "b", "c"] * 10))
    assert checks["p_value"].isna().all()


def test_order_of_scans_changes_nothing(noisy):
    shuffled = noisy.sample(frac=1, random_state=1)
    first, second = found(noisy), found(shuffled)
    np.testing.assert_allclose(first["statistic"], second["statistic"], rtol=1e-10)
    assert first["message"].tolist() == second["message"].tolist()
