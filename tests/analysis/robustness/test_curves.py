"""The mean outcome over a number: emmeans of its model."""

import numpy as np
import pandas as pd
import pytest
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.robustness.curves import LINE, POINTS, SPLINE, curves_table
from multipet.analysis.robustness.effect_views import smallest_p
from multipet.analysis.robustness.splines import spline_fits
from multipet.core.columns import names
from multipet.core.columns.robustness import CURVES
from multipet.inference import estimate
from multipet.inference.marginal_means import weights_at
from multipet.mixed_model import fit_model

AGE = {"slope": {"age": 10}}


def curves(pooled, settings=AGE, most=6, **how):
    run = fitted(fit_spec(**how), [pooled])
    question, found = ask(contrast_spec(settings, scale=how.get("scale", "identity")), run)
    splines = spline_fits(question, found, run.table)
    return curves_table(question, smallest_p(found, most), splines, run.table), run


def test_the_line_is_the_marginal_mean():
    table, run = curves(pooled_scans())
    assert list(table.columns) == names(CURVES)
    assert len(table) == 2 * 2 * 2 * POINTS  # regions, groups, shapes
    line = table[table["shape"] == LINE]
    fits = {fit.outcome: fit for fit in run.fits}
    for row in line.iloc[::37].itertuples():
        at = weights_at(fits[row.region], {"age": row.x, "group": row.level_1})
        expected = estimate(fits[row.region], at).estimate
        assert row.fitted == pytest.approx(expected)


def test_the_band_is_that_of_the_change_from_the_middle():
    """With one line in one group it is the slope's interval times the distance."""
    table, run = curves(pooled_scans(), formula="age + (1 | participant_id)")
    fit = run.fits[0]
    line = table[(table["shape"] == LINE) & (table["region"] == fit.outcome)]
    slope = estimate(fit, {"age": 1.0})
    distance = np.abs(line["x"] - run.table["age"].mean())
    assert (line["high"] - line["fitted"]).to_numpy() == pytest.approx(
        (distance * slope.margin).to_numpy()
    )


def test_the_spline_is_that_of_the_formula():
    how = {"formula": "age + group", "site": "none", "scanner": "none"}
    table, run = curves(pooled_scans(), **how)
    region = table["region"].iloc[0]
    curve = fit_model(f"{region} ~ ns(age, 3) + group", run.table)
    for row in table[(table["shape"] == SPLINE) & (table["region"] == region)].itertuples():
        at = weights_at(curve, {"age": row.x, "group": row.level_1})
        assert row.fitted == pytest.approx(estimate(curve, at).estimate, rel=1e-6)


def test_a_logarithm_is_taken_back():
    pooled = pooled_scans()
    pooled["value"] = np.exp(pooled["value"])
    logs, _ = curves(pooled, scale="log")
    plain, _ = curves(pooled_scans())
    assert logs["fitted"].to_numpy() == pytest.approx(np.exp(plain["fitted"].to_numpy()))


def test_each_curve_goes_over_the_values_seen_at_its_level():
    pooled = pooled_scans(people=20)
    old = pooled["group"] == "patient"
    pooled.loc[old, "age"] = 40 + pooled.loc[old, "age"] / 2
    table, run = curves(pooled)
    for level, part in table.groupby("level_1"):
        ages = run.table.loc[run.table["group"] == level, "age"]
        assert (part["x"].min(), part["x"].max()) == pytest.approx((ages.min(), ages.max()))


def test_many_levels_are_averaged_but_those_that_cross_the_number():
    pooled = pooled_scans(people=30)
    rng = np.random.default_rng(1)
    drug = dict.fromkeys(pooled["participant_id"])
    drug = {name: rng.choice(["p", "q", "r"]) for name in drug}
    pooled["drug"] = pd.Categorical(pooled["participant_id"].map(drug))
    apart, _ = curves(pooled, formula="age * group + drug + (1 | participant_id)")
    assert set(apart["factor_1"]) == {"group"}
    assert set(apart["factor_2"]) == {""}
    together, _ = curves(pooled, formula="age + group + drug + (1 | participant_id)")
    assert set(together["factor_1"]) == {""}


def test_the_smallest_p_is_shown_once_a_region():
    table, _ = curves(pooled_scans(), most=1)
    assert table["region"].nunique() == 1
    none, _ = curves(pooled_scans(), {"difference": {"group": ["patient", "control"]}})
    assert none.empty
