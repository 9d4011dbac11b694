"""Random terms: levels of grouping factors, columns of effects, and covariance factors Λ."""

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


def n_parameters(terms: Sequence[RandomTerm]) -> int:
    """Length of θ."""
    return sum(k * (k + 1) // 2 for k in (len(term.effects) for term in terms))


def parameter_names(terms: Sequence[RandomTerm]) -> tuple[str, ...]:
    """lme4's names of θ: ``site.(Intercept)``, ``site.age.(Intercept)``, ``site.age``."""
    return tuple(
        ".".join([term.factor, term.effects[i], *([term.effects[j]] if i != j else [])])
        for term in terms
        for i, j in _places(len(term.effects))
    )


def lambda_blocks(theta: np.ndarray, terms: Sequence[RandomTerm]) -> list[np.ndarray]:
    """Lower triangular Λ of each term, shape (..., k, k), from θ of shape (..., t)."""
    blocks, at = [], 0
    for term in terms:
        k = len(term.effects)
        block = np.zeros((*theta.shape[:-1], k, k))
        for i, j in _places(k):
            block[..., i, j] = theta[..., at]
            at += 1
        blocks.append(block)
    return blocks


def theta_of(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """θ, shape (..., t), from the triangles of ``blocks``."""
    columns = [block[..., i, j] for block in blocks for i, j in _places(block.shape[-1])]
    return np.stack(columns, axis=-1)


def on_diagonal(terms: Sequence[RandomTerm]) -> np.ndarray:
    """Which elements of θ are on a diagonal of Λ, shape (t,)."""
    return np.array([i == j for term in terms for i, j in _places(len(term.effects))], dtype=bool)


def triangular(factor: np.ndarray) -> np.ndarray:
    """Lower triangular L with L Lᵀ = F Fᵀ and no negative diagonal, for F of shape (..., k, k)."""
    upper = np.linalg.qr(np.swapaxes(factor, -1, -2), mode="r")
    signs = np.where(np.diagonal(upper, axis1=-2, axis2=-1) < 0, -1.0, 1.0)
    return np.swapaxes(upper * signs[..., :, None], -1, -2)


def standardised_theta(
    theta: np.ndarray, terms: Sequence[RandomTerm], scales: Sequence[np.ndarray]
) -> np.ndarray:
    """θ of the columns Z_s, from θ of the columns Z = Z_s T; ``scales`` are T of each term."""
    blocks = lambda_blocks(theta, terms)
    return theta_of([triangular(T @ block) for T, block in zip(scales, blocks, strict=True)])


def theta_of_data(
    theta: np.ndarray, terms: Sequence[RandomTerm], scales: Sequence[np.ndarray]
) -> np.ndarray:
    """The way back from ``standardised_theta``."""
    return standardised_theta(theta, terms, [np.linalg.inv(T) for T in scales])


def _places(k: int) -> list[tuple[int, int]]:
    """Places of a lower triangle, column by column as lme4 stores it."""
    return [(i, j) for j in range(k) for i in range(j, k)]
