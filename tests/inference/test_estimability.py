import numpy as np
import pytest
from inference_cases import case, fit_at

from multipet.inference import coefficient_estimates, estimate
from multipet.inference.estimability import NotEstimable, weight_row
from multipet.inference.marginal_means import difference, weights_at


def test_weights_come_in_the_order_of_the_coefficients():
    fit = case("nested").fit
    row = weight_row(fit, {"group[patient]": 2, "age": -1})
    expected = [{"group[patient]": 2, "age": -1}.get(name, 0) for name in fit.coefficients]
    assert row.tolist() == expected


def test_unknown_coefficient_names_the_likely_one():
    with pytest.raises(ValueError, match=r"group\[patient\]"):
        estimate(case("nested").fit, {"group[pateint]": 1})


def test_what_a_dropped_column_confounds_cannot_be_estimated():
    table = case("nested").table
    nested = table.assign(region=np.where(table["site"].isin(["site1", "site2"]), "north", "south"))
    fit = fit_at("age + site + region + (1 | subject)", nested, "bp", [1.0])
    assert fit.design.dropped_columns == ("region[south]",)
    with pytest.raises(NotEstimable, match="no site has north together with south"):
        estimate(fit, {"region[south]": 1})
    apart = "no region has site1 or site2 together with site3 or site4"
    with pytest.raises(NotEstimable, match=apart):
        estimate(fit, {"site[site3]": 1})
    assert estimate(fit, {"site[site4]": 1, "site[site3]": -1}).df > 2
    assert estimate(fit, {"age": 1}).df > 2
    assert "site[site3]" in coefficient_estimates(fit)


def test_difference_can_be_told_where_the_means_cannot():
    table = case("nested").table
    nested = table.assign(region=np.where(table["site"].isin(["site1", "site2"]), "north", "south"))
    fit = fit_at("age + site + region + (1 | subject)", nested, "bp", [1.0])
    old, young = (weights_at(fit, {"age": age}) for age in (60, 50))
    with pytest.raises(NotEstimable):
        estimate(fit, old)
    expected = 10 * estimate(fit, {"age": 1}).estimate
    assert estimate(fit, difference(old, young)).estimate == pytest.approx(expected)


def test_a_dropped_constant_says_nothing_about_the_rest():
    """Site means of a balanced group are a constant: the group itself can be told."""
    table = case("nested").table.assign(mean_of_site=0.3)
    fit = fit_at("age + group + mean_of_site + (1 | subject)", table, "bp", [1.0])
    assert fit.design.dropped_columns == ("mean_of_site",)
    assert estimate(fit, {"group[patient]": 1}).df > 2
    assert estimate(fit, weights_at(fit, {"age": 60})).df > 2
    with pytest.raises(NotEstimable, match="everybody has the same mean_of_site"):
        estimate(fit, {"mean_of_site": 1})
