"""Designs: rows, columns, random terms in lme4's order."""

import numpy as np
import pandas as pd
import pytest
from lme4_reference import multisite

from multipet.core.problems import UserError
from multipet.formulas.formula import parse_formula
from multipet.mixed_model.design import (
    Design,
    build_design,
    complete_rows,
    fixed_row,
    independent_columns,
)


def _design(text: str, table: pd.DataFrame | None = None) -> Design:
    table = multisite() if table is None else table
    formula = parse_formula(text)
    return build_design(formula, table, np.flatnonzero(complete_rows(formula, table)))


def test_terms_are_in_lme4s_order_with_its_names() -> None:
    design = _design("age + (1 | site) + (1 + age || site:scanner) + (1 | subject)")
    found = [(term.factor, term.effects, len(term.levels)) for term in design.terms]
    assert found == [
        ("subject", ("(Intercept)",), 179),
        ("site:scanner", ("age",), 14),
        ("site:scanner", ("(Intercept)",), 14),
        ("site", ("(Intercept)",), 8),
    ]
    assert design.terms[1].levels[0] == "site01:site01_sc1"


def test_aliased_columns_are_dropped_and_named() -> None:
    table = multisite().assign(months=lambda d: d["age"] * 12, one=1.0)
    design = _design("age + months + sex + one", table)
    assert design.coefficients == ("(Intercept)", "age", "sex[M]")
    assert design.dropped_columns == ("months", "one")


def test_rows_with_missing_variables_are_left_out() -> None:
    table = multisite()
    table.loc[2, "age"] = np.nan
    table.loc[5, "scanner"] = None
    design = _design("age + (1 | scanner)", table)
    assert design.n_observations == 356
    assert not {2, 5} & set(design.rows.tolist())


def test_levels_that_no_row_uses_are_not_levels() -> None:
    table = multisite()
    table["sex"] = pd.Categorical(table["sex"], categories=["X", "M", "F"])
    design = _design("sex + (1 | site)", table[table["site"] != "site03"])
    assert design.coefficients == ("(Intercept)", "sex[F]")
    assert len(design.terms[0].levels) == 7


def test_fixed_row_averages_and_refuses_what_cannot_be_estimated() -> None:
    design = _design("age + sex * group")
    age = multisite()["age"].mean()
    assert fixed_row(design, {"group": "patient"}) == pytest.approx([1, age, 0.5, 1, 0.5])
    table = multisite()
    table = table[(table["sex"] == "F") | (table["group"] == "control")]
    design = _design("age + sex * group", table)
    assert design.dropped_columns == ("sex[M]:group[patient]",)
    assert fixed_row(design, {"sex": "F", "group": "patient", "age": 50}).tolist() == [1, 50, 0, 1]
    with pytest.raises(UserError, match="cannot be estimated at sex = M, group = patient"):
        fixed_row(design, {"sex": "M", "group": "patient"})


def test_independent_columns_keeps_the_first_of_those_that_agree() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 20))
    X = np.column_stack([a, 3 * a, b, np.zeros(20), a - b, b + 1e-3 * rng.normal(size=20)])
    assert independent_columns(X).tolist() == [0, 2, 5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age + (1 | subject:visit)", "too many for 358 complete rows"),
        ("age + (1 + age + sex | subject)", "too many"),
        ("age + (0 + zero | site)", "0 in every row"),
        ("nothing + (1 | site)", "no row of the table is complete"),
        ("age + (1 | site) + (1 + age | site)", "twice"),
    ],
)
def test_designs_without_an_answer_are_refused(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        _design(text, multisite().assign(zero=0.0, nothing=np.nan))
