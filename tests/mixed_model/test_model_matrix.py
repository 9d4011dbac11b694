"""Coding of factors, as R's model.matrix."""

import numpy as np
import pytest

from multipet.core.problems import UserError
from multipet.formulas.formula import parse_formula
from multipet.mixed_model.model_matrix import ModelMatrix, build_matrix
from multipet.mixed_model.variables import Variable

NAN = float("nan")
VARIABLES = {
    "x": Variable("x", (), 2.0),
    "f": Variable("f", ("a", "b", "c"), NAN),
    "g": Variable("g", ("u", "v"), NAN),
}
VALUES = {
    "x": np.array([1.0, 2.0, 3.0]),
    "f": np.eye(3),
    "g": np.array([[1.0, 0], [0, 1], [0, 1]]),
}


def _built(text: str) -> ModelMatrix:
    return build_matrix(parse_formula(text).fixed, VARIABLES)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x + f", ["(Intercept)", "x", "f[b]", "f[c]"]),
        ("0 + f + g", ["f[a]", "f[b]", "f[c]", "g[v]"]),
        ("0 + g:x", ["g[u]:x", "g[v]:x"]),
        ("x + x:g", ["(Intercept)", "x", "x:g[v]"]),
        ("g + g:f", ["(Intercept)", "g[v]", "g[u]:f[b]", "g[v]:f[b]", "g[u]:f[c]", "g[v]:f[c]"]),
        ("f * g", ["(Intercept)", "f[b]", "f[c]", "g[v]", "f[b]:g[v]", "f[c]:g[v]"]),
        ("x:g", ["(Intercept)", "x:g[u]", "x:g[v]"]),
        ("poly(x, 2)", ["(Intercept)", "poly(x, 2)[1]", "poly(x, 2)[2]"]),
        ("I(x ** 2)", ["(Intercept)", "I(x ** 2)"]),
    ],
)
def test_columns_are_rs(text: str, names: list[str]) -> None:
    matrix = _built(text)
    used = {name: VALUES[name] for name in matrix.variables}
    assert list(matrix.names(used)) == names
    assert matrix.columns(used).shape == (3, len(names))


def test_interaction_columns_are_products() -> None:
    columns = _built("f * g").columns({"f": VALUES["f"], "g": VALUES["g"]})
    np.testing.assert_array_equal(columns[:, 4], columns[:, 1] * columns[:, 3])
    np.testing.assert_array_equal(columns[:, 5], columns[:, 2] * columns[:, 3])


def test_row_averages_factors_and_takes_numbers_at_their_mean() -> None:
    matrix = _built("x * g + f")
    assert matrix.row({}).tolist() == pytest.approx([1, 2, 0.5, 1 / 3, 1 / 3, 1])
    assert matrix.row({"g": "v", "f": "c", "x": 5}).tolist() == [1, 5, 1, 0, 1, 5]


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(UserError, match='no level "w"'):
        _built("g").row({"g": "w"})
    with pytest.raises(UserError, match='no variable "gg"; did you mean "g"'):
        _built("g").row({"gg": "v"})


def test_a_function_of_a_factor_is_refused() -> None:
    with pytest.raises(UserError, match='"f" is not a number'):
        _built("log(f)")
