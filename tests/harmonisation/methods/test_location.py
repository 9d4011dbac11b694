"""Additive harmonisation against sva's mean-only variant."""

from dataclasses import replace

import numpy as np
import pandas as pd
import places
import pytest

from multipet.harmonisation.batch_design import batch_design
from multipet.harmonisation.batch_effects import estimate_batch_effects, remove_batch_effects
from multipet.harmonisation.methods.combat import shrink_shift

REFERENCE = places.REFERENCE / "harmonisation"


@pytest.fixture
def scans():
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    batch = pd.factorize(table["site"], sort=True)[0]
    columns = table[["age", "sex", "group"]].to_numpy(float)
    return table.filter(regex="^r").to_numpy(), batch, columns


def test_shrunken_shift_with_n_of_one_is_the_mean_only_variant_of_sva(scans):
    values, batch, columns = scans
    effects = estimate_batch_effects(values, batch_design(values, batch, columns))
    adjustment = shrink_shift(replace(effects, n=np.ones_like(effects.n)))
    ours = remove_batch_effects(values, batch, columns, effects, adjustment)
    theirs = pd.read_csv(REFERENCE / "expected_combat_mean_only_sva.csv").to_numpy()
    assert (abs(ours - theirs) / values.std(axis=0)).max() < 1e-10
    real = remove_batch_effects(values, batch, columns, effects, shrink_shift(effects))
    assert abs(real - theirs).max() > 1e-2
