"""Models without random terms."""

import json

import numpy as np
import pandas as pd
import pytest
from lme4_reference import REFERENCE, multisite

from multipet.mixed_model import evaluate_at, fit_model, fit_regions


def test_least_squares_is_rs() -> None:
    numbers = json.loads((REFERENCE / "lme4" / "sleepstudy_lm.json").read_text())
    table = pd.read_csv(REFERENCE / "lme4" / "sleepstudy.csv")
    fit = fit_model("Reaction ~ 1 + Days", table, reml=False)
    expected = np.array(numbers["coef"])
    np.testing.assert_allclose(fit.beta, expected[:, 0], rtol=1e-10)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.vcov)), expected[:, 1], rtol=1e-10)
    assert fit.sigma == pytest.approx(numbers["sigma"], rel=1e-12)
    assert fit.criterion == pytest.approx(-2 * numbers["loglik"], rel=1e-12)


def test_restricted_criterion_is_the_limit_of_the_mixed_model() -> None:
    ordinary = fit_model("bp ~ age + sex", multisite())
    mixed = evaluate_at("age + sex + (1 | site)", multisite(), "bp", [0.0])
    assert ordinary.criterion == pytest.approx(mixed.criterion, rel=1e-12)
    np.testing.assert_allclose(ordinary.vcov, mixed.vcov, rtol=1e-9)


def test_it_has_no_random_effects_but_everything_else() -> None:
    (fit,) = fit_regions("age", multisite(), ["bp"])
    assert fit.levels == {}
    assert fit.random_effects.empty
    assert list(fit.variance_components["term"]) == ["Residual"]
    np.testing.assert_allclose(fit.fitted, fit.fixed_effects_fitted)
    assert fit.theta.size == 0
