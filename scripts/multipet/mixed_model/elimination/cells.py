"""Where rows of one residual level are: within levels of the absorbed factor, within parts."""

from dataclasses import dataclass
from itertools import pairwise, starmap

import numpy as np
from scipy import sparse

from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.design import Design


@dataclass(frozen=True, eq=False)
class Cells:
    """Levels of the absorbed factor within residual levels; J levels, part by part.

    Attributes
    ----------
    level, residual
        Of each cell, sorted, shape (P,).
    starts
        First cell of each level.
    of_part
        Levels of each part of the other random effects (see ``parts``).
    """

    level: np.ndarray
    residual: np.ndarray
    starts: np.ndarray
    of_part: tuple[slice, ...]


@dataclass(frozen=True, eq=False)
class Grams:
    """Cross-products by part and residual level, T of them.

    Attributes
    ----------
    residual
        Residual level of each, shape (T,).
    starts
        First of each part.
    values
        [M e]ᵀ[M e] of the d columns of a part, Q and the outcome, shape (R, T, d, d).
    """

    residual: np.ndarray
    starts: np.ndarray
    values: np.ndarray


def columns_of_part(products: DesignProducts) -> tuple[np.ndarray, np.ndarray]:
    """Part of each row, and its columns there and of Q, shape (n, d - 1)."""
    n, c = len(products.Q), products.parts.place.shape[1]
    if not c:
        return np.zeros(n, dtype=int), products.Q
    slots = products.parts.slot_of_column[products.Z_others.indices].reshape(n, -1)
    within = np.zeros((n, c))
    within[np.arange(n)[:, None], slots % c] = products.Z_others.data.reshape(n, -1)
    return slots[:, 0] // c, np.hstack([within, products.Q])


def find_grams(design: Design, part: np.ndarray, M: np.ndarray, rest: np.ndarray) -> Grams:
    """Cross-products of the columns ``M`` and outcomes ``rest`` by part and residual level."""
    S, d = len(design.residual.levels), M.shape[1] + 1
    codes, of_row = np.unique(part * S + design.residual.index, return_inverse=True)
    values = np.empty((rest.shape[1], len(codes), d, d))
    for at in range(len(codes)):
        rows = of_row == at
        values[:, at, :-1, :-1] = M[rows].T @ M[rows]
        values[:, at, -1, :-1] = values[:, at, :-1, -1] = (M[rows].T @ rest[rows]).T
        values[:, at, -1, -1] = (rest[rows] ** 2).sum(axis=0)
    return Grams(codes % S, np.flatnonzero(np.diff(codes // S, prepend=-1)), values)


def find_cells(
    products: DesignProducts, part: np.ndarray
) -> tuple[Cells, np.ndarray, sparse.csr_array]:
    """The cells, ZᵀZ of each, and the matrix, (P k, n), that sums Z times rows over each."""
    residual, n = products.design.residual, products.Q.shape[0]
    S, B = len(residual.levels), len(products.parts.place)
    if not products.absorbed:
        none = np.zeros(0, dtype=int)
        nowhere = (slice(0, 0),) * B
        return Cells(none, none, none, nowhere), np.zeros((0, 0, 0)), sparse.csr_array((0, n))
    index = products.absorbed_index
    part_of_level = np.zeros(len(products.groups.index), dtype=int)
    part_of_level[index] = part
    rank = np.argsort(np.argsort(part_of_level, kind="stable"))
    ends = np.cumsum([0, *np.bincount(part_of_level, minlength=B)])
    Z = products.Z_absorbed.data.reshape(n, -1)
    k = Z.shape[1]
    codes, of_row = np.unique(rank[index] * S + residual.index, return_inverse=True)
    starts = np.flatnonzero(np.diff(codes // S, prepend=-1))
    cells = Cells(codes // S, codes % S, starts, tuple(starmap(slice, pairwise(ends))))
    squares = np.zeros((len(codes), k, k))
    np.add.at(squares, of_row, Z[:, :, None] * Z[:, None])
    places = (of_row[:, None] * k + np.arange(k)).ravel()
    entries = (Z.ravel(), (places, np.repeat(np.arange(n), k)))
    return cells, squares, sparse.csr_array(entries, shape=(len(codes) * k, n))
