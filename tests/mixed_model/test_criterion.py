"""The criterion against its definition with a dense V, and its gradient against differences."""

import numpy as np
import pytest
from lme4_reference import multisite

from multipet.formulas.formula import parse_formula
from multipet.mixed_model import cross_products
from multipet.mixed_model.criterion import evaluate
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import build_design
from multipet.mixed_model.outcome_products import outcome_products
from multipet.mixed_model.random_terms import lambda_blocks

FORMULAS = (
    "age + (1 | site) + (1 | scanner) + (1 | subject)",
    "age + sex + (1 + age | scanner) + (1 | group)",
    "age + (1 + age || scanner) + (0 + sex | site)",
)


def _products(formula: str) -> tuple[DesignProducts, np.ndarray]:
    table = multisite().iloc[:150].reset_index(drop=True)
    parsed = parse_formula(formula)
    design = build_design(parsed, table, np.arange(len(table)))
    y = table["bp"].to_numpy()
    return design_products(design), np.column_stack([y, 2 * y + table["age"]])


def _dense(products: DesignProducts, y: np.ndarray, theta: np.ndarray, reml: bool) -> float:
    """The criterion from V = I + ZΛΛᵀZᵀ, with the standardised columns."""
    design, V = products.design, np.eye(len(y))
    blocks = lambda_blocks(theta, design.terms)
    for term, T, block in zip(design.terms, products.scales, blocks, strict=True):
        rows = term.Z @ np.linalg.inv(T) @ block
        V += rows @ rows.T * (term.index[:, None] == term.index)
    X, n, p = design.X, *design.X.shape
    precision = np.linalg.inv(V)
    information = X.T @ precision @ X
    beta = np.linalg.solve(information, X.T @ precision @ y)
    rss = (y - X @ beta) @ precision @ (y - X @ beta)
    freedom = n - p if reml else n
    value = np.linalg.slogdet(V)[1] + freedom * (1 + np.log(2 * np.pi * rss / freedom))
    return value + (np.linalg.slogdet(information)[1] if reml else 0)


@pytest.mark.parametrize("largest", [20_000_000, 0], ids=["by group", "by level"])
@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", FORMULAS)
def test_value_and_gradient(
    formula: str, reml: bool, largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cross_products, "_LARGEST_GROUPED", largest)
    products, Y = _products(formula)
    assert products.by_level == (largest == 0)
    outcomes = outcome_products(products, Y)
    t = sum(len(T) * (len(T) + 1) // 2 for T in products.scales)
    theta = np.random.default_rng(3).normal(size=(2, t))
    result = evaluate(products, outcomes, theta, reml)
    dense = [_dense(products, y, th, reml) for y, th in zip(Y.T, theta, strict=True)]
    np.testing.assert_allclose(result.criterion, dense, rtol=1e-10)
    for k in range(t):
        step = np.zeros(t)
        step[k] = 1e-5
        up = evaluate(products, outcomes, theta + step, reml).criterion
        down = evaluate(products, outcomes, theta - step, reml).criterion
        np.testing.assert_allclose(result.gradient[:, k], (up - down) / 2e-5, atol=2e-5, rtol=1e-5)


def test_zero_is_stationary_and_huge_theta_is_survived() -> None:
    products, Y = _products(FORMULAS[0])
    outcomes = outcome_products(products, Y)
    assert np.abs(evaluate(products, outcomes, np.zeros((2, 3)), True).gradient).max() == 0
    assert np.isfinite(evaluate(products, outcomes, np.full((2, 3), 1e6), True).criterion).all()
