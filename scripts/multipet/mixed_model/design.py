"""The design of a mixed model: fixed-effect columns and random terms of the complete cases."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from multipet.core.problems import Problem, UserError
from multipet.formulas.expression import names_in
from multipet.formulas.formula import Formula
from multipet.mixed_model.model_matrix import ModelMatrix, build_matrix, filled
from multipet.mixed_model.random_terms import RandomTerm, random_terms
from multipet.mixed_model.residual_levels import ResidualLevels, residual_levels
from multipet.mixed_model.variables import Variable, read_variable, require_columns

# share of a column's length that earlier columns must leave over; as in R's qr()
_ALIASED = 1e-7


@dataclass(frozen=True, eq=False)
class FixedPart:
    """Where the columns of ``Design.X`` come from.

    Attributes
    ----------
    matrix
        Recipe for all columns; its ``variables`` have names, levels and means.
    kept, dropped
        Positions among all columns.
    aliases
        Each dropped column in terms of those kept, shape (kept, dropped).
    """

    matrix: ModelMatrix
    kept: np.ndarray
    dropped: np.ndarray
    aliases: np.ndarray


@dataclass(frozen=True, eq=False)
class Design:
    """All of a model but its outcome.

    Attributes
    ----------
    formula
        As the user wrote it.
    X
        Fixed-effect columns, shape (n, p), of full rank.
    coefficients
        Names of the columns of ``X``.
    dropped_columns
        Columns left out because earlier ones already determine them.
    terms
        Random terms in lme4's order: most levels first.
    rows
        Positions in the table of the rows used: those complete in all variables.
    fixed
        What the columns of ``X`` are made of, see ``fixed_row``.
    residual
        By which levels the residual variance differs; None where it is the same everywhere.
    """

    formula: str
    X: np.ndarray
    coefficients: tuple[str, ...]
    dropped_columns: tuple[str, ...]
    terms: tuple[RandomTerm, ...]
    rows: np.ndarray
    fixed: FixedPart
    residual: ResidualLevels | None = None

    @property
    def n_observations(self) -> int:
        """Rows used."""
        return len(self.rows)


def fixed_row(design: Design, settings: Mapping[str, str | float]) -> np.ndarray:
    """Row of ``X`` at ``settings``, shape (p,).

    A categorical variable that is not set is averaged over its levels with equal weights; a
    number that is not set is at its mean over the rows used (as emmeans does).

    Raises
    ------
    UserError
        If a variable or level is unknown, or if the row cannot be estimated because it needs
        a column that was dropped.
    """
    fixed = design.fixed
    row = fixed.matrix.row(settings)
    kept, dropped = row[fixed.kept], row[fixed.dropped]
    left = dropped - kept @ fixed.aliases
    if np.any(np.abs(left) > 1e-8 * (1 + np.abs(dropped))):
        at = ", ".join(f"{name} = {value}" for name, value in settings.items()) or "the means"
        names = ", ".join(design.dropped_columns)
        message = f"cannot be estimated at {at}: the data do not determine {names}"
        raise UserError(Problem(f'formula "{design.formula}"', message))
    return kept


def weighted(design: Design, delta: np.ndarray) -> Design:
    """``design`` with its rows divided by ``delta``, shape (n,): the residuals spread alike."""
    terms = tuple(replace(term, Z=term.Z / delta[:, None]) for term in design.terms)
    return replace(design, X=design.X / delta[:, None], terms=terms, residual=None)


def complete_rows(
    formula: Formula, table: pd.DataFrame, residual_by: str | None = None
) -> np.ndarray:
    """Whether each row of ``table`` has every variable right of the tilde, shape (rows,).

    The factor of the residual variance counts as one.

    Raises
    ------
    UserError
        If the table lacks a column of the formula.
    """
    needed = [*formula.variables, *([residual_by] if residual_by else [])]
    require_columns(needed, table, f'formula "{formula.text}"')
    return table[needed].notna().all(axis=1).to_numpy(dtype=bool)


def build_design(
    formula: Formula, table: pd.DataFrame, rows: np.ndarray, residual_by: str | None = None
) -> Design:
    """Design of ``formula`` in the rows at positions ``rows`` of ``table``.

    Parameters
    ----------
    residual_by
        Column by whose levels the residual variance differs.

    Raises
    ------
    UserError
        If a variable cannot be used as the formula wants: a factor with one level, a grouping
        factor with as many levels as rows, a function of a text, no rows; a level with a
        single scan where its residual variance is wanted.
    """
    where = f'formula "{formula.text}"'
    if len(rows) == 0:
        raise UserError(Problem(where, "no row of the table is complete"))
    used = table[formula.variables].iloc[rows]
    effects = {name for node in formula.nodes for name in names_in(node)}
    read = {name: read_variable(name, used[name]) for name in formula.variables if name in effects}
    variables = {name: variable for name, (variable, _) in read.items()}
    values = {name: value for name, (_, value) in read.items()}
    X, names, fixed = _fixed_part(formula, variables, values, len(rows))
    terms = random_terms(formula.random, used, variables, values, where)
    residual = None
    if residual_by:
        residual = residual_levels(residual_by, table[residual_by].iloc[rows], where)
    return Design(
        formula.text,
        X[:, fixed.kept],
        tuple(names[k] for k in fixed.kept),
        tuple(names[k] for k in fixed.dropped),
        terms,
        rows,
        fixed,
        residual,
    )


def _fixed_part(
    formula: Formula,
    variables: Mapping[str, Variable],
    values: Mapping[str, np.ndarray],
    n: int,
) -> tuple[np.ndarray, tuple[str, ...], FixedPart]:
    where = f'formula "{formula.text}"'
    if not formula.fixed:
        raise UserError(Problem(where, "it has no fixed effect"))
    matrix = build_matrix(formula.fixed, variables, where)
    used = {name: values[name] for name in matrix.variables}
    X = filled(matrix.columns(used), n)
    kept = independent_columns(X)
    if len(kept) >= n:
        message = f"it has {len(kept)} fixed effects but only {n} complete rows"
        raise UserError(Problem(where, message))
    dropped = np.setdiff1d(np.arange(X.shape[1]), kept)
    aliases = np.linalg.lstsq(X[:, kept], X[:, dropped], rcond=None)[0]
    return X, matrix.names(used), FixedPart(matrix, kept, dropped, aliases)


def independent_columns(X: np.ndarray) -> np.ndarray:
    """Positions of the columns that earlier ones do not determine."""
    kept: list[int] = []
    whole = np.empty(X.shape, order="F")
    for k, column in enumerate(X.T):
        basis = whole[:, : len(kept)]
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = np.linalg.norm(rest)
        if length > _ALIASED * np.linalg.norm(column):
            whole[:, len(kept)] = rest / length
            kept.append(k)
    return np.array(kept, dtype=int)
