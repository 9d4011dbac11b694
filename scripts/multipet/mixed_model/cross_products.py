"""Cross-products of a design: after them its rows are not needed any more.

The factor with the most effects (usually the subject) is kept level by level, to be absorbed in
closed form; the columns of all other random terms and of the fixed part are ``M = [Z Q]``. Q
has orthonormal columns, X = Q R, and the columns of each random term are standardised, Z = Z_s T,
so that the scale of a slope variable does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg, sparse

from multipet.mixed_model.design import Design, RandomTerm
from multipet.mixed_model.elimination.levels import (
    LevelGroups,
    LoneLevels,
    group_levels,
    lone_levels,
)
from multipet.mixed_model.elimination.parts import Arrow, Parts, find_parts

_LARGEST_GROUPED = 20_000_000  # numbers; beyond that the sums are kept level by level


@dataclass(frozen=True, eq=False)
class DesignProducts:
    """What an evaluation of the criterion needs of a design.

    Attributes
    ----------
    absorbed, others
        Positions in ``design.terms``: those of the absorbed factor, and the rest.
    scales
        T of each term, upper triangular, shape (k, k).
    Q, R
        Orthonormal fixed columns, shape (n, p), and X = Q R.
    Z_absorbed, Z_others
        Standardised columns of the random effects.
    parts
        Parts of the random effects that are not absorbed; their border is [Q outcome].
    MM
        MᵀM, the outcome being 0.
    level_sums
        Z_jᵀM of each level j of the absorbed factor, k rows a level, shape (J k, m).
    groups
        The levels, grouped by Z_jᵀZ_j.
    group_sums
        Products of ``level_sums`` summed over each group for each pair of effects, as
        ``MM.flat``, shape (u G, F); None where too large, or the levels are kept one by one.
    lone
        The levels one by one; None where they are grouped.
    """

    design: Design
    absorbed: tuple[int, ...]
    others: tuple[int, ...]
    scales: tuple[np.ndarray, ...]
    Q: np.ndarray
    R: np.ndarray
    Z_absorbed: sparse.csr_array
    Z_others: sparse.csr_array
    parts: Parts
    MM: Arrow
    level_sums: sparse.csr_array
    groups: LevelGroups
    group_sums: np.ndarray | sparse.csr_array | None
    lone: LoneLevels | None

    @property
    def n_random(self) -> int:
        """Columns of M that belong to random effects."""
        return self.Z_others.shape[1]

    @property
    def by_level(self) -> bool:
        """Whether sums over levels are too large to be kept as products."""
        return self.group_sums is None and self.lone is None

    @property
    def size(self) -> int:
        """Numbers that an evaluation takes for an outcome, roughly."""
        return self.MM.flat.shape[1] + (self.groups.squares.size if self.lone else 0)

    @property
    def log_determinant(self) -> float:
        """log det XᵀX, by which [Z Q] and [Z X] differ in the REML criterion."""
        return 2 * float(np.log(np.abs(np.diag(self.R))).sum())

    @property
    def columns(self) -> dict[int, slice]:
        """Columns of M that belong to each term that is not absorbed."""
        places, at = {}, 0
        for term in self.others:
            after = at + len(self.scales[term]) * len(self.design.terms[term].levels)
            places[term] = slice(at, after)
            at = after
        return places

    @cached_property
    def by_row(self) -> sparse.csr_array:
        """[Z Q], shape (n, m)."""
        return sparse.hstack([self.Z_others, sparse.csr_array(self.Q)], format="csr")

    @property
    def absorbed_index(self) -> np.ndarray:
        """Level of the absorbed factor of each row, shape (n,)."""
        return self.design.terms[self.absorbed[0]].index

    @cached_property
    def dense_level_sums(self) -> np.ndarray:
        """``level_sums`` of shape (J, k, m)."""
        return self.level_sums.toarray().reshape(
            len(self.groups.index), -1, self.level_sums.shape[1]
        )


def design_products(design: Design) -> DesignProducts:
    """Cross-products of ``design``, which must have a random term."""
    absorbed = _largest_factor(design.terms)
    others = tuple(k for k in range(len(design.terms)) if k not in absorbed)
    scaled = [standardised(term.Z) for term in design.terms]
    Z_absorbed = _indicators([design.terms[k] for k in absorbed], [scaled[k][0] for k in absorbed])
    Z_others = sparse.hstack(
        [_indicators([design.terms[k]], [scaled[k][0]]) for k in others]
        or [sparse.csr_array((design.n_observations, 0))],
        format="csr",
    )
    Q, R = linalg.qr(design.X, mode="economic")
    parts = find_parts(design.terms, absorbed, others, Q.shape[1] + 1)
    ZQ = Z_others.T @ Q
    MM = np.block([[(Z_others.T @ Z_others).toarray(), ZQ], [ZQ.T, np.eye(Q.shape[1])]])
    sums = sparse.hstack(
        [Z_absorbed.T @ Z_others, sparse.csr_array(Z_absorbed.T @ Q)], format="csr"
    )
    term = design.terms[absorbed[0]]
    Z = np.hstack([scaled[k][0] for k in absorbed])
    groups = group_levels(Z, term.index, len(term.levels))
    groups, grouped, lone = _group_sums(parts, groups, sums)
    scales = tuple(T for _, T in scaled)
    return DesignProducts(
        design,
        absorbed,
        others,
        scales,
        Q,
        R,
        Z_absorbed,
        Z_others,
        parts,
        _with_no_outcome(parts, MM[None]),
        sums,
        groups,
        grouped,
        lone,
    )


def fixed_products(design: Design) -> DesignProducts:
    """Cross-products of a design without random terms."""
    Q, R = linalg.qr(design.X, mode="economic")
    n, p = Q.shape
    none = sparse.csr_array((n, 0))
    groups = LevelGroups(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, 0, 0)))
    sums = sparse.csr_array((0, p))
    parts = find_parts((), (), (), p + 1)
    whole = parts.arrow(np.eye(p + 1)[None])
    return DesignProducts(
        design, (), (), (), Q, R, none, none, parts, whole, sums, groups, None, None
    )


def _group_sums(
    parts: Parts, groups: LevelGroups, sums: sparse.csr_array
) -> tuple[LevelGroups, np.ndarray | sparse.csr_array | None, LoneLevels | None]:
    """The groups, and ``DesignProducts.group_sums`` or ``lone``, whichever is worth its size."""
    J, k, m = len(groups.index), groups.squares.shape[-1], sums.shape[1]
    size = m - parts.used.sum() + parts.place.shape[1]
    one_by_one = 2 * k * len(groups.sizes) > J
    if one_by_one and J * k**2 * size**2 <= _LARGEST_GROUPED:
        levels = sums.toarray().reshape(J, k, m)
        lone = lone_levels(parts, levels, parts.slots(levels))
        return groups.alone(lone.order), None, lone
    if not one_by_one and groups.squares.size * m**2 <= _LARGEST_GROUPED:
        by_group = groups.sums(sums, sums).reshape(-1, m, m)
        return groups, _with_no_outcome(parts, by_group).flat, None
    if (np.diff(sums.indptr).astype(float) ** 2).sum() <= _LARGEST_GROUPED:
        return groups, _sparse_group_sums(parts, groups, sums), None
    return groups, None, None


def _sparse_group_sums(
    parts: Parts, groups: LevelGroups, sums: sparse.csr_array
) -> sparse.csr_array:
    """``DesignProducts.group_sums`` where most of their numbers are 0, shape (u G, F)."""
    found, m = groups.sparse_sums(sums), sums.shape[1]
    row = np.repeat(np.tile(np.arange(m), found.shape[0] // m), np.diff(found.indptr))
    place = parts.flat_place(row, found.indices)
    kept = place >= 0
    ends = np.concatenate([[0], np.cumsum(kept)])[found.indptr[::m]]
    shape = (len(ends) - 1, parts.empty(0).flat.shape[1])
    return sparse.csr_array((found.data[kept], place[kept], ends), shape=shape)


def _with_no_outcome(parts: Parts, whole: np.ndarray) -> Arrow:
    """``whole``, shape (R, m, m), with an outcome that is 0."""
    return parts.arrow(np.pad(whole, ((0, 0), (0, 1), (0, 1))))


def _largest_factor(terms: Sequence[RandomTerm]) -> tuple[int, ...]:
    """Positions of the terms of the factor with the most effects."""
    effects: dict[str, int] = {}
    for term in terms:
        effects[term.factor] = effects.get(term.factor, 0) + term.Z.shape[1] * len(term.levels)
    largest = max(effects, key=effects.__getitem__)
    return tuple(k for k, term in enumerate(terms) if term.factor == largest)


def standardised(Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Z_s and T with Z = Z_s T and Z_sᵀZ_s = n I; columns only divided where they are aliased."""
    if Z.shape[1] == 1:
        T = np.sqrt((Z**2).mean(axis=0))[:, None]
        return Z / T, T
    T = np.linalg.qr(Z, mode="r") / np.sqrt(len(Z))
    T = T * np.where(np.diag(T) < 0, -1.0, 1.0)[:, None]
    lengths = np.sqrt((Z**2).mean(axis=0))
    if np.any(np.abs(np.diag(T)) < 1e-7 * lengths):
        T = np.diag(lengths)
    return Z @ np.linalg.inv(T), T


def _indicators(terms: Sequence[RandomTerm], Zs: Sequence[np.ndarray]) -> sparse.csr_array:
    """Columns of terms that share a factor, shape (n, levels k), the effects running fastest."""
    Z = np.hstack(Zs)
    n, k = Z.shape
    columns = terms[0].index[:, None] * k + np.arange(k)
    shape = (n, len(terms[0].levels) * k)
    return sparse.csr_array((Z.ravel(), columns.ravel(), np.arange(0, n * k + 1, k)), shape=shape)
