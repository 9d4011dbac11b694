"""Cross-products of a design and many outcomes, as whole matrices that weights of levels add up.

The columns are M = [Z_rest Q e]: the random effects but those of the absorbed factor, the
orthonormal fixed columns, and the outcome as the residual of its least-squares fit. Levels j of
the absorbed factor are grouped by Z_jᵀZ_j: those of a group have the same weights.
"""

from collections.abc import Iterator
from copy import copy
from itertools import combinations_with_replacement

import numpy as np
from scipy import sparse

from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.elimination.levels import group_levels
from multipet.mixed_model.elimination.parts import Arrow

_LARGEST_GROUPED = 20_000_000  # numbers; beyond that the sums are made for each set of weights


class DenseProducts:
    """Cross-products of M; R outcomes, m columns, G groups of levels with k effects each.

    Parameters
    ----------
    products
        Of a design with random terms.
    Y
        Outcomes in its rows, (n, R).

    Attributes
    ----------
    products, structure
        Of the design.
    rest, fixed
        Columns of M that are random effects, and those that are fixed or the outcome.
    terms
        Columns of M of each term that is not absorbed.
    directions
        ``VarianceStructure.directions``.
    squares, sizes
        Z_jᵀZ_j of each group, (G, k, k), and its levels, (G,).
    """

    def __init__(self, products: DesignProducts, Y: np.ndarray) -> None:
        self.products, self.structure = products, VarianceStructure(products.design)
        self.directions = self.structure.directions(products.scales)
        self.terms, q = products.columns, products.n_random
        self.rest, self.fixed = slice(0, q), slice(q, None)
        M = sparse.hstack([products.Z_others, sparse.csr_array(products.Q)], format="csr")
        self._M, m = M, M.shape[1] + 1
        self._gram = np.zeros((m, m))
        self._gram[:-1, :-1] = (M.T @ M).toarray()
        self._set_groups()
        k = self.squares.shape[-1]
        self._pairs = list(combinations_with_replacement(range(k), 2))
        self._sums = self._grams = None
        if len(self._pairs) * len(self.sizes) * m**2 <= _LARGEST_GROUPED:
            self._sums = products.level_sums.toarray().reshape(len(self._index), k, m - 1)
            self._set_grams()
        self._set_outcomes(Y)

    @property
    def grouped(self) -> bool:
        """Whether sums over groups of levels are kept."""
        return self._sums is not None

    def of(self, Y: np.ndarray) -> "DenseProducts":
        """Those of other outcomes, (n, R)."""
        other = copy(self)
        other._set_outcomes(Y)
        return other

    def _set_groups(self) -> None:
        products = self.products
        term = products.design.terms[products.absorbed[0]]
        Z = products.Z_absorbed.data.reshape(len(products.Q), -1)
        groups = group_levels(Z, term.index, len(term.levels))
        self._index, self.sizes, self.squares = groups.index, groups.sizes, groups.squares

    def _set_grams(self) -> None:
        """Sums over each group of s_jᵀs_j for each pair of effects, both orders of it added."""
        m, u, G = len(self._gram), len(self._pairs), len(self.sizes)
        whole = np.zeros((u, G, m, m))
        for which, levels in self._levels_of_groups():
            S = self._sums[levels]
            for pair, orders in enumerate(self._orders()):
                own = sum(_t(S[:, :, i]) @ S[:, :, j] for i, j in orders)
                whole[pair, which, :-1, :-1] = own
        whole = whole.reshape(u * G, m, m)
        parts = self.products.parts
        self._in_parts = 2 * parts.empty(0).flat.shape[1] < m * m
        self._grams = parts.arrow(whole).flat if self._in_parts else whole.reshape(u * G, -1)

    def _set_outcomes(self, Y: np.ndarray) -> None:
        products, R = self.products, Y.shape[1]
        e = Y - products.Q @ (products.Q.T @ Y)
        e -= products.Q @ (products.Q.T @ e)
        self._my, self._yy = (self._M.T @ e).T, np.einsum("nr,nr->r", e, e)
        k = self.squares.shape[-1]
        self._totals = (products.Z_absorbed.T @ e).reshape(len(self._index), k, R)
        if not self.grouped:
            return
        u, G = len(self._pairs), len(self.sizes)
        crossed, squares = np.empty((R, u, G, self._my.shape[1])), np.empty((R, u, G))
        for which, levels in self._levels_of_groups():
            S, E = self._sums[levels], self._totals[levels]
            for pair, orders in enumerate(self._orders()):
                own = sum(_t(S[:, :, i]) @ E[:, :, j] for i, j in orders)
                crossed[:, pair, which] = np.moveaxis(own, 2, 0)
                own = sum(np.einsum("wlr,wlr->rw", E[:, :, i], E[:, :, j]) for i, j in orders)
                squares[:, pair, which] = own
        self._crossed, self._squares = crossed.reshape(R, u * G, -1), squares.reshape(R, u * G)

    def _orders(self) -> list[set[tuple[int, int]]]:
        return [{(a, b), (b, a)} for a, b in self._pairs]

    def _levels_of_groups(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Groups of one size, and their levels, (groups, size)."""
        order = np.argsort(self._index, kind="stable")
        starts = np.cumsum(self.sizes) - self.sizes
        for size in np.unique(self.sizes):
            which = np.flatnonzero(self.sizes == size)
            yield which, order[starts[which, None] + np.arange(size)]

    def take(self, which: np.ndarray) -> "DenseProducts":
        """Those of the outcomes at ``which``."""
        some = copy(self)
        some._my, some._yy = self._my[which], self._yy[which]
        if not self.grouped:
            some._totals = self._totals[:, :, which]
        else:
            some._crossed, some._squares = self._crossed[which], self._squares[which]
        return some

    @property
    def gram(self) -> np.ndarray:
        """MᵀM, (R, m, m)."""
        whole = np.repeat(self._gram[None], len(self._my), axis=0)
        whole[:, :-1, -1] = whole[:, -1, :-1] = self._my
        whole[:, -1, -1] = self._yy
        return whole

    def weighted(self, weights: np.ndarray) -> np.ndarray:
        """Σ_j s_jᵀ w_j s_j, s_j = Z_jᵀM, (R, K, m, m), for K symmetric weights (R, K, G, k, k)."""
        if not self.grouped:
            return self._by_level(weights)
        R, K, m = *weights.shape[:2], len(self._gram)
        packed = self._packed(weights)
        result = self._whole(packed.reshape(R * K, -1)).reshape(R, K, m, m)
        crossed = packed @ self._crossed
        result[..., :-1, -1] = result[..., -1, :-1] = crossed
        result[..., -1, -1] = (packed @ self._squares[:, :, None])[..., 0]
        return result

    def _packed(self, weights: np.ndarray) -> np.ndarray:
        """One number a pair of effects and group, (…, u G), of weights (…, G, k, k)."""
        pairs = [weights[..., a, b] for a, b in self._pairs]
        return np.concatenate(pairs, axis=-1)

    def weighted_outcomes(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Outcome's part of MᵀM − Σ_j s_jᵀ w_j s_j for K weights (K, G, k, k) that all share.

        Returns
        -------
        tuple of ndarray
            Columns of the outcomes, (R, K, m − 1), and their own elements, (R, K).
        """
        packed = self._packed(weights)
        return self._my[:, None] - packed @ self._crossed, self._yy[
            :, None
        ] - self._squares @ packed.T

    def _whole(self, packed: np.ndarray) -> np.ndarray:
        """Weighted sums of the design's part as whole matrices."""
        sums = packed @ self._grams
        if not self._in_parts:
            return sums.reshape(-1, *self._gram.shape)
        parts = self.products.parts
        return parts.whole(Arrow(sums, *parts.place.shape, parts.border))

    def _by_level(self, weights: np.ndarray) -> np.ndarray:
        """The same where sums over groups of levels were too large to be kept."""
        sums, m = self.products.level_sums, len(self._gram)
        J, k = len(self._index), weights.shape[-1]
        result = np.empty((*weights.shape[:2], m, m))
        for r, kinds in enumerate(weights):
            own = sparse.csr_array(self._totals[:, :, r].reshape(-1, 1))
            whole = sparse.hstack([sums, own], format="csr")
            for i, w in enumerate(kinds):
                blocks = (w[self._index], np.arange(J), np.arange(J + 1))
                block = sparse.bsr_array(blocks, shape=(J * k, J * k))
                result[r, i] = (whole.T @ (block @ whole)).toarray()
        return result


def _t(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)
