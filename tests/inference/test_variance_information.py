"""Against dense matrices and numerical derivatives of the criterion."""

import numpy as np
import pytest
from inference_cases import case, fit_at

from multipet.inference.approximations import variance_information
from multipet.inference.variance_structure import VarianceStructure


def dense_parts(fit):
    """G of every parameter, residual last, and their values, in units of the outcome."""
    structure = VarianceStructure(fit.design)
    Z = [structure.columns(a).toarray() for a in range(len(structure.effects))]
    G, values = [], []
    for a, b in structure.parameters:
        (term, i), (_, j) = structure.effects[a], structure.effects[b]
        G.append(Z[a] @ Z[b].T if a == b else Z[a] @ Z[b].T + Z[b] @ Z[a].T)
        values.append(fit.lambda_blocks[term][i] @ fit.lambda_blocks[term][j])
    return [*G, np.eye(len(fit.y))], np.array([*values, 1.0]) * fit.sigma**2


def criterion(fit, G, values):
    V = np.tensordot(values, np.array(G), 1)
    X, inverse = fit.design.X, np.linalg.inv(V)
    XVX = X.T @ inverse @ X
    residual = fit.y - X @ np.linalg.solve(XVX, X.T @ inverse @ fit.y)
    reml = np.linalg.slogdet(XVX)[1] if fit.reml else 0.0
    return np.linalg.slogdet(V)[1] + reml + residual @ inverse @ residual


def numerical_hessian(function, at):
    step = np.diag(1e-3 * np.abs(at))

    def second(a, b):
        signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
        values = [s * t * function(at + s * step[a] + t * step[b]) for s, t in signs]
        return sum(values) / (4 * step[a, a] * step[b, b])

    return np.array([[second(a, b) for b in range(len(at))] for a in range(len(at))])


@pytest.mark.parametrize("name", ["slope_by_site", "crossed", "few_sites"])
def test_expected_information_is_that_of_dense_matrices(name):
    fit = case(name).fit
    G, values = dense_parts(fit)
    inverse = np.linalg.inv(np.tensordot(values, np.array(G), 1))
    X = fit.design.X
    P = inverse - inverse @ X @ np.linalg.inv(X.T @ inverse @ X) @ X.T @ inverse
    dense = np.array([[np.trace(P @ a @ P @ b) for b in G] for a in G])
    assert variance_information([fit]).expected[0] / fit.sigma**4 == pytest.approx(dense)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("name", ["crossed", "few_sites"])
def test_observed_information_is_the_hessian_of_the_criterion(name, reml):
    one = case(name)
    formula = one.reference["formula"].split(" ~ ")[1]
    fit = fit_at(formula, one.table, "bp", one.reference["theta"], reml)
    G, values = dense_parts(fit)
    hessian = numerical_hessian(lambda at: criterion(fit, G, at), values)
    ours = variance_information([fit]).observed[0] / fit.sigma**4
    scale = np.sqrt(np.outer(np.diag(ours), np.diag(ours)))
    assert np.abs((ours - hessian) / scale).max() < 1e-4


def test_gradient_of_phi_is_numerical_derivative():
    fit = case("crossed").fit
    G, values = dense_parts(fit)
    X = fit.design.X

    def phi(at):
        return np.linalg.inv(X.T @ np.linalg.inv(np.tensordot(at, np.array(G), 1)) @ X)

    information = variance_information([fit])
    gradient = information.of_coefficients(information.phi_gradient)[0]
    for ours, step in zip(gradient, np.diag(1e-5 * np.abs(values)), strict=True):
        # the module's parameters are in units of σ²
        numerical = (phi(values + step) - phi(values - step)) / (2 * np.abs(step).max())
        numerical = numerical * fit.sigma**2
        assert ours == pytest.approx(numerical, rel=1e-5, abs=1e-6 * np.abs(ours).max())
