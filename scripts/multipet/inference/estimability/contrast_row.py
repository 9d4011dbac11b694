"""A contrast as one row of weights on the fixed effects of a design, and whether data can tell it.

Weights stand on all columns of the model matrix, those that were dropped included: a dropped
column is a combination of the kept ones, so that a row can be told exactly where the dropped
columns have the weights that the kept ones imply. Everything is judged on an orthonormal basis of
the centred and scaled columns, with one tolerance: the unit of a number, or how far from 0 it is
(a calendar year and its square), does not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import linalg

from multipet.core.problems import did_you_mean
from multipet.mixed_model.design import Design

Weights = Mapping[str, float]
#: Share of a row's length that counts as nothing: rounding stays far below it.
TOLERANCE = 1e-6
ROUNDING = 1e-9  # of the length of a column before it is centred: less of it is noise


@dataclass(frozen=True, eq=False)
class RowSpace:
    """All contrasts that the rows of one design can tell: the row space of its matrix.

    Attributes
    ----------
    design
        Fixed-effect columns of full rank, and how dropped columns follow from them.
    """

    design: Design

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all columns: those kept, then those dropped."""
        return (*self.design.coefficients, *self.design.dropped_columns)

    @cached_property
    def basis(self) -> np.ndarray:
        """Orthonormal columns that span those of the design, shape (n, p)."""
        return self._factors[0]

    def coordinates(self, kept: np.ndarray) -> np.ndarray:
        """Weights of the columns of ``basis`` that ask the same as weights of those kept, (p,)."""
        _, R, size = self._factors
        moved = (kept - (kept @ self._constant) * self._means) / size
        return linalg.solve_triangular(R, moved, trans="T")

    def mismatch(self, kept: np.ndarray, dropped: np.ndarray) -> np.ndarray:
        """Weight of each dropped column beyond what the kept ones imply, in relative size, (d,)."""
        if not len(dropped):
            return np.zeros(0)
        means, spread, whole = self._dropped
        shift = (kept @ self._constant) * means
        coordinates = self.coordinates(kept)
        length = np.linalg.norm(coordinates)
        size = np.abs(dropped - shift) + length * np.linalg.norm(spread, axis=0)
        rounding = ROUNDING * (np.abs(dropped) + np.abs(shift) + length * whole)
        left = dropped - shift - coordinates @ spread
        return np.divide(left, size + rounding, out=np.zeros_like(left), where=left != 0)

    @cached_property
    def _constant(self) -> np.ndarray:
        """Weights of the kept columns that add up to 1 in every row, (p,); 0 where none do."""
        X = self.design.X
        size = np.linalg.norm(X, axis=0)
        ones = np.ones(len(X))
        weights = np.linalg.lstsq(X / size, ones, rcond=None)[0]
        weights[np.abs(weights) < TOLERANCE * np.abs(weights).max()] = 0
        left = np.linalg.norm(ones - X / size @ weights)
        return weights / size if left < TOLERANCE * np.sqrt(len(X)) else np.zeros(X.shape[1])

    @cached_property
    def _means(self) -> np.ndarray:
        """Means of the columns, (p,); 0 for those that make up the constant, which stay."""
        return np.where(self._constant == 0, self.design.X.mean(axis=0), 0.0)

    @cached_property
    def _factors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Q, R and lengths of the columns, centred if the model holds a constant."""
        holds = self._constant.any()
        X = self.design.X - self._means if holds else self.design.X
        size = np.linalg.norm(X, axis=0)
        return *linalg.qr(X / size, mode="economic"), size

    @cached_property
    def _dropped(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean of each dropped column, it in terms of the basis once centred, and its length."""
        columns = self.design.X @ self.design.fixed.aliases
        means = columns.mean(axis=0) if self._constant.any() else np.zeros(columns.shape[1])
        return means, self.basis.T @ (columns - means), np.linalg.norm(columns, axis=0)


@lru_cache(maxsize=4)
def row_space(design: Design) -> RowSpace:
    """The row space of ``design``, factored once for all its contrasts and regions."""
    return RowSpace(design)


@dataclass(frozen=True, eq=False)
class ContrastRow:
    """One linear combination of the fixed effects.

    Attributes
    ----------
    space
        The row space of the design it belongs to.
    kept
        Weights of the coefficients that were fitted, in their order, shape (p,).
    dropped
        Weights of the columns that were left out, shape (d,).
    """

    space: RowSpace
    kept: np.ndarray
    dropped: np.ndarray

    @cached_property
    def mismatch(self) -> np.ndarray:
        """What the dropped columns weigh beyond what the kept ones imply, relative, shape (d,)."""
        return self.space.mismatch(self.kept, self.dropped)

    @property
    def estimable(self) -> bool:
        """Whether the rows used hold information on it."""
        return bool(np.all(np.abs(self.mismatch) <= TOLERANCE))

    @cached_property
    def coordinates(self) -> np.ndarray:
        """Weights of the orthonormal columns ``space.basis``, shape (p,)."""
        return self.space.coordinates(self.kept)

    @property
    def variance(self) -> float:
        """Least-squares variance of the estimate over that of a residual."""
        return float(self.coordinates @ self.coordinates)

    @property
    def weights(self) -> dict[str, float]:
        """Weights by name, dropped columns included: ``by_name`` makes the same row of them."""
        every = np.concatenate([self.kept, self.dropped])
        return {name: w for name, w in zip(self.space.names, every.tolist(), strict=True) if w}


def by_name(design: Design, weights: Weights) -> ContrastRow:
    """The row with these weights; columns that are not named have weight 0.

    Raises
    ------
    ValueError
        If the model has no such coefficient.
    """
    space = row_space(design)
    for name in weights:
        if name not in space.names:
            near = did_you_mean(name, design.coefficients)
            raise ValueError(f"the model has no coefficient {name!r}; {near}")
    values = np.array([float(weights.get(name, 0)) for name in space.names])
    p = len(design.coefficients)
    return ContrastRow(space, values[:p], values[p:])


def of_columns(design: Design, row: np.ndarray) -> ContrastRow:
    """The row with weights of all columns of the model matrix, as ``ModelMatrix.row`` has them."""
    fixed = design.fixed
    return ContrastRow(row_space(design), row[fixed.kept], row[fixed.dropped])


def of_kept(design: Design, kept: np.ndarray) -> ContrastRow:
    """The row with these weights of the fitted coefficients, shape (p,).

    The dropped columns get what follows from them: every such row can be told.
    """
    return ContrastRow(row_space(design), kept, kept @ design.fixed.aliases)


def without(columns: np.ndarray, factors: Sequence[np.ndarray]) -> np.ndarray:
    """Residuals of (n, m) columns on the levels of ``factors``, each (n,) labels or codes."""
    ordered = sorted((level_codes(labels) for labels in factors), key=np.max, reverse=True)
    if not ordered:
        return columns
    left = columns - level_means(columns, ordered[0])[1]
    for k, codes in enumerate(ordered[1:], start=1):
        if not any(_nested(finer, codes) for finer in ordered[:k]):
            own = _orthonormal(without(np.eye(codes.max() + 1)[codes], ordered[:k]))
            left = left - own @ (own.T @ left)
    return left


def level_means(columns: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of each column by level, (levels, m), and the same repeated for every row, (n, m)."""
    counts = np.bincount(codes)
    totals = np.zeros((len(counts), columns.shape[1]))
    np.add.at(totals, codes, columns)
    means = totals / counts[:, None]
    return means, means[codes]


def level_codes(labels: np.ndarray) -> np.ndarray:
    """Number of the level of each row, from 0, shape (n,)."""
    return np.unique(np.asarray(labels).astype(str), return_inverse=True)[1]


def _nested(fine: np.ndarray, coarse: np.ndarray) -> bool:
    """Whether each level of ``fine`` occurs with one of ``coarse`` only."""
    pairs = np.unique(fine * (coarse.max() + 1) + coarse)
    return len(pairs) == fine.max() + 1


def _orthonormal(columns: np.ndarray) -> np.ndarray:
    own, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return own[:, sizes > TOLERANCE * np.sqrt(len(columns))]
