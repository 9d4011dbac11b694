import pytest
from inference_cases import case
from scipy import stats

from multipet.inference import estimate
from multipet.inference.contrast_results import ContrastEstimate, JointTest


def test_p_values_are_those_of_t_and_f():
    result = ContrastEstimate(estimate=1.0, standard_error=0.5, df=7.5, df_method="satterthwaite")
    assert result.p_value == pytest.approx(2 * stats.t.sf(2, 7.5))
    joint = JointTest(f=4.0, numerator_df=1, denominator_df=7.5, df_method="satterthwaite")
    assert joint.p_value == pytest.approx(result.p_value)


def test_interval_and_test_agree():
    result = estimate(case("nested").fit, {"group[patient]": 1, "group[mci]": -1}, confidence=0.9)
    at_edge = ContrastEstimate(
        estimate=result.ci_high - result.estimate,
        standard_error=result.standard_error,
        df=result.df,
        df_method=result.df_method,
    )
    assert at_edge.p_value == pytest.approx(0.1)
    assert result.ci_low == pytest.approx(2 * result.estimate - result.ci_high)
