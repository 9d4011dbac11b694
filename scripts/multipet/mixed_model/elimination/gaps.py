"""Missing values: what an outcome lacks is taken out of the cross-products of the whole design.

A level of the absorbed factor that lost rows leaves its group and is counted with its own
ZᵀZ: once more as it is left, once less as it was. A level without rows weighs nothing.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from multipet.mixed_model.cross_products import DesignProducts, standardised
from multipet.mixed_model.elimination.parts import Arrow
from multipet.mixed_model.elimination.small_matrices import pairs


@dataclass(frozen=True, eq=False)
class Gaps:
    """How the cross-products of R outcomes differ from those of the whole design.

    Attributes
    ----------
    MM
        What is added to MᵀM, as ``Arrow.flat``, shape (R, F).
    squares
        ZᵀZ of P groups of levels that lost rows, shape (R, P, k, k).
    sizes
        Levels of each group, those that left it counted negative, shape (R, P).
    sums
        Sums over each group of [M e]ᵀZ Zᵀ[M e] for each pair of effects, R u P of them.
    missing
        Which rows are missing, shape (n, R).
    scales
        Λ of the whole design's standardised columns over that of the outcome's own, one array
        (R, k, k) a term.
    outcome, level, group
        The levels that lost rows, and their groups now.
    """

    MM: np.ndarray
    squares: np.ndarray
    sizes: np.ndarray
    sums: Arrow
    missing: np.ndarray
    scales: tuple[np.ndarray, ...]
    outcome: np.ndarray
    level: np.ndarray
    group: np.ndarray

    def take(self, which: np.ndarray) -> "Gaps":
        """Those of the outcomes ``which``, for the criterion: without rows and levels."""
        flat = self.sums.flat.reshape(len(self.MM), -1, self.MM.shape[1])[which]
        sums = replace(self.sums, flat=flat.reshape(-1, self.MM.shape[1]))
        none = np.zeros(0, dtype=int)
        return Gaps(
            self.MM[which],
            self.squares[which],
            self.sizes[which],
            sums,
            self.missing[:, :0],
            tuple(scale[which] for scale in self.scales),
            none,
            none,
            none,
        )

    def without_outcome(self) -> "Gaps":
        """The same of outcomes that are 0."""
        sums = replace(self.sums, flat=self.sums.flat.copy())
        sums.edge[..., -1] = 0
        sums.corner[:, -1] = 0
        sums.corner[:, :, -1] = 0
        return replace(self, sums=sums)


def least_squares(
    Q: np.ndarray, Y: np.ndarray, missing: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of Q, shape (p, R), and residuals, 0 where ``missing``, shape (n, R)."""
    if missing is None:
        rows = np.ascontiguousarray(Y.T)  # one outcome after the other, as they are read
        beta = rows @ Q
        rest = rows - beta @ Q.T
        again = rest @ Q
        rest -= again @ Q.T
        return (beta + again).T, np.ascontiguousarray(rest.T)
    present = ~missing
    grams = _grams(Q, missing)
    beta, rest = np.zeros((Q.shape[1], Y.shape[1])), np.where(missing, 0, Y)
    for _ in range(3):
        step = np.linalg.solve(grams, (Q.T @ rest).T[:, :, None])[:, :, 0].T
        beta, rest = beta + step, (rest - Q @ step) * present
    return beta, rest


def _grams(Q: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """QᵀQ of the rows that each outcome has, shape (R, p, p)."""
    outcome, row = np.nonzero(missing.T)
    lacking = np.zeros((missing.shape[1], Q.shape[1], Q.shape[1]))
    np.add.at(lacking, outcome, Q[row][:, :, None] * Q[row][:, None])
    return np.eye(Q.shape[1]) - lacking


def find_gaps(products: DesignProducts, missing: np.ndarray, level_sums: np.ndarray) -> Gaps:
    """What ``missing``, shape (n, R), changes; ``level_sums`` are Z_jᵀe, shape (R, J, k)."""
    R, J, k = level_sums.shape
    outcome, row = np.nonzero(missing.T)
    lost = products.by_row[row]
    whole = -_summed(outcome, lost, lost, R)
    MM = products.parts.arrow(np.pad(whole, ((0, 0), (0, 1), (0, 1)))).flat
    touched, of_lost = np.unique(outcome * J + products.absorbed_index[row], return_inverse=True)
    outcome, level = touched // J, touched % J
    Z = products.Z_absorbed.data.reshape(-1, k)[row]
    before = products.groups.squares[products.groups.index[level]]
    squares = np.zeros((len(touched), k, k))
    np.add.at(squares, of_lost, Z[:, :, None] * Z[:, None])
    sums_before, sums = _sums(products, Z, lost, of_lost, level, level_sums[outcome, level])
    both = np.concatenate([outcome, outcome])
    group, C = _grouped(both, np.concatenate([before - squares, before]), R)
    P = C.shape[1]
    signs = np.repeat([1.0, -1.0], len(touched))
    place = both * P + group
    sizes = np.bincount(place, signs, R * P).reshape(R, P)
    stacked = sparse.vstack([sums, sums_before], format="csr")
    by_group = products.parts.arrow(_products_by_group(stacked, place, signs, (R, P)))
    return Gaps(
        MM,
        C,
        sizes,
        by_group,
        missing,
        _own_scales(products, missing),
        outcome,
        level,
        group[: len(touched)],
    )


def _products_by_group(
    sums: sparse.csr_array, place: np.ndarray, signs: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Products of ``sums``, k rows a level, for each pair of effects; shape (R u P, m, m).

    ``place`` is where each level belongs among the R P groups of ``shape``.
    """
    (R, P), k, m = shape, sums.shape[0] // len(place), sums.shape[1]
    result = np.zeros((R, len(pairs(k)), P, m, m))
    for pair, (a, b) in enumerate(pairs(k)):
        for one, other in {(a, b), (b, a)}:
            left = sums[one::k] * signs[:, None]
            result[:, pair] += _summed(place, left, sums[other::k], R * P).reshape(R, P, m, m)
    return result.reshape(-1, m, m)


def _own_scales(products: DesignProducts, missing: np.ndarray) -> tuple[np.ndarray, ...]:
    """T of the whole design times the inverse of each outcome's own, for each term."""
    return tuple(
        T @ np.linalg.inv(_scales(term.Z, missing))
        for term, T in zip(products.design.terms, products.scales, strict=True)
    )


def _scales(Z: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """T of the rows that each outcome has, shape (R, k, k)."""
    R, k = missing.shape[1], Z.shape[1]
    if (Z == 1).all():
        return np.ones((R, 1, 1))
    return np.stack([standardised(Z[~lacking])[1] for lacking in missing.T]).reshape(R, k, k)


def _sums(
    products: DesignProducts,
    Z: np.ndarray,
    lost: sparse.csr_array,
    of_lost: np.ndarray,
    level: np.ndarray,
    totals: np.ndarray,
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Zᵀ[M e] of levels before and after they lost rows, k rows a level."""
    k = Z.shape[1]
    before = products.level_sums[(level[:, None] * k + np.arange(k)).ravel()]
    places = (of_lost[:, None] * k + np.arange(k)).ravel()
    entries = (Z.ravel(), (places, np.repeat(np.arange(len(Z)), k)))
    after = before - sparse.csr_array(entries, shape=(before.shape[0], len(Z))) @ lost
    column = sparse.csr_array(totals.reshape(-1, 1))
    return tuple(sparse.hstack([sums, column], format="csr") for sums in (before, after))


def _grouped(outcome: np.ndarray, C: np.ndarray, R: int) -> tuple[np.ndarray, np.ndarray]:
    """Group of each level among those of its outcome with its C, and C, shape (R, P, k, k)."""
    k = C.shape[-1]
    flat = np.round(C.reshape(len(C), -1), 9)
    if k == 1:
        values, kind = np.unique(flat[:, 0], return_inverse=True)
    else:
        values, kind = np.unique(flat, axis=0, return_inverse=True)
    groups, first, of_level = np.unique(
        outcome * len(values) + kind.ravel(), return_index=True, return_inverse=True
    )
    owner = groups // len(values)
    rank = np.arange(len(groups)) - np.searchsorted(owner, owner)
    squares = np.zeros((R, rank.max() + 1, k, k))
    squares[owner, rank] = C[first]
    return rank[of_level], squares


def _summed(
    place: np.ndarray, left: sparse.csr_array, right: sparse.csr_array, size: int
) -> np.ndarray:
    """Sums of the outer products of rows of ``left`` and ``right`` by ``place``, (size, m, m)."""
    m = left.shape[1]
    entries = left.tocoo()
    row, column = entries.coords
    spread = sparse.csr_array(
        (entries.data, (place[row] * m + column, row)), shape=(size * m, left.shape[0])
    )
    return (spread @ right).toarray().reshape(size, m, right.shape[1])
