"""Preserved covariates as columns."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.problems import UserError
from multipet.harmonisation.covariate_recipe import preserved_columns

TABLE = pd.DataFrame(
    {
        "age": [20.0, 30.0, np.nan, 50.0, 60.0],
        "sex": pd.Categorical(["F", "M", "M", None, "F"], ["M", "F"]),
        "note": ["a", "", "b", "a", "b"],
    }
)


def test_columns_have_no_intercept_and_name_their_levels():
    result = preserved_columns(TABLE, "age + sex")
    assert result.names == ("age", "sex[F]")
    assert result.usable.tolist() == [True, True, False, False, True]
    assert result.columns.tolist() == [[20, 1], [30, 0], [60, 1]]


def test_an_intercept_taken_away_changes_nothing():
    assert preserved_columns(TABLE, "0 + sex").names == ("sex[F]",)


@pytest.mark.parametrize("nothing", [None, "", "  ", "1"])
def test_nothing_is_preserved(nothing):
    result = preserved_columns(TABLE, nothing)
    assert result.columns.shape == (5, 0)
    assert result.usable.all()


def test_empty_text_is_missing():
    assert preserved_columns(TABLE, "note").usable.tolist() == [True, False, True, True, True]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("age + (1 | sex)", "has a random effect"),
        ("age ~ sex", "names an outcome"),
        ("agee", 'no column "agee"'),
        ("__import__('os')", "cannot read"),
    ],
)
def test_what_is_no_set_of_covariates_is_refused(formula, message):
    with pytest.raises(UserError, match=message):
        preserved_columns(TABLE, formula)


def test_no_complete_scan_is_refused():
    with pytest.raises(UserError, match="no scan has every covariate"):
        preserved_columns(TABLE.assign(age=np.nan), "age")
