import pytest
from inference_cases import CASES, CLASSICS, case, classic

from multipet.core.problems import UserError
from multipet.inference import estimate
from multipet.inference.marginal_means import (
    means,
    pairwise,
    slope_weights,
    slopes,
    tukey_p,
    weights_at,
)


def single_factor(reference):
    return [grid for grid in reference["means"] if "*" not in grid["specs"]]


def same(ours, theirs, estimate_name):
    assert ours.estimate == pytest.approx(theirs[estimate_name], rel=1e-6, abs=1e-9)
    assert ours.standard_error == pytest.approx(theirs["SE"], rel=1e-6)
    assert ours.df == pytest.approx(theirs["df"], rel=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_means_and_differences_are_those_of_emmeans(name):
    one = case(name)
    for grid in single_factor(one.reference):
        factor = grid["specs"][1:]
        ours = means(one.fit, factor)
        for expected in grid["emmeans"]:
            result = ours[expected[factor]]
            same(result, expected, "emmean")
            limits = (expected["lower.CL"], expected["upper.CL"])
            assert (result.ci_low, result.ci_high) == pytest.approx(limits, rel=1e-6)
        for adjust in ("tukey", "holm", "none"):
            differences = pairwise(one.fit, factor, adjust)
            for pair, expected in zip(differences, grid[adjust], strict=True):
                assert expected["contrast"] == f"{pair.first} - {pair.second}"
                same(pair.result, expected, "estimate")
                assert pair.p_adjusted == pytest.approx(expected["p.value"], rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("name", CLASSICS)
def test_classic_means_from_the_table(name):
    one = classic(name)
    for expected in one.reference.get("emmeans", ()):
        factor = next(iter(expected))
        same(means(one.fit, factor)[str(expected[factor])], expected, "emmean")
        pairs = zip(pairwise(one.fit, factor), one.reference["pairs"], strict=True)
        for pair, row in pairs:
            assert pair.result.df == pytest.approx(row["df"], rel=1e-6)
            assert pair.p_adjusted == pytest.approx(row["p.value"], rel=1e-5, abs=1e-9)


def test_means_of_two_factors_are_those_of_emmeans():
    one = case("interaction")
    grid = one.reference["means"][2]
    for expected in grid["emmeans"]:
        at = {"group": expected["group"], "sex": expected["sex"]}
        same(estimate(one.fit, weights_at(one.fit, at)), expected, "emmean")
        same(means(one.fit, "group", {"sex": at["sex"]})[at["group"]], expected, "emmean")


@pytest.mark.parametrize("name", ["interaction", "crossed_uncorrelated"])
def test_slopes_by_level_are_those_of_emtrends(name):
    one = case(name)
    reference = one.reference["slopes"]
    factor, variable = reference["specs"][1:], reference["var"]
    ours = slopes(one.fit, variable, factor)
    for expected in reference["trends"]:
        same(ours[expected[factor]], expected, f"{variable}.trend")
    differences = pairwise(one.fit, factor, "tukey", slope=variable)
    for pair, expected in zip(differences, reference["tukey"], strict=True):
        same(pair.result, expected, "estimate")
        assert pair.p_adjusted == pytest.approx(expected["p.value"], rel=1e-5)


def test_slope_is_the_change_over_the_amount():
    fit = case("nested").fit
    per_year, per_decade = (estimate(fit, slope_weights(fit, "age", a)) for a in (1, 10))
    assert per_decade.estimate == pytest.approx(10 * per_year.estimate)
    assert per_decade.estimate == pytest.approx(10 * estimate(fit, {"age": 1}).estimate)
    assert per_decade.p_value == pytest.approx(per_year.p_value)


def test_tukey_of_two_means_is_the_t_test():
    assert tukey_p(2.1, 12.3, 2) == pytest.approx(tukey_p(-2.1, 12.3, 2))
    assert tukey_p(2.1, 12.3, 2) < tukey_p(2.1, 12.3, 3)


def test_mistakes_are_named():
    fit = case("nested").fit
    with pytest.raises(UserError, match="group"):
        means(fit, "gruop")
    with pytest.raises(UserError, match="means of age"):
        means(fit, "age")
    with pytest.raises(UserError, match="patient"):
        weights_at(fit, {"group": "pateint"})
    with pytest.raises(UserError, match='"age" is a number'):
        weights_at(fit, {"age": "old"})
    with pytest.raises(UserError, match="slope"):
        slope_weights(fit, "group")
    with pytest.raises(ValueError, match="tukey"):
        pairwise(fit, "group", "tuckey")
