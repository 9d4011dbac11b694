"""The nonparametric prior."""

from dataclasses import replace

import numpy as np
import pandas as pd
import places
import pytest

from multipet.harmonisation.batch_design import batch_design
from multipet.harmonisation.batch_effects import estimate_batch_effects, remove_batch_effects
from multipet.harmonisation.methods.combat import shrink_nonparametric, shrink_shift_nonparametric

REFERENCE = places.REFERENCE / "harmonisation"


@pytest.fixture
def scans():
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    batch = pd.factorize(table["site"], sort=True)[0]
    columns = table[["age", "sex", "group"]].to_numpy(float)
    return table.filter(regex="^r").to_numpy(), batch, columns


def test_is_the_mean_over_other_regions_weighted_by_their_likelihood(scans):
    values, batch, columns = scans
    effects = estimate_batch_effects(values, batch_design(values, batch, columns))
    result = shrink_nonparametric(effects)
    expected = effects.grand_mean + columns @ effects.coefficients
    standard = ((values - expected) / effects.pooled_sd)[batch == 2, 5]
    others = np.arange(20) != 5
    g, d = effects.shift[2, others], effects.variance[2, others]
    likelihood = np.prod(
        np.exp(-((standard[:, None] - g) ** 2) / (2 * d)) / np.sqrt(2 * np.pi * d), axis=0
    )
    weights = likelihood / likelihood.sum()
    assert result.shift[2, 5] == pytest.approx(weights @ g, rel=1e-9)
    assert result.variance[2, 5] == pytest.approx(weights @ d, rel=1e-9)


def test_many_scans_do_not_underflow(scans):
    values, batch, columns = scans
    effects = estimate_batch_effects(values, batch_design(values, batch, columns))
    result = shrink_nonparametric(replace(effects, n=1000 * effects.n))
    assert np.isfinite(result.shift).all()
    assert np.isfinite(result.variance).all()


def test_draws_are_shrunk_one_by_one(scans):
    values, batch, columns = scans
    design = batch_design(values, batch, columns)
    draws = np.stack([values, values**2])
    together = shrink_nonparametric(estimate_batch_effects(draws, design))
    for k, draw in enumerate(draws):
        alone = shrink_nonparametric(estimate_batch_effects(draw, design))
        np.testing.assert_allclose(together.shift[k], alone.shift, atol=1e-12)


def test_of_shifts_alone_is_the_mean_only_variant_of_sva(scans):
    values, batch, columns = scans
    effects = estimate_batch_effects(values, batch_design(values, batch, columns))
    adjustment = shrink_shift_nonparametric(effects)
    assert (adjustment.variance == 1).all()
    ours = remove_batch_effects(values, batch, columns, effects, adjustment)
    theirs = pd.read_csv(REFERENCE / "expected_combat_nonparametric_mean_only_sva.csv").to_numpy()
    assert (abs(ours - theirs) / values.std(axis=0)).max() < 1e-10
