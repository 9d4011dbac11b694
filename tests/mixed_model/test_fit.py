"""What follows from a fit."""

import numpy as np
import pytest
from lme4_reference import multisite

from multipet.mixed_model import fit_model


def test_parts_add_up() -> None:
    fit = fit_model("bp ~ age + sex + (1 + age | site) + (1 | subject)", multisite())
    np.testing.assert_allclose(fit.fitted + fit.residuals, fit.y)
    np.testing.assert_allclose(fit.scaled_residuals * fit.sigma, fit.residuals)
    assert fit.levels == {"subject": 179, "site": 8}
    assert fit.n_parameters == 3 + 4 + 1
    assert fit.aic - fit.criterion == pytest.approx(16)
    assert fit.theta_names[1:] == ("site.(Intercept)", "site.age.(Intercept)", "site.age")


def test_variance_components_come_from_the_covariance_factors() -> None:
    fit = fit_model("bp ~ age + (1 + age | site) + (1 | subject)", multisite())
    table = fit.variance_components
    assert list(table["term"]) == ["subject", "site", "site", "site", "Residual"]
    site = fit.sigma**2 * fit.lambda_blocks[1] @ fit.lambda_blocks[1].T
    np.testing.assert_allclose(table["variance"][1:4], [site[0, 0], site[1, 1], site[1, 0]])
    assert table["sd"][3] == pytest.approx(site[1, 0] / np.sqrt(site[0, 0] * site[1, 1]))


def test_random_effects_have_a_row_a_level_and_effect() -> None:
    fit = fit_model("bp ~ age + (1 + age | site) + (1 | subject)", multisite())
    table = fit.random_effects
    assert len(table) == 179 + 2 * 8
    assert (table["sd"] > 0).all()
    assert set(table.loc[table["factor"] == "site", "effect"]) == {"(Intercept)", "age"}
