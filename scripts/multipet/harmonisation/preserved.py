"""The covariates whose effects harmonisation must leave alone, as columns."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.formulas.formula import INTERCEPT, Formula, parse_formula
from multipet.mixed_model.model_matrix import build_matrix
from multipet.mixed_model.variables import read_variable, require_columns
from multipet.problems import Problem, UserError


@dataclass(frozen=True)
class Preserved:
    """Covariate columns of the scans that have every covariate.

    Attributes
    ----------
    text
        The formula as written.
    names
        ``age``, ``sex[M]``, ``age:group[patient]``; no intercept, the batches span it.
    columns
        (usable scan, column).
    usable
        Which scans of the table have every covariate, (scan,).
    """

    text: str
    names: tuple[str, ...]
    columns: NDArray[np.float64]
    usable: NDArray[np.bool_]


def preserved_columns(
    table: pd.DataFrame, preserve: str | None, where: str = "preserve"
) -> Preserved:
    """Read the covariates of a formula such as ``age + sex + group``; empty preserves nothing.

    Raises
    ------
    UserError
        If it is not a formula of fixed effects, names an outcome or an unknown column, or
        no scan has all its covariates.
    """
    text = (preserve or "").strip() or "1"
    formula = _fixed_formula(text, where)
    require_columns(formula.variables, table, where)
    usable = np.ones(len(table), bool)
    for name in formula.variables:
        usable &= ~(table[name].isna() | table[name].isin([""])).to_numpy(bool)
    if not usable.any():
        raise UserError(Problem(where, f'no scan has every covariate of "{text}"'))
    read = {name: read_variable(name, table[name][usable]) for name in formula.variables}
    values = {name: column for name, (_, column) in read.items()}
    terms = (INTERCEPT, *(term for term in formula.fixed if term != INTERCEPT))
    matrix = build_matrix(terms, {name: variable for name, (variable, _) in read.items()}, where)
    if len(terms) == 1:
        return Preserved(text, (), np.empty((int(usable.sum()), 0)), usable)
    return Preserved(text, matrix.names(values)[1:], matrix.columns(values)[:, 1:], usable)


def _fixed_formula(text: str, where: str) -> Formula:
    formula = parse_formula(text, where)
    if formula.random:
        message = f'"{text}" has a random effect'
        raise UserError(Problem(where, message, "name covariates only: age + sex"))
    if formula.outcome:
        raise UserError(Problem(where, f'"{text}" names an outcome', "leave out what is left of ~"))
    return formula
