import os
import subprocess
import sys

import pytest
from inference_cases import case
from places import SCRIPTS
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


@pytest.mark.parametrize("df", [0.4, 3.0, 27.5, 1e7])
def test_p_values_and_margins_are_those_of_scipy_stats(df):
    one = ContrastEstimate(estimate=-2.1, standard_error=0.8, df=df, df_method="kenward-roger")
    assert one.p_value == pytest.approx(2 * stats.t.sf(abs(one.t), df), rel=1e-12)
    assert one.margin == pytest.approx(stats.t.ppf(0.975, df) * 0.8, rel=1e-12)
    joint = JointTest(f=1.7, numerator_df=3, denominator_df=df, df_method="kenward-roger")
    assert joint.p_value == pytest.approx(stats.f.sf(1.7, 3, df), rel=1e-12)


def test_slow_parts_of_scipy_are_not_imported():
    modules = "inference, calibration, harmonisation, analysis.contrast.estimates"
    imports = "; ".join(f"import multipet.{name}" for name in modules.split(", "))
    slow = "{'scipy.stats', 'scipy.interpolate', 'scipy.optimize'}"
    code = f"import sys; {imports}; print(sorted({slow} & set(sys.modules)))"
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "[]"
