"""Tests of spread against scipy's, one region at a time."""

import numpy as np
import pytest
from scipy import stats

from multipet.harmonisation.before_after.batch_tests import (
    around_medians,
    brown_forsythe,
    comparable,
    fligner_killeen,
    largest_ratio,
)


@pytest.fixture
def drawn():
    rng = np.random.default_rng(2)
    codes = np.repeat([0, 2, 3], [4, 11, 25])
    return rng.normal(size=(40, 5)) * np.array([1, 1, 2, 0.5])[codes][:, None], codes


def groups(values, codes, region):
    return [values[codes == code, region] for code in np.unique(codes)]


def test_brown_forsythe_and_fligner_killeen(drawn):
    values, codes = drawn
    centred = around_medians(values, codes)
    f, p, *df = brown_forsythe(centred, codes)
    chi_squared, killeen_p, own_df = fligner_killeen(centred, codes)
    assert (df, own_df) == ([2, 37], 2)
    for region in range(values.shape[1]):
        levene = stats.levene(*groups(values, codes, region), center="median")
        assert (f[region], p[region]) == pytest.approx(levene, rel=1e-10)
        fligner = stats.fligner(*groups(values, codes, region), center="median")
        assert (chi_squared[region], killeen_p[region]) == pytest.approx(fligner, rel=1e-10)


def test_ratio_of_spreads(drawn):
    values, codes = drawn
    sds = [g.std(ddof=1) for g in groups(values, codes, 3)]
    assert largest_ratio(values, codes)[3] == pytest.approx(max(sds) / min(sds))
    values[codes == 0] = 1.0
    assert np.isnan(largest_ratio(values, codes)).all()


def test_batches_of_two_are_not_compared():
    assert comparable(np.array([0, 0, 1, 1, 1])).tolist() == [False, False, True, True, True]
