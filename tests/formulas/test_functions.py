"""Functions in formulas: R's values, at the data and elsewhere."""

import numpy as np
import pandas as pd
import pytest
from lme4_reference import REFERENCE

from multipet.core.problems import UserError
from multipet.formulas.expression import parse_expression
from multipet.formulas.functions import Learnt, check_functions, numbers


@pytest.mark.parametrize(
    ("text", "columns"), [("poly(x, 3)", slice(1, 4)), ("ns(x, df = 4)", slice(4, 8))]
)
def test_bases_are_rs_and_mean_the_same_elsewhere(text: str, columns: slice) -> None:
    at_data = pd.read_csv(REFERENCE / "lme4_more" / "bases.csv").to_numpy()
    elsewhere = pd.read_csv(REFERENCE / "lme4_more" / "bases_elsewhere.csv").to_numpy()
    learnt: Learnt = {}
    node = parse_expression(text, "f")
    found = numbers(node, {"x": at_data[:, 0]}, learnt)
    np.testing.assert_allclose(found, at_data[:, columns], atol=1e-12)
    found = numbers(node, {"x": elsewhere[:, 0]}, learnt)
    np.testing.assert_allclose(found, elsewhere[:, columns], atol=1e-11)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I(x^2 - 2 * x / 4)", [0.5, 3.0, 7.5]),
        ("log2(x)", [0.0, 1.0, np.log2(3)]),
        ("sqrt(I(x ** 2))", [1.0, 2.0, 3.0]),
        ("center(x)", [-1.0, 0.0, 1.0]),
        ("scale(I(2 * x))", [-1.0, 0.0, 1.0]),
        ("I(-x)", [-1.0, -2.0, -3.0]),
    ],
)
def test_values(text: str, expected: list[float]) -> None:
    found = numbers(parse_expression(text, "f"), {"x": np.array([1.0, 2.0, 3.0])}, {})
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("logg(x)", 'did you mean "log"'),
        ("poly(x)", "takes a number and degree"),
        ("poly(x, 2.5)", "whole number"),
        ("poly(x, degree = 99)", "whole number"),
        ("ns(x, knots = 3)", "takes a number and df"),
        ("log(x, 2)", "takes one argument"),
        ("I(x:y)", "not arithmetic"),
        ("I(open(x))", 'no function "open"'),
    ],
)
def test_what_is_not_listed_is_refused(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_functions([parse_expression(text, "f")], "f")


def test_a_basis_needs_different_values() -> None:
    with pytest.raises(UserError, match="needs more than 3 different values, found 2"):
        numbers(parse_expression("poly(x, 3)", "f"), {"x": np.array([1.0, 2.0, 1.0, 2.0])}, {})
