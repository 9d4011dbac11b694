"""Cross-products against the matrices that they stand for."""

import numpy as np
from lme4_reference import multisite

from multipet.formulas.formula import parse_formula
from multipet.mixed_model.cross_products import DesignProducts, design_products, outcome_products
from multipet.mixed_model.design import build_design


def _products(formula: str) -> DesignProducts:
    table = multisite()
    return design_products(build_design(parse_formula(formula), table, np.arange(len(table))))


def test_the_largest_factor_is_absorbed_with_all_its_terms() -> None:
    products = _products("age + (1 | site) + (1 + age || scanner) + (1 | group)")
    factors = [products.design.terms[k].factor for k in products.absorbed]
    assert factors == ["scanner", "scanner"]
    assert products.n_random == 8 + 2
    assert products.columns == {2: slice(0, 8), 3: slice(8, 10)}


def test_fixed_columns_are_orthonormal_and_slopes_standardised() -> None:
    products = _products("age * sex + (1 + age | site)")
    np.testing.assert_allclose(products.Q @ products.R, products.design.X, atol=1e-9)
    np.testing.assert_allclose(products.Q.T @ products.Q, np.eye(4), atol=1e-12)
    Z = products.design.terms[0].Z @ np.linalg.inv(products.scales[0])
    np.testing.assert_allclose(Z.T @ Z / len(Z), np.eye(2), atol=1e-12)


def test_sums_over_groups_are_sums_over_levels() -> None:
    products = _products("age + (1 | site) + (1 + age | scanner)")
    k, m = 2, products.level_sums.shape[1]
    whole = np.einsum("jam,jbn->abmn", products.dense_level_sums, products.dense_level_sums)
    whole = np.pad(whole.reshape(k * k, m, m), ((0, 0), (0, 1), (0, 1)))
    grouped = products.group_sums.flat.reshape(-1, k * k, products.group_sums.flat.shape[1])
    expected = products.parts.arrow(whole).flat
    np.testing.assert_allclose(grouped.sum(axis=0), expected, atol=1e-9)


def test_outcomes_enter_as_residuals_of_least_squares() -> None:
    products = _products("age + sex + (1 | site) + (1 | subject)")
    table = multisite()
    Y = np.column_stack([table["bp"], table["bp"] ** 2])
    outcomes = outcome_products(products, Y)
    expected = np.linalg.lstsq(products.design.X, Y, rcond=None)
    np.testing.assert_allclose(outcomes.yy, expected[1], rtol=1e-12)
    np.testing.assert_allclose(
        outcomes.beta @ np.linalg.inv(products.R).T, expected[0].T, rtol=1e-9
    )
    assert outcomes.take(np.array([1])).yy == outcomes.yy[1]
