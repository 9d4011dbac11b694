import numpy as np
import pytest
from inference_cases import CASES, case, fit_at

from multipet.inference import kenward_roger, small_sample


@pytest.mark.parametrize("name", CASES)
def test_adjusted_covariance_is_pbkrtests(name):
    one = case(name)
    ours = small_sample(one.fit).covariance
    theirs = np.array(one.reference["vcov_kr"])
    scale = np.sqrt(np.outer(np.diag(theirs), np.diag(theirs)))
    assert np.abs(ours - theirs).max() / scale.max() < 1e-6
    assert (np.abs(ours - theirs) / scale).max() < 1e-6


def test_maximum_likelihood_is_refused():
    one = case("nested")
    formula = one.reference["formula"].split(" ~ ")[1]
    fit = fit_at(formula, one.table, "bp", one.reference["theta"], reml=False)
    with pytest.raises(ValueError, match="REML"):
        small_sample(fit)


def test_scaled_f_of_one_row_is_not_scaled():
    df, scale = kenward_roger._scaled_f(1, 0.25, 0.25)
    assert (df, scale) == pytest.approx((8, 1))
