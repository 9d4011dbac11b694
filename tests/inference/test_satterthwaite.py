import numpy as np
import pytest
from inference_cases import case, fit_at

from multipet.inference import satterthwaite, small_sample


def test_singular_fit_takes_expected_information_and_says_so():
    fit = case("singular").fit
    ours, other = small_sample(fit, "satterthwaite"), small_sample(fit, "kenward-roger")
    assert "singular" in ours.note
    for row in np.eye(len(fit.beta)):
        assert ours.df(row) == pytest.approx(other.df(row))


def test_maximum_likelihood_has_its_own_information():
    one = case("nested")
    formula = one.reference["formula"].split(" ~ ")[1]
    fit = fit_at(formula, one.table, "bp", one.reference["theta"], reml=False)
    by_ml, by_reml = (small_sample(each, "satterthwaite") for each in (fit, one.fit))
    row = np.eye(len(fit.beta))[3]
    assert by_ml.df(row) != pytest.approx(by_reml.df(row), rel=1e-6)
    assert by_ml.df(row) == pytest.approx(by_reml.df(row), rel=0.2)


def test_joint_df_below_two_is_two():
    assert satterthwaite._combined_df(np.array([1.5, 30.0])) == 2
    assert satterthwaite._combined_df(np.array([8.0, 8.0])) == 8
