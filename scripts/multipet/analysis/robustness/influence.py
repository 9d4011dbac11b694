"""What a single person does to a contrast: the change when that person is left out.

The fixed effects without the rows I of a person are exactly those of a model in which each of these
rows has a coefficient of its own, so that with V kept they follow from the fit at hand:
β − β(I) = Φ XᵢᵀH (Pᵢᵢ)⁻¹ Pᵢy with H = V⁻¹, Φ = (XᵀHX)⁻¹ and P = H − HXΦXᵀH (Christensen, Pearson &
Johnson 1992, Technometrics 34: 38-45). The variance parameters stay those of all people: one step,
without a refit.

V is block diagonal by person but for the other factors, which are few: no n x n matrix is made.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from multipet.inference.estimability import Weights, weight_row
from multipet.mixed_model.fit import MixedFit

#: Share of a person's information below which a direction is hers alone.
_ALONE = 1e-9


@dataclass(frozen=True)
class PersonInfluence:
    """Influence of every person on one contrast, each of shape (people,).

    Attributes
    ----------
    cooks_distance
        (β − β(I))ᵀ Φ⁻¹ (β − β(I)) / p, Φ the covariance of β.
    change
        Estimate minus that without the person; NaN where the contrast cannot be estimated
        without.
    """

    cooks_distance: np.ndarray
    change: np.ndarray


class Influence:
    """Delete-one-person changes of the fixed effects of one fit.

    Parameters
    ----------
    fit
        A fitted model.
    people
        Person of every row used, shape (n,), as integers 0 … J − 1.

    Attributes
    ----------
    changes
        β − β(I) of every person, shape (J, p).
    """

    def __init__(self, fit: MixedFit, people: np.ndarray) -> None:
        self._fit = fit
        self._people = people
        design = fit.weighted_design
        self._X = design.X
        self._residual = (fit.y - fit.fixed_effects_fitted) / (fit.residual_sds / fit.sigma)
        self._groups = _rows_by_size(people)
        inside = [nested(term.index, people) for term in design.terms]
        factors = [
            term.Z @ block for term, block in zip(design.terms, fit.lambda_blocks, strict=True)
        ]
        own = [(t.index, B) for t, B, i in zip(design.terms, factors, inside, strict=True) if i]
        self._inverses = [_block_inverses(rows, own) for rows in self._groups]
        others = [
            _columns(t.index, B)
            for t, B, i in zip(design.terms, factors, inside, strict=True)
            if not i
        ]
        self._shared = self._shared_part(np.hstack([np.empty((len(people), 0)), *others]))
        self._HX = self._weighed(self._X)
        self._phi = np.linalg.inv(self._X.T @ self._HX)

    @cached_property
    def _solved(self) -> tuple[np.ndarray, np.ndarray]:
        """Changes, (J, p), and the directions of β known from one person alone, (J, p, p)."""
        p, J = self._X.shape[1], int(self._people.max()) + 1
        changes, alone = np.zeros((J, p)), np.zeros((J, p, p))
        pulled = self._weighed(self._residual[:, None])[:, 0]
        for rows, inverse in zip(self._groups, self._inverses, strict=True):
            HX, W = self._HX[rows], self._shared[rows]
            own = inverse - W @ W.swapaxes(1, 2)
            left = own - HX @ self._phi @ HX.swapaxes(1, 2)
            kept, lost = _pseudo_inverses(left, own)
            gain = self._phi @ HX.swapaxes(1, 2)
            who = self._people[rows[:, 0]]
            changes[who] = np.einsum("jpk,jkl,jl->jp", gain, kept, pulled[rows], optimize=True)
            moved = gain @ lost
            alone[who] = moved @ moved.swapaxes(1, 2)
        return changes, alone

    @property
    def changes(self) -> np.ndarray:
        """β − β(I), shape (J, p)."""
        return self._solved[0]

    def of(self, weights: Weights) -> PersonInfluence:
        """Influence on the contrast of ``weights``, coefficient name to weight."""
        changes, alone = self._solved
        row = weight_row(self._fit, weights)
        precision = np.linalg.inv(self._phi) / self._fit.sigma**2
        cooks = np.einsum("jp,pq,jq->j", changes, precision, changes) / len(row)
        size = float(row @ self._phi @ row)
        hers = np.einsum("p,jpq,q->j", row, alone, row) > 1e-8 * size
        return PersonInfluence(cooks, np.where(hers, np.nan, changes @ row))

    def _weighed(self, columns: np.ndarray) -> np.ndarray:
        """H times (n, m) columns."""
        inner = self._apply_blocks(columns)
        return inner - self._shared @ (self._shared.T @ columns)

    def _apply_blocks(self, columns: np.ndarray) -> np.ndarray:
        result = np.empty_like(columns, dtype=float)
        for rows, inverse in zip(self._groups, self._inverses, strict=True):
            result[rows] = inverse @ columns[rows]
        return result

    def _shared_part(self, A: np.ndarray) -> np.ndarray:
        """W with H = H_u − WWᵀ, for V = V_u + AAᵀ with V_u block diagonal by person."""
        moved = self._apply_blocks(A)
        lower = np.linalg.cholesky(np.eye(A.shape[1]) + A.T @ moved)
        return np.linalg.solve(lower, moved.T).T


def nested(index: np.ndarray, people: np.ndarray) -> bool:
    """Whether every level of ``index``, shape (n,), occurs with one person only."""
    pairs = len(np.unique(np.column_stack([index, people]), axis=0))
    return pairs == len(np.unique(index))


def _rows_by_size(people: np.ndarray) -> list[np.ndarray]:
    """Rows of every person, (people, k), those with equally many together."""
    order = np.argsort(people, kind="stable")
    counts = np.bincount(people)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return [
        order[starts[counts == k][:, None] + np.arange(k)] for k in np.unique(counts[counts > 0])
    ]


def _block_inverses(rows: np.ndarray, own: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Inverses of V within people, (people, k, k), from the terms nested in them."""
    block = np.broadcast_to(np.eye(rows.shape[1]), (*rows.shape, rows.shape[1])).copy()
    for index, B in own:
        same = index[rows][:, :, None] == index[rows][:, None, :]
        block += same * (B[rows] @ B[rows].swapaxes(1, 2))
    return np.linalg.inv(block)


def _columns(index: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Columns of a term, (n, levels k)."""
    levels, k = int(index.max()) + 1, B.shape[1]
    columns = np.zeros((len(index), levels, k))
    columns[np.arange(len(index)), index] = B
    return columns.reshape(len(index), -1)


def _pseudo_inverses(left: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pseudo-inverses of ``left``, (J, k, k), and its null vectors, as columns, 0 elsewhere."""
    sizes, vectors = np.linalg.eigh(left)
    null = sizes <= _ALONE * np.linalg.norm(own, axis=(1, 2))[:, None]
    inverse = np.where(null, 0, 1 / np.where(null, 1, sizes))
    kept = (vectors * inverse[:, None, :]) @ vectors.swapaxes(1, 2)
    return kept, vectors * null[:, None, :]
