import numpy as np
import pytest
from inference_cases import case, fit_at

from multipet.inference.approximations import dense_products
from multipet.inference.profile.likelihood import Likelihood

ONE = np.zeros(1, dtype=int)


@pytest.fixture(params=["crossed", "slope_by_site", "nested"])
def likelihood(request):
    fit = case(request.param).fit
    function = Likelihood(dense_products([fit]))
    values = np.where(function.is_angle, -0.3, 0.8 * fit.sigma)
    values[-1] = 1.1 * fit.sigma
    return function, values


def slopes(function, values, part):
    """Numerical derivatives of ``part`` of the evaluation."""
    for step in np.diag(1e-5 * np.abs(values)):
        up, down = (function.evaluate((values + s * step)[None], ONE)[part][0] for s in (1, -1))
        yield (up - down) / (2 * np.abs(step).max())


def test_gradient_is_the_numerical_derivative(likelihood):
    function, values = likelihood
    gradient = function.evaluate(values[None], ONE)[1][0]
    assert gradient == pytest.approx(
        np.array(list(slopes(function, values, 0))), rel=1e-4, abs=1e-4
    )


def test_hessian_is_the_numerical_derivative_of_the_gradient(likelihood):
    function, values = likelihood
    hessian = function.evaluate(values[None], ONE)[2][0]
    numerical = np.array(list(slopes(function, values, 1)))
    assert hessian == pytest.approx(numerical, rel=1e-4, abs=1e-5 * np.abs(hessian).max())


def test_value_is_the_criterion_of_a_maximum_likelihood_fit():
    one = case("few_sites")
    formula, theta = one.reference["formula"].split(" ~ ")[1], [0.9, 0.7]
    fit = fit_at(formula, one.table, "bp", theta, reml=False)
    function = Likelihood(dense_products([fit]))
    values = fit.sigma * np.array([[*theta, 1]])
    assert function.evaluate(values, ONE)[0][0] == pytest.approx(fit.criterion, abs=1e-8)
