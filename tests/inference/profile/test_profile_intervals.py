import numpy as np
import pandas as pd
import pytest
from inference_cases import case, fit_at

from multipet.inference import profile_interval, profile_parameters

PROFILED = ("few_sites", "nested", "singular", "slope_by_site")


@pytest.mark.parametrize("name", PROFILED)
def test_limits_of_variance_parameters_are_exact(name):
    """Roots of the profile of lme4's own deviance function."""
    one = case(name)
    for expected in one.reference["profile_exact"]:
        ours = profile_interval(one.fit, expected["term"])
        limits = (expected["low"], expected["high"])
        assert (ours.low, ours.high) == pytest.approx(limits, rel=2e-5, abs=1e-7)
        assert ours.low <= ours.estimate <= ours.high


@pytest.mark.parametrize("name", ["few_sites", "slope_by_site"])
def test_limits_are_close_to_lme4s_interpolation(name):
    one = case(name)
    names = profile_parameters(one.fit)
    for parameter, expected in zip(names, one.reference["profile_ci"], strict=True):
        ours = profile_interval(one.fit, parameter)
        limits = (expected["2.5 %"], expected["97.5 %"])
        near_zero = parameter.startswith("sd_") and limits[0] < 0.03
        assert (ours.low, ours.high) == pytest.approx(limits, rel=0.08 if near_zero else 3e-3)


def test_wider_confidence_gives_a_wider_interval():
    fit = case("few_sites").fit
    narrow, wide = (profile_interval(fit, "age", level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < fit.beta[1] < narrow.high < wide.high


def test_units_do_not_matter():
    one = case("few_sites")
    formula, theta = one.reference["formula"].split(" ~ ")[1], one.reference["theta"]
    scaled = fit_at(formula, one.table.assign(bp=one.table["bp"] * 1e-3), "bp", theta)
    before, after = (profile_interval(fit, "sd_(Intercept)|site") for fit in (one.fit, scaled))
    limits = np.array([before.low, before.high])
    assert [after.low * 1e3, after.high * 1e3] == pytest.approx(limits, rel=1e-4)


def test_unknown_parameter_and_models_without_random_terms_are_refused():
    with pytest.raises(ValueError, match=r"sd_\(Intercept\)\|site"):
        profile_interval(case("few_sites").fit, "sd_(Intercept)|sight")
    table = pd.DataFrame({"age": [20.0, 30, 40, 50], "bp": [1.0, 2, 2, 3]})
    with pytest.raises(ValueError, match="without random terms"):
        profile_interval(fit_at("age", table, "bp", []), "age")
