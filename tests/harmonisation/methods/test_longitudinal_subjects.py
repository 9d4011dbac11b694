"""Subjects' levels against the engine's own fits."""

import numpy as np
import pandas as pd
import pytest

from multipet.harmonisation.methods.longitudinal_design import longitudinal_design
from multipet.harmonisation.methods.longitudinal_subjects import (
    fit_subject_effects,
    predicted_effects,
)
from multipet.mixed_model import fit_model


@pytest.fixture
def scans():
    generator = np.random.default_rng(2)
    subject = generator.permutation(np.repeat(np.arange(20), 4))[:70]
    batch, age = generator.integers(0, 3, 70), generator.normal(60, 9, 70)
    level = generator.normal(0, 1, (20, 3)) * [1, 0.3, 0]
    values = level[subject] + batch[:, None] + 0.02 * age[:, None] + generator.normal(0, 1, (70, 3))
    values[[3, 9], [0, 0]] = np.nan
    return values, batch, age[:, None], ("age",), subject


def test_levels_and_sds_are_those_of_the_mixed_model(scans):
    values, batch, age, _, subject = scans
    result = fit_subject_effects(values, longitudinal_design(*scans))
    assert result.found.all()
    for region in range(3):
        table = pd.DataFrame({"y": values[:, region], "age": age[:, 0]})
        table["batch"] = [f"b{code}" for code in batch]
        table["subject"] = [f"s{code:02d}" for code in subject]
        fit = fit_model("y ~ batch + age + (1 | subject)", table)
        assert result.residual_sd[region] == pytest.approx(fit.sigma, rel=1e-6)
        assert result.subject_sd[region] == pytest.approx(fit.theta[0] * fit.sigma, abs=1e-5)
        np.testing.assert_allclose(result.effects[:, region], fit.modes[0][:, 0], atol=1e-5)


def test_a_subject_without_a_value_has_no_level(scans):
    values, *rest = scans
    values[rest[-1] == 4, 1] = np.nan
    effects = fit_subject_effects(values, longitudinal_design(values, *rest)).effects
    assert np.isnan(effects[4]).tolist() == [False, True, False]
    assert np.isnan(effects).sum() == 1


def test_predicted_levels_shrink_to_none_with_few_scans():
    subject = np.array([0, 0, 0, 1, 2])
    residuals = np.array([[3.0], [3.0], [3.0], [3.0], [np.nan]])
    levels = predicted_effects(residuals, subject, np.array([1.0]), np.array([2.0]))
    np.testing.assert_allclose(levels[:, 0], [9 / 7, 3 / 5, 0])


def test_values_without_a_residual_have_no_fit(scans):
    values, batch, age, *_ = scans
    values[:, 1] = 3 * batch + age[:, 0]
    result = fit_subject_effects(values, longitudinal_design(*scans))
    assert np.isnan(result.residual_sd).tolist() == [False, True, False]
    assert np.isnan(result.effects[:, 1]).all()
