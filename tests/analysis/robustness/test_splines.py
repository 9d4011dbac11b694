"""Is a line enough? Against nested least-squares models."""

import numpy as np
import pytest
from scipy import stats
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.robustness.splines import linearity_table, slope_variable, spline_fits
from multipet.core.columns import names
from multipet.core.columns.robustness import LINEARITY
from multipet.mixed_model import fit_model

AGE = {"slope": {"age": 10}}
PLAIN = {"formula": "age + group", "site": "fixed", "scanner": "none"}


def bent(size):
    pooled = pooled_scans(people=20)
    pooled["value"] += size * ((pooled["age"] - 50) / 30) ** 2
    return pooled


def linearity(pooled, settings=AGE, **how):
    run = fitted(fit_spec(**how), [pooled])
    question, found = ask(contrast_spec(settings), run)
    splines = spline_fits(question, found, run.table)
    return linearity_table(question, found, splines), run, splines


@pytest.mark.parametrize("size", [0.0, 0.3])
def test_without_random_effects_it_is_the_f_test_of_nested_models(size):
    table, run, _ = linearity(bent(size), **PLAIN)
    for row in table.itertuples():
        line = fit_model(f"{row.region} ~ age + group + site", run.table)
        curve = fit_model(f"{row.region} ~ ns(age, 3) + group + site", run.table)
        rss = [float(np.sum(fit.residuals**2)) for fit in (line, curve)]
        left = len(curve.y) - len(curve.beta)
        f = (rss[0] - rss[1]) / 2 / (rss[1] / left)
        assert (row.f, row.numerator_df, row.denominator_df) == pytest.approx((f, 2, left))
        assert row.p_value == pytest.approx(stats.f.sf(f, 2, left))


def test_a_bend_is_found_with_random_effects_and_a_line_is_not():
    bends, _, _ = linearity(bent(1.0))
    lines, _, _ = linearity(bent(0.0))
    assert list(bends.columns) == names(LINEARITY)
    assert (bends["p_adjusted"] < 0.001).all()
    assert (lines["p_value"] > 0.001).all()
    assert set(bends["status"]) == {"ok"}


def test_units_and_order_do_not_matter():
    pooled = bent(0.3)
    other = pooled.sample(frac=1, random_state=1).reset_index(drop=True)
    other["age"] = other["age"] * 12
    other["value"] *= 100
    ours, same = linearity(pooled)[0], linearity(other)[0]
    key = ["region", "f", "p_value"]
    ours, same = (t[key].sort_values("region", ignore_index=True) for t in (ours, same))
    assert same["f"].to_numpy() == pytest.approx(ours["f"].to_numpy(), rel=1e-3)


def test_a_model_with_a_curve_has_no_further_one():
    table, _, splines = linearity(pooled_scans(), formula="ns(age, 3) + group")
    assert set(table["status"]) == {"The model has a curve of age itself."}
    assert splines.fits == {}


def test_few_values_tell_no_curve():
    pooled = pooled_scans()
    pooled["age"] = pooled["age"].round(-1).clip(30, 60)
    table, _, _ = linearity(pooled)
    assert set(table["status"]) == {"age has fewer than 6 different values."}


def test_a_difference_has_no_row():
    table, _, _ = linearity(pooled_scans(), {"difference": {"group": ["patient", "control"]}})
    assert table.empty


def test_slope_variable():
    both = [{"weight": w, "slope": {"age": 10}, "at": {"group": g}} for w, g in
            ((1, "patient"), (-1, "control"))]  # fmt: skip
    how = {"formula": "age * group + (1 | participant_id)"}
    run = fitted(fit_spec(**how), [pooled_scans()])
    for settings, expected in ((AGE, "age"), ({"combination": both}, "age"),
                               ({"pairwise": "group"}, "")):  # fmt: skip
        question, _ = ask(contrast_spec(settings), run)
        assert slope_variable(question.comparisons) == expected
