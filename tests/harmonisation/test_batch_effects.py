"""Least-squares batch effects and their removal."""

import numpy as np
import pandas as pd
import places
import pytest

from multipet.harmonisation.batch_design import batch_design
from multipet.harmonisation.batch_effects import (
    as_estimated,
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.methods.combat import shrink_shift_and_scale

REFERENCE = places.REFERENCE / "harmonisation"


@pytest.fixture
def scans():
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    batch = pd.factorize(table["site"], sort=True)[0]
    columns = table[["age", "sex", "group"]].to_numpy(float)
    return table.filter(regex="^r").to_numpy(), batch, columns


def test_unbiased_variance_only_where_a_cell_is_missing(scans):
    values, batch, columns = scans
    plain = estimate_batch_effects(values, batch_design(values, batch, columns))
    asked = estimate_batch_effects(
        values, batch_design(values, batch, columns), unbiased_where_missing=True
    )
    assert (plain.pooled_sd == asked.pooled_sd).all()
    values[0, 0] = np.nan
    holed = estimate_batch_effects(
        values, batch_design(values, batch, columns), unbiased_where_missing=True
    )
    np.testing.assert_allclose(holed.pooled_sd[1:], plain.pooled_sd[1:] * np.sqrt(200 / 199))


def test_recovers_what_was_put_in():
    rng = np.random.default_rng(7)
    batch = np.repeat([0, 1, 2], 4000)
    age = rng.normal(size=(12000, 1))
    shift, scale = np.array([-1.0, 0.0, 1.0]), np.array([0.5, 1.0, 1.5])
    noise = rng.normal(size=12000)
    values = (3 + 2 * age[:, 0] + shift[batch] + scale[batch] * noise)[:, None]
    effects = estimate_batch_effects(values, batch_design(values, batch, age))
    assert effects.coefficients[0, 0] == pytest.approx(2, abs=0.03)
    assert effects.grand_mean[0] == pytest.approx(3, abs=0.03)
    np.testing.assert_allclose(effects.shift[:, 0] * effects.pooled_sd, shift, atol=0.06)
    found = np.sqrt(effects.variance[:, 0]) * effects.pooled_sd
    np.testing.assert_allclose(found, scale, rtol=0.03)
    harmonised = remove_batch_effects(values, batch, age, effects, as_estimated(effects))
    residuals = harmonised[:, 0] - effects.grand_mean - age[:, 0] * effects.coefficients[0]
    np.testing.assert_allclose(residuals / effects.pooled_sd, noise, atol=0.15)


def test_reference_takes_grand_mean_and_sd_from_its_batch(scans):
    values, batch, columns = scans
    effects = estimate_batch_effects(values, batch_design(values, batch, columns), reference=2)
    assert abs(effects.shift[2]).max() < 1e-12
    n = (batch == 2).sum()
    np.testing.assert_allclose(effects.variance[2], n / (n - 1))
    left = leave_reference(as_estimated(effects), 2)
    assert (left.shift[2] == 0).all()
    assert (left.variance[2] == 1).all()
    assert leave_reference(left, None) is left


@pytest.mark.parametrize("missing", [False, True])
def test_draws_of_one_design_are_done_at_once(scans, missing):
    values, batch, columns = scans
    if missing:
        values[[3, 50, 51], [0, 0, 4]] = np.nan
        values[batch == 2, 7] = np.nan
    draws = np.stack([values, values[::-1] if not missing else 2 * values - 1, values**2])
    design = batch_design(values, batch, columns)
    together = estimate_batch_effects(draws, design, unbiased_where_missing=True)
    shrunk = shrink_shift_and_scale(together)
    removed = remove_batch_effects(draws, batch, columns, together, shrunk)
    for k, draw in enumerate(draws):
        alone = estimate_batch_effects(draw, design, unbiased_where_missing=True)
        np.testing.assert_allclose(together.shift[k], alone.shift, atol=1e-12)
        np.testing.assert_allclose(together.variance[k], alone.variance, rtol=1e-12)
        adjustment = shrink_shift_and_scale(alone)
        expected = remove_batch_effects(draw, batch, columns, alone, adjustment)
        np.testing.assert_allclose(removed[k], expected, atol=1e-9)


def test_a_complete_design_takes_any_number_of_columns(scans):
    values, batch, columns = scans
    design = batch_design(values[:, :1], batch, columns)
    wide = estimate_batch_effects(values, design)
    own = estimate_batch_effects(values, batch_design(values, batch, columns))
    np.testing.assert_array_equal(wide.shift, own.shift)
    np.testing.assert_array_equal(wide.coefficients, own.coefficients)
