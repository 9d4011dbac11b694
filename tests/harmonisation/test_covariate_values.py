"""Values of one covariate."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.problems import UserError
from multipet.harmonisation.covariate_values import covariate_values, read_covariate

GRADES = pd.Series(pd.Categorical(["b", "c", "a", None, "c"], ["c", "b", "a", "unused"]))


def test_levels_are_those_of_the_rows_and_the_others_unseen():
    covariate = read_covariate("grade", GRADES, np.array([1, 1, 0, 0, 1], bool))
    assert (covariate.levels, covariate.unseen) == (("c", "b"), ("a",))
    shares = covariate_values(covariate, GRADES.dropna(), "here")
    assert shares.tolist() == [[0, 1], [1, 0], [0.5, 0.5], [1, 0]]


def test_levels_are_text_in_any_spelling():
    covariate = read_covariate("arm", pd.Series(pd.Categorical([1, 2])), np.ones(2, bool))
    for column in ([2, 1], [2.0, 1.0], ["2", "1"]):
        shares = covariate_values(covariate, pd.Series(column), "here")
        assert shares.tolist() == [[0, 1], [1, 0]]


def test_numbers_keep_their_mean_and_range():
    covariate = read_covariate("age", pd.Series([20, 40.0, 90]), np.array([1, 1, 0], bool))
    assert (covariate.mean, covariate.low, covariate.high) == (30, 20, 40)
    assert not covariate.is_constant
    assert covariate_values(covariate, pd.Series([7]), "here").tolist() == [7]


def test_what_is_unknown_is_refused():
    covariate = read_covariate("grade", GRADES, GRADES.notna().to_numpy())
    with pytest.raises(UserError, match='here: "grade" has unknown levels: d, e'):
        covariate_values(covariate, pd.Series(["e", "a", "d"]), "here")
