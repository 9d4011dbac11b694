"""Variance components: readable names, shares that sum to 1, intervals."""

import mock_study
import numpy as np
import pytest

from multipet.analysis.diagnostics.variance_components import variance_table
from multipet.core import columns
from multipet.core.columns.contrast import component_name
from multipet.inference import profile_interval
from multipet.mixed_model import fit_regions
from multipet.mixed_model.fit import FailedFit

REGIONS = ["caudate", "putamen"]
NESTED = "age + (1 | participant_id) + (1 | site) + (1 | scanner)"


@pytest.fixture(scope="module")
def table():
    return mock_study.scan_table(REGIONS, people=60)


@pytest.fixture(scope="module")
def fits(table):
    return fit_regions(NESTED, table, REGIONS)


def test_shares_sum_to_one_under_readable_names(fits):
    variances = variance_table(fits)
    assert list(variances) == columns.names(columns.VARIANCE_COMPONENTS)
    assert set(variances["component"]) == {"site", "scanner in site", "subject", "residual"}
    np.testing.assert_allclose(variances.groupby("region")["share"].sum(), 1)
    np.testing.assert_allclose(variances["sd"] ** 2, variances["variance"])
    residual = variances[variances["component"] == "residual"]["sd"]
    np.testing.assert_allclose(residual, [fit.sigma for fit in fits])


def test_intervals_are_those_of_the_profile_likelihood(fits):
    variances = variance_table(fits[:1], 0.9).set_index("component")
    for component, name in (("subject", "sd_(Intercept)|participant_id"), ("residual", "sigma")):
        found = profile_interval(fits[0], name, 0.9)
        assert variances["sd_low"][component] == pytest.approx(found.low, rel=1e-9)
        assert variances["sd_high"][component] == pytest.approx(found.high, rel=1e-9)
    inside = (variances["sd_low"] <= variances["sd"]) & (variances["sd"] <= variances["sd_high"])
    assert inside.all()


def test_a_slope_has_no_share_and_covariances_are_left_out(table):
    fits = fit_regions("age + (1 + age | scanner)", table, ["caudate"])
    variances = variance_table(fits).set_index("component")
    assert list(variances.index) == ["scanner", "age by scanner", "residual"]
    assert np.isnan(variances["share"]["age by scanner"])
    assert variances["share"].sum() == pytest.approx(1)


def test_scanners_of_their_own_noise_follow_without_a_share(table):
    (fit,) = fit_regions(NESTED, table, ["caudate"], residual_by="scanner")
    variances = variance_table([fit], 0.95).set_index("component")
    own = [name for name in variances.index if name.startswith("residual of ")]
    assert len(own) == table["scanner"].nunique()
    assert variances["share"].sum() == pytest.approx(1)
    sizes = table["scanner"].astype(str).value_counts()
    weights = [sizes[name.removeprefix("residual of ")] for name in own]
    mean = np.average(variances.loc[own, "variance"].astype(float), weights=weights)
    assert variances["variance"]["residual"] == pytest.approx(mean)
    assert variances["sd_low"].isna().all()


@pytest.mark.parametrize(
    ("formula", "name"),
    [("age + (1 | scanner)", "scanner"), ("age + site + (1 | scanner)", "scanner in site")],
)
def test_scanner_is_in_site_where_the_model_has_site(table, formula, name):
    assert variance_table(fit_regions(formula, table, ["caudate"]))["component"][0] == name


def test_component_name_of_a_slope():
    assert component_name("participant_id", "age", within_site=True) == "age by subject"


def test_failed_regions_have_no_rows():
    failed = FailedFit(outcome="putamen", formula="age", reason="all values are missing")
    assert len(variance_table([failed])) == 0
