"""Columns as a model sees them."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.problems import UserError
from multipet.mixed_model.variables import factor_codes, is_number, read_variable, require_columns


def test_levels_keep_the_order_of_the_categorical_without_unused_ones() -> None:
    column = pd.Series(pd.Categorical(["b", "a", "b"], categories=["c", "b", "a"]))
    codes, levels = factor_codes(column)
    assert levels == ("b", "a")
    assert codes.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (["10", "9", "10"], ("10", "9")),
        ([10, 9, 10], ("9", "10")),
        ([10.0, 9.0, 9.5], ("9", "9.5", "10")),
        ([True, False, True], ("False", "True")),
    ],
)
def test_levels_of_plain_columns_are_sorted(values: list, levels: tuple[str, ...]) -> None:
    assert factor_codes(pd.Series(values))[1] == levels


def test_true_and_false_are_levels() -> None:
    assert not is_number(pd.Series([True, False]))
    variable, shares = read_variable("on", pd.Series([True, False]))
    assert variable.is_factor
    np.testing.assert_array_equal(shares, [[0, 1], [1, 0]])


def test_a_number_has_a_mean_and_must_be_finite() -> None:
    variable, values = read_variable("age", pd.Series([20, 40]))
    assert (variable.mean, values.tolist()) == (30.0, [20.0, 40.0])
    with pytest.raises(UserError, match="infinite"):
        read_variable("age", pd.Series([20, np.inf]))


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(UserError) as caught:
        require_columns(["agee", "sex", "x"], pd.DataFrame(columns=["age", "sex"]), "formula")
    assert len(caught.value.problems) == 2
    assert 'did you mean "age"?' in str(caught.value)
