import numpy as np
import pytest
from inference_cases import case, fit_at

from multipet.inference.likelihood import Likelihood
from multipet.inference.variance_structure import VarianceStructure


@pytest.fixture(params=["crossed", "slope_by_site", "nested"])
def likelihood(request):
    fit = case(request.param).fit
    structure = VarianceStructure(fit.design)
    columns = np.arange(fit.design.X.shape[1])
    return Likelihood(structure, fit.y, columns), structure, fit


def some_parameters(structure, fit):
    values = [0.8 * fit.sigma if a == b else -0.3 for a, b in structure.parameters]
    return np.array([*values, 1.1 * fit.sigma])


def test_gradient_is_the_numerical_derivative(likelihood):
    function, structure, fit = likelihood
    at = some_parameters(structure, fit)
    gradient = function.evaluate(at)[1]
    for ours, step in zip(gradient, np.diag(1e-5 * np.abs(at)), strict=True):
        rise = function.evaluate(at + step)[0] - function.evaluate(at - step)[0]
        assert ours == pytest.approx(rise / (2 * np.abs(step).max()), rel=1e-4, abs=1e-4)


def test_value_is_the_criterion_of_a_maximum_likelihood_fit():
    one = case("few_sites")
    formula, theta = one.reference["formula"].split(" ~ ")[1], [0.9, 0.7]
    fit = fit_at(formula, one.table, "bp", theta, reml=False)
    columns = np.arange(fit.design.X.shape[1])
    function = Likelihood(VarianceStructure(fit.design), fit.y, columns)
    at = fit.sigma * np.array([*theta, 1])
    assert function.evaluate(at)[0] == pytest.approx(fit.criterion, abs=1e-8)
    assert function.beta(at) == pytest.approx(fit.beta)
