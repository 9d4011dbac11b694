"""The empirical-Bayes shrinkage."""

import numpy as np
import pandas as pd
import places
import pytest

from multipet.harmonisation.batch_design import batch_design
from multipet.harmonisation.batch_effects import estimate_batch_effects
from multipet.harmonisation.methods.combat import shrink_shift_and_scale

REFERENCE = places.REFERENCE / "harmonisation"


@pytest.fixture
def scans():
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    batch = pd.factorize(table["site"], sort=True)[0]
    columns = table[["age", "sex", "group"]].to_numpy(float)
    return table.filter(regex="^r").to_numpy(), batch, columns


def test_shrinkage_solves_both_posterior_equations(scans):
    effects = estimate_batch_effects(scans[0], batch_design(*scans))
    result = shrink_shift_and_scale(effects)
    mean, spread = (result.prior[name][:, None] for name in ("shift_mean", "shift_variance"))
    m, s2 = (result.prior[name][:, None] for name in ("variance_mean", "variance_variance"))
    a, b = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
    n = effects.n
    shift = (n * spread * effects.shift + result.variance * mean) / (n * spread + result.variance)
    squares = (n - 1) * effects.variance + n * (effects.shift - result.shift) ** 2
    np.testing.assert_allclose(result.shift, shift, atol=1e-9)
    np.testing.assert_allclose(result.variance, (squares / 2 + b) / (n / 2 + a - 1), rtol=1e-9)
    assert result.converged.all()


def test_too_few_iterations_are_said(scans):
    assert not shrink_shift_and_scale(
        estimate_batch_effects(scans[0], batch_design(*scans)), most_iterations=1
    ).converged.any()


def test_regions_that_are_all_alike_shrink_to_their_own_values(scans):
    values, batch, columns = scans
    effects = estimate_batch_effects(
        np.repeat(values[:, :1], 3, axis=1),
        batch_design(np.repeat(values[:, :1], 3, axis=1), batch, columns),
    )
    result = shrink_shift_and_scale(effects)
    np.testing.assert_allclose(result.shift, effects.shift, atol=1e-9)
    np.testing.assert_allclose(result.variance, effects.variance, rtol=1e-9)
