"""The smallest effect that a design detects, against simulated studies and its limits."""

import math

import numpy as np
import pytest
from scipy.stats import nct, norm, t

from multipet.inference.detectable_effect import detectable_effect


@pytest.mark.parametrize("df", [8, 20, 200])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_the_power_at_that_effect_is_the_power_asked_for(df, power):
    effect = detectable_effect(0.5, df, 0.05, power)
    bound = t.isf(0.025, df)
    found = nct.sf(bound, df, effect / 0.5) + nct.cdf(-bound, df, effect / 0.5)
    assert found == pytest.approx(power, abs=0.04)


def test_with_many_degrees_of_freedom_it_is_the_textbooks():
    assert detectable_effect(1.0, 1e9, 0.05) == pytest.approx(norm.isf(0.025) + norm.ppf(0.8))
    assert detectable_effect(1.0, 1e9, 0.05) == pytest.approx(2.8016, abs=1e-4)


def test_units_and_a_calibrated_bound():
    assert detectable_effect(100.0, 12, 0.05) == pytest.approx(100 * detectable_effect(1, 12, 0.05))
    wider = detectable_effect(1.0, 12, 0.05, critical=3.0)
    assert wider == pytest.approx(3.0 + t.ppf(0.8, 12))


def test_without_a_test_there_is_none():
    assert math.isnan(detectable_effect(math.nan, 10, 0.05))
    assert math.isnan(detectable_effect(1.0, 0, 0.05))
    assert np.isfinite(detectable_effect(1.0, 0.5, 0.05))
