"""The column along which a contrast varies: its coefficient is the contrast."""

import numpy as np
import pytest
from study_run import ModelRun, ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.direction import contrast_direction
from multipet.mixed_model import fit_model

AGE = {"slope": {"age": 10}}
GROUP = {"difference": {"group": ["patient", "control"]}}


def run_of(formula: str, **changes) -> ModelRun:
    pooled = changes.pop("pooled", None)
    pooled = pooled_scans() if pooled is None else pooled
    return fitted(fit_spec(formula=formula, site="none", scanner="none", **changes), [pooled])


def direction(run: ModelRun, settings) -> np.ndarray:
    question, found = ask(contrast_spec(settings), run)
    return contrast_direction(found[0].fit, found[0].weights, question.compared)


def test_a_slope_is_the_centred_number_in_its_amount():
    run = run_of("age + group")
    age = run.table["age"].to_numpy()
    assert direction(run, AGE) == pytest.approx((age - age.mean()) / 10)


def test_a_difference_is_the_centred_indicator_whatever_the_covariates():
    run = run_of("age + group")
    patient = (run.table["group"] == "patient").to_numpy(float)
    assert direction(run, GROUP) == pytest.approx(patient - patient.mean())


@pytest.mark.parametrize(
    "formula", ["age + group", "age * group", "0 + age + group", "poly(age, 2) * group"]
)
@pytest.mark.parametrize("settings", [AGE, GROUP, {**GROUP, "at": {"age": 30}}])
def test_its_coefficient_is_the_contrast(formula, settings):
    """Beside columns that the contrast does not see, x has the contrast as coefficient."""
    run = run_of(formula)
    question, found = ask(contrast_spec(settings), run)
    fit, weights = found[0].fit, found[0].weights
    x = contrast_direction(fit, weights, question.compared)
    row = np.array([weights.get(name, 0) for name in fit.coefficients])
    unseen = fit.design.X @ np.linalg.svd(row[None])[2][1:].T
    beta = np.linalg.lstsq(np.column_stack([x, unseen]), fit.y, rcond=None)[0]
    assert beta[0] == pytest.approx(found[0].estimate.estimate)


def test_another_reference_level_leaves_it_alone():
    pooled = pooled_scans()
    other = pooled.assign(group=pooled["group"].cat.reorder_categories(["patient", "control"]))
    one, two = (direction(run_of("age * group", pooled=p), GROUP) for p in (pooled, other))
    assert two == pytest.approx(one, abs=1e-10)


def test_units_and_mean():
    run = run_of("age * group")
    x = direction(run, AGE)
    assert x.mean() == pytest.approx(0, abs=1e-12)
    assert direction(run, {"slope": {"age": 20}}) == pytest.approx(x / 2)


def test_it_can_be_fitted_beside_the_model():
    run = run_of("age + group + (1 | participant_id)")
    table = run.table.assign(x=direction(run, AGE))
    fit = fit_model("caudate ~ group + x + (1 | participant_id)", table)
    expected = 10 * run.fits[0].beta[run.fits[0].coefficients.index("age")]
    assert fit.beta[fit.coefficients.index("x")] == pytest.approx(expected)
