"""Parts of the random effects that no row joins."""

import numpy as np
import pytest
from lme4_reference import multisite

from multipet.formulas.formula import parse_formula
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import build_design


def _products(formula: str) -> DesignProducts:
    table = multisite()
    return design_products(build_design(parse_formula(formula), table, np.arange(len(table))))


def test_sites_are_parts_where_nobody_was_scanned_at_two() -> None:
    products = _products("age + (1 | site) + (1 + age | scanner) + (1 | subject)")
    table = multisite()
    assert (table.groupby("subject")["site"].nunique() == 1).all()
    most = table.groupby("site")["scanner"].nunique().max()
    assert products.parts.place.shape == (table["site"].nunique(), 1 + 2 * most)
    assert products.parts.used.sum() == products.n_random


def test_crossed_factors_are_one_part_in_the_order_of_the_columns() -> None:
    products = _products("age + (1 | group) + (1 | scanner) + (1 | subject)")
    assert products.parts.place.tolist() == [list(range(products.n_random))]
    assert products.parts.used.all()
    assert products.parts.columns == products.columns


def test_no_other_random_effect_is_no_column() -> None:
    parts = _products("age + (1 | subject)").parts
    assert parts.place.shape == (1, 0)
    whole = np.arange(18.0).reshape(2, 3, 3)
    assert (parts.whole(parts.arrow(whole)) == whole).all()


@pytest.mark.parametrize(
    "formula",
    [
        "age + (1 | site) + (1 + age | scanner) + (1 | subject)",
        "age + (1 + age | scanner) + (1 | group) + (1 | subject)",
    ],
)
def test_an_arrow_holds_all_that_is_not_zero(formula: str) -> None:
    products = _products(formula)
    M = np.hstack([products.Z_others.toarray(), products.Q, np.ones((len(products.Q), 1))])
    sums = products.Z_absorbed.T @ M
    whole = np.stack([M.T @ M, sums.T @ sums])
    arrow = products.parts.arrow(whole)
    np.testing.assert_allclose(products.parts.whole(arrow), whole, atol=1e-9)
    q = products.n_random
    slots = products.parts.slots(whole[:, -1, :-1])
    np.testing.assert_array_equal(
        slots[:, : arrow.edge[0, :, :, 0].size].sum(), whole[:, -1, :q].sum()
    )
    edge = products.parts.columns_of(arrow.edge[:, :, :, -1])
    np.testing.assert_array_equal(edge, whole[:, :q, -1])
