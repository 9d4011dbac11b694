"""The absorbed factor against a dense V."""

import numpy as np
from lme4_reference import multisite

from multipet.formulas.formula import parse_formula
from multipet.mixed_model.cross_products import design_products
from multipet.mixed_model.design import build_design
from multipet.mixed_model.elimination.absorption import absorb, block_diagonal
from multipet.mixed_model.outcome_products import outcome_products
from multipet.mixed_model.random_terms import lambda_blocks


def test_what_is_left_are_cross_products_weighted_by_the_inverse_of_v() -> None:
    table = multisite().iloc[:120].reset_index(drop=True)
    text = "sex + (1 | site) + (1 + age | scanner)"
    design = build_design(parse_formula(text), table, np.arange(120))
    products = design_products(design)
    y = table["bp"].to_numpy()
    outcomes = outcome_products(products, y[:, None])
    theta = np.array([[0.7, -0.3, 0.4, 1.1]])
    blocks = lambda_blocks(theta, design.terms)
    left = absorb(products, outcomes, blocks)
    rows = products.Z_absorbed.toarray() @ np.kron(
        np.eye(len(design.terms[0].levels)), blocks[0][0]
    )
    V = np.eye(120) + rows @ rows.T
    residual = y - products.Q @ (products.Q.T @ y)
    M = np.column_stack([products.Z_others.toarray(), products.Q, residual])
    np.testing.assert_allclose(
        products.parts.whole(left.N)[0], M.T @ np.linalg.solve(V, M), atol=1e-9
    )
    np.testing.assert_allclose(left.log_determinant[0], np.linalg.slogdet(V)[1], rtol=1e-12)


def test_blocks_go_on_the_diagonal() -> None:
    blocks = [np.full((2, 1, 1), 3.0), np.ones((2, 2, 2))]
    whole = block_diagonal(blocks)
    assert whole.shape == (2, 3, 3)
    assert whole[0].tolist() == [[3, 0, 0], [0, 1, 1], [0, 1, 1]]
