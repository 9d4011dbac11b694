"""θ and Λ."""

import numpy as np
from lme4_reference import REFERENCE, read_case

from multipet.formulas.formula import parse_formula
from multipet.mixed_model.design import RandomTerm, build_design
from multipet.mixed_model.random_terms import (
    lambda_blocks,
    on_diagonal,
    parameter_names,
    standardised_theta,
    theta_of,
    theta_of_data,
    triangular,
)

RNG = np.random.default_rng(5)


def _terms() -> tuple[RandomTerm, ...]:
    numbers, table = read_case(REFERENCE / "lme4" / "pixel_nested.json")
    return build_design(parse_formula(numbers["formula"]), table, np.arange(len(table))).terms


def test_order_and_names_are_lme4s() -> None:
    numbers, _ = read_case(REFERENCE / "lme4" / "pixel_nested.json")
    assert list(parameter_names(_terms())) == list(numbers["theta"])
    assert on_diagonal(_terms()).tolist() == [True, True, False, True]


def test_blocks_and_back() -> None:
    theta = RNG.normal(size=(3, 4))
    blocks = lambda_blocks(theta, _terms())
    assert [block.shape for block in blocks] == [(3, 1, 1), (3, 2, 2)]
    assert (blocks[1][:, 0, 1] == 0).all()
    np.testing.assert_array_equal(theta_of(blocks), theta)


def test_triangular_has_the_same_product_and_no_negative_diagonal() -> None:
    factor = RNG.normal(size=(6, 3, 3))
    factor[0] = 0
    factor[1, :, 0] = 0
    lower = triangular(factor)
    np.testing.assert_allclose(
        lower @ np.swapaxes(lower, 1, 2), factor @ np.swapaxes(factor, 1, 2), atol=1e-12
    )
    assert (np.triu(lower, 1) == 0).all()
    assert (np.diagonal(lower, axis1=1, axis2=2) >= 0).all()


def test_standardising_and_back_is_nothing() -> None:
    theta = np.abs(RNG.normal(size=(2, 4)))
    scales = [np.array([[2.0]]), np.array([[1.0, 50.0], [0.0, 12.0]])]
    there = standardised_theta(theta, _terms(), scales)
    np.testing.assert_allclose(theta_of_data(there, _terms(), scales), theta, rtol=1e-10)
