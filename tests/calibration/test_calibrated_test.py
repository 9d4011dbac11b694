"""p and critical value from drawn statistics."""

import numpy as np
import pytest
from scipy import stats

from multipet.calibration.calibrated_test import calibrated_test, naive_critical
from multipet.inference.contrast_results import ContrastEstimate


def test_p_counts_the_data_as_one_draw():
    drawn = np.array([0.5, -3.0, 1.0, 2.0])
    assert calibrated_test(2.5, drawn, 2.0, 0.95).p_value == pytest.approx(2 / 5)
    assert calibrated_test(9.0, drawn, 2.0, 0.95).p_value == pytest.approx(1 / 5)
    assert calibrated_test(-2.0, drawn, 2.0, 0.95).p_value == pytest.approx(3 / 5)


@pytest.mark.parametrize("draws", [99, 199, 500, 1999, 2000])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_the_interval_excludes_zero_just_when_p_is_below_alpha(draws, confidence):
    rng = np.random.default_rng(draws)
    drawn = rng.standard_t(5, draws)
    for t in [*rng.normal(0, 2, 40), *drawn[:40]]:
        test = calibrated_test(t, drawn, 2.0, confidence)
        excludes = abs(t) > test.t_critical * (1 + 1e-9)
        assert excludes == (test.p_value < round(1 - confidence, 12) - 1e-12)


def test_too_few_draws_have_no_critical_value():
    assert np.isnan(calibrated_test(3.0, np.ones(10), 2.0, 0.95).t_critical)


def test_draws_that_failed_count_against_the_effect():
    drawn = np.random.default_rng(1).normal(size=999)
    broken = drawn.copy()
    broken[:10] = np.nan
    before, after = (calibrated_test(2.5, some, 2.0, 0.95) for some in (drawn, broken))
    assert after.failed == 10
    assert after.p_value == pytest.approx(before.p_value + 10 / 1000, abs=2e-3)
    assert after.t_critical > before.t_critical


def test_naive_error_of_draws_from_its_own_distribution():
    drawn = stats.t.ppf((np.arange(10_000) + 0.5) / 10_000, 12)
    found = ContrastEstimate(estimate=1, standard_error=0.6, df=12, df_method="satterthwaite")
    naive = naive_critical(found, 0.6)
    assert calibrated_test(1.0, drawn, naive, 0.95).naive_error == pytest.approx(0.05, abs=2e-4)
    assert calibrated_test(1.0, 1.5 * drawn, naive, 0.95).naive_error > 0.15
    # a standard error as wide as the draws spread makes up for it
    wide = naive_critical(found, 0.4)
    assert calibrated_test(1.0, 1.5 * drawn, wide, 0.95).naive_error == pytest.approx(
        0.05, abs=2e-4
    )


def test_without_a_statistic_there_is_no_p():
    assert np.isnan(calibrated_test(np.nan, np.ones(99), 2.0, 0.95).p_value)
