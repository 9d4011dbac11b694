"""Random terms: the levels of their grouping factors and the columns of their effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from multipet.core.problems import Problem, UserError
from multipet.formulas.formula import RandomPart
from multipet.mixed_model.model_matrix import ModelMatrix, build_matrix, filled
from multipet.mixed_model.variables import Variable, factor_codes


@dataclass(frozen=True, eq=False)
class RandomTerm:
    """One random-effects term, ``(effects | factor)``.

    Attributes
    ----------
    factor
        Grouping factor as lme4 shows it: ``site``, ``site:scanner``.
    effects
        Names of the ``k`` effects: ``("(Intercept)", "age")``.
    levels
        The levels that occur in the rows used.
    index
        Level of each row, shape (n,).
    Z
        Effect columns on the scale of the data, shape (n, k).
    correlated
        Whether the effects of a level covary freely; False for a single effect.
    """

    factor: str
    effects: tuple[str, ...]
    levels: tuple[str, ...]
    index: np.ndarray
    Z: np.ndarray
    correlated: bool


def random_terms(
    parts: Sequence[RandomPart],
    table: pd.DataFrame,
    variables: Mapping[str, Variable],
    values: Mapping[str, np.ndarray],
    where: str,
) -> tuple[RandomTerm, ...]:
    """Random terms of ``parts`` in the rows of ``table``, in lme4's order: most levels first.

    Parameters
    ----------
    variables, values
        As ``variables.read_variable`` gives them.
    where
        Start of the message where a term cannot be used.

    Raises
    ------
    UserError
        If a grouping factor has one level, or too many for the rows, or an effect stands
        there twice or is 0 in every row.
    """
    terms = [term for part in parts for term in _terms(part, table, variables, values, where)]
    _refuse_repeated(terms, where)
    return tuple(_in_lme4_order(terms))


def _terms(
    part: RandomPart,
    table: pd.DataFrame,
    variables: Mapping[str, Variable],
    values: Mapping[str, np.ndarray],
    where: str,
) -> list[RandomTerm]:
    index, levels = _grouping(part.grouping, table)
    factor, n = ":".join(part.grouping), len(table)
    if len(levels) < 2:
        message = f'grouping factor "{factor}" has one level only ("{levels[0]}")'
        raise UserError(Problem(where, message))
    matrix = build_matrix(part.terms, variables, where)
    groups = (
        [matrix]
        if part.correlated
        else [ModelMatrix((term,), matrix.variables, matrix.learnt) for term in matrix.terms]
    )
    used = {name: values[name] for name in matrix.variables}
    terms = []
    for group in groups:
        Z = filled(group.columns(used), n)
        if Z.shape[1] * len(levels) >= n:
            message = (
                f'grouping factor "{factor}" has {len(levels)} levels, '
                f"{Z.shape[1] * len(levels)} random effects: too many for {n} complete rows"
            )
            raise UserError(Problem(where, message))
        effects = group.names(used)
        _refuse_null(Z, effects, where)
        terms.append(RandomTerm(factor, effects, levels, index, Z, Z.shape[1] > 1))
    return terms


def _grouping(names: tuple[str, ...], table: pd.DataFrame) -> tuple[np.ndarray, tuple[str, ...]]:
    """Level of each row and the combinations of levels that occur, the first name slowest."""
    index, levels = factor_codes(table[names[0]])
    for name in names[1:]:
        codes, inner = factor_codes(table[name])
        used, index = np.unique(index * len(inner) + codes, return_inverse=True)
        levels = tuple(f"{levels[k // len(inner)]}:{inner[k % len(inner)]}" for k in used)
    return index, levels


def _refuse_null(Z: np.ndarray, effects: tuple[str, ...], where: str) -> None:
    for effect, column in zip(effects, Z.T, strict=True):
        if not column.any():
            raise UserError(Problem(where, f'random effect "{effect}" is 0 in every row'))


def _refuse_repeated(terms: list[RandomTerm], where: str) -> None:
    found: set[tuple[str, str]] = set()
    for term in terms:
        for effect in term.effects:
            if (term.factor, effect) in found:
                message = f'the random effect "{effect}" of "{term.factor}" stands there twice'
                raise UserError(Problem(where, message))
            found.add((term.factor, effect))


def _in_lme4_order(terms: list[RandomTerm]) -> list[RandomTerm]:
    """Most levels first; as in lme4, ties are reversed once anything has to move."""
    sizes = [len(term.levels) for term in terms]
    if all(a >= b for a, b in pairwise(sizes)):
        return terms
    return [terms[k] for k in sorted(range(len(terms)), key=lambda k: sizes[k])[::-1]]
