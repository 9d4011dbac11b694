"""Shifts against their prior."""

import harmonised_study as hs
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from multipet.core.columns.harmonisation import SITE_EFFECTS
from multipet.harmonisation.before_after.shift_distribution import prior_tables, shift_table

PRIOR = {"shift_mean": 0.1, "shift_variance": 0.04, "variance_mean": 1.2, "variance_variance": 0.3}


def effects(n=50):
    rng = np.random.default_rng(1)
    shape = 2 + PRIOR["variance_mean"] ** 2 / PRIOR["variance_variance"]
    rate = PRIOR["variance_mean"] * (shape - 1)
    variance = stats.invgamma.rvs(shape, scale=rate, size=n, random_state=rng)
    shift = rng.normal(PRIOR["shift_mean"], np.sqrt(PRIOR["shift_variance"]), n) * 0.5
    rows = {
        "batch": "a",
        "region": [f"r{k}" for k in range(n)],
        "shift": shift / 2,
        "scale": 1.0,
        "shift_raw": shift,
        "scale_raw": np.sqrt(variance),
        "n": 20,
    }
    return pd.DataFrame(rows)[[column.name for column in SITE_EFFECTS]]


def test_shifts_are_in_residual_sd():
    table = effects(3)
    shown = shift_table(table, {"r0": 0.5, "r1": 0.5, "r2": 0.25})
    np.testing.assert_allclose(shown["shift_raw"], table["shift_raw"] / [0.5, 0.5, 0.25])
    np.testing.assert_allclose(np.exp(shown["log_scale_raw"]), table["scale_raw"])


def test_estimates_drawn_from_the_prior_follow_it():
    table = effects(400)
    shifts = shift_table(table, dict.fromkeys(table["region"], 0.5))
    summary, curves = prior_tables(shifts, {"batches": {"a": {"prior": PRIOR}}})
    # Kolmogorov's 99.9 % point for n = 400
    assert (summary["distance"] < 1.95 / 20).all()
    ks = stats.kstest(shifts["shift_raw"], stats.norm(0.1, 0.2).cdf)
    assert summary["distance"].iloc[0] == pytest.approx(ks.statistic)
    prior = curves[(curves["quantity"] == "log_scale") & (curves["curve"] == "prior")]
    shape = 2 + 1.2**2 / 0.3
    cdf = stats.invgamma.cdf(np.exp(2 * prior["value"]), shape, scale=1.2 * (shape - 1))
    np.testing.assert_allclose(prior["cumulative"], cdf, atol=1e-12)
    steps = curves[(curves["quantity"] == "shift") & (curves["curve"] == "estimated")]
    assert steps["cumulative"].iloc[-1] == 1 and steps["value"].is_monotonic_increasing


def test_far_from_the_prior():
    table = effects(100)
    shifts = shift_table(table, dict.fromkeys(table["region"], 0.05))
    summary, _ = prior_tables(shifts, {"batches": {"a": {"prior": PRIOR}}})
    assert summary["distance"].iloc[0] > 0.3


@pytest.mark.parametrize("parameters", [{}, {"batches": {"a": {"prior": {}}}}])
def test_without_a_prior_there_is_no_curve(parameters):
    shifts = shift_table(effects(5), dict.fromkeys([f"r{k}" for k in range(5)], 0.5))
    summary, curves = prior_tables(shifts, parameters)
    assert summary["distance"].isna().all() and curves.empty
    assert (summary["n_regions"] == 5).all()


def test_of_a_real_harmonisation():
    tables = hs.checks().tables
    priors = tables["priors"]
    assert priors["batch"].nunique() == 4 and priors["distance"].between(0, 1).all()
    none = hs.checks(method="combat_no_eb").tables
    assert none["prior_curves"].empty and not none["shifts"].empty
