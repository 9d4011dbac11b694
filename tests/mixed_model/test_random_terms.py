"""Random terms of a table."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.problems import UserError
from multipet.formulas.formula import parse_formula
from multipet.mixed_model.random_terms import RandomTerm, random_terms
from multipet.mixed_model.variables import read_variable

TABLE = pd.DataFrame(
    {
        "site": list("bbbaaaccc") * 2,
        "camera": list("xyxyxyxyx") * 2,
        "age": np.arange(18.0),
        "group": list("uv") * 9,
    }
)


def _terms(text: str) -> tuple[RandomTerm, ...]:
    read = {name: read_variable(name, TABLE[name]) for name in ("age", "group")}
    variables = {name: variable for name, (variable, _) in read.items()}
    values = {name: value for name, (_, value) in read.items()}
    return random_terms(parse_formula(text).random, TABLE, variables, values, "formula")


def test_combinations_of_levels_are_named_the_first_slowest() -> None:
    (term,) = _terms("(1 | site:camera)")
    assert term.levels == ("a:x", "a:y", "b:x", "b:y", "c:x", "c:y")
    assert [term.levels[k] for k in term.index[:3]] == ["b:x", "b:y", "b:x"]


def test_slashes_are_nested_factors_as_lme4_names_them() -> None:
    assert [term.factor for term in _terms("(1 | site/camera)")] == ["camera:site", "site"]


def test_effects_and_their_columns() -> None:
    (term,) = _terms("(1 + age | site)")
    assert (term.effects, term.correlated) == (("(Intercept)", "age"), True)
    np.testing.assert_array_equal(term.Z, np.column_stack([np.ones(18), TABLE["age"]]))
    (by_group,) = _terms("(0 + group | site)")
    assert by_group.effects == ("group[u]", "group[v]")


def test_two_bars_make_a_term_of_each_effect() -> None:
    terms = _terms("(1 + age || site)")
    assert [(term.effects, term.correlated) for term in terms] == [
        (("(Intercept)",), False),
        (("age",), False),
    ]


def test_equal_sizes_are_reversed_once_anything_moves_as_in_lme4() -> None:
    assert [t.effects[0] for t in _terms("(1 | site) + (0 + age | site)")] == [
        "(Intercept)",
        "age",
    ]
    moved = _terms("(1 | site) + (0 + age | site) + (1 | site:camera)")
    assert [t.effects[0] for t in moved] == ["(Intercept)", "age", "(Intercept)"]


def test_one_level_is_refused() -> None:
    with pytest.raises(UserError, match="one level only"):
        random_terms(parse_formula("(1 | site)").random, TABLE.iloc[:3], {}, {}, "formula")
