"""Cross-products against the matrices that they stand for."""

import numpy as np
import pytest
from lme4_reference import multisite

from multipet.formulas.formula import parse_formula
from multipet.mixed_model import cross_products
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import build_design
from multipet.mixed_model.outcome_products import outcome_products


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
    products = _products("age + (1 | site) + (1 | subject)")
    sums = products.level_sums.toarray()
    whole = np.pad((sums.T @ sums)[None], ((0, 0), (0, 1), (0, 1)))
    expected = products.parts.arrow(whole).flat[0]
    assert len(products.groups.sizes) < len(products.groups.index) / 2
    np.testing.assert_allclose(products.group_sums.sum(axis=0), expected, atol=1e-9)


@pytest.mark.parametrize(
    "formula", ["age + (1 | site) + (1 | subject)", "sex + (1 | subject) + (1 + sex | scanner)"]
)
def test_sums_over_groups_where_most_are_zero(formula: str) -> None:
    products = _products(formula)
    sparse = cross_products._sparse_group_sums(products.parts, products.groups, products.level_sums)
    dense = products.groups.sums(products.level_sums, products.level_sums)
    dense = np.pad(dense.reshape(-1, *dense.shape[2:]), ((0, 0), (0, 1), (0, 1)))
    expected = products.parts.arrow(dense).flat
    np.testing.assert_allclose(sparse.toarray(), expected, atol=1e-9)


def test_levels_with_slopes_are_kept_one_by_one() -> None:
    products = _products("age + (1 | site) + (1 + age | scanner)")
    lone, J = products.lone, len(products.groups.index)
    assert products.group_sums is None
    assert sorted(lone.order) == list(range(J))
    assert (products.groups.index[lone.order] == np.arange(J)).all()
    values = np.random.default_rng(1).normal(size=(1, 2, J))
    sums = np.concatenate(
        [products.dense_level_sums, values[0].T[products.groups.index, :, None]], axis=2
    )
    W = np.stack([np.full((2, 1, J), 0.3), np.full((2, 1, J), 0.5)])
    W[0, 1] = W[1, 0] = 0.1
    N = products.parts.empty(1)
    N.flat[:] = 0
    lone.subtract(N, W, values)
    expected = -np.einsum("jam,abj,jbn->mn", sums, W[:, :, 0], sums, optimize=True)
    np.testing.assert_allclose(products.parts.whole(N)[0], expected, rtol=1e-9, atol=1e-9)
    traces = np.einsum("jam,mn,jbn->abj", sums, expected, sums, optimize=True)[:, :, lone.order]
    np.testing.assert_allclose(lone.traces(N, values)[:, :, 0], traces, rtol=1e-9)


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
