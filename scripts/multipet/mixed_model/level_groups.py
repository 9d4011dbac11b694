"""Levels of the absorbed factor with equal weights, and sums of cross-products over them."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from multipet.mixed_model.small_matrices import pairs


@dataclass(frozen=True, eq=False)
class LevelGroups:
    """Groups of levels j that have the same C = Z_jᵀZ_j, so the same weights at every θ.

    Attributes
    ----------
    index
        Group of each level, shape (J,).
    sizes
        Levels of each group, shape (G,).
    squares
        C of each group, shape (G, k, k).
    """

    index: np.ndarray
    sizes: np.ndarray
    squares: np.ndarray

    def alone(self, order: np.ndarray) -> "LevelGroups":
        """Every level a group of its own, in this order."""
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return LevelGroups(place, np.ones(len(order)), self.squares[self.index[order]])

    def sums(self, left: sparse.csr_array, right: np.ndarray | sparse.csr_array) -> np.ndarray:
        """Sum over the levels of each group of left_jᵀ right_j.

        Parameters
        ----------
        left
            k rows a level, shape (J k, m).
        right
            k rows a level, shape (J k, r).

        Returns
        -------
        ndarray
            For each pair of effects, both orders of it added, shape (u, G, m, r).
        """
        G, k, m = len(self.sizes), self.squares.shape[-1], left.shape[1]
        result = np.zeros((len(pairs(k)), G, m, right.shape[1]))
        stacked = [self._stacked(left[a::k]) for a in range(k)]
        for pair, (a, b) in enumerate(pairs(k)):
            for one, other in {(a, b), (b, a)}:
                product = stacked[one] @ right[other::k]
                dense = product.toarray() if sparse.issparse(product) else product
                result[pair] += dense.reshape(G, m, -1)
        return result

    def sparse_sums(self, sums: sparse.csr_array) -> sparse.csr_array:
        """The same of ``sums`` and itself where most elements are 0, shape (u G m, m)."""
        k = self.squares.shape[-1]
        stacked = [self._stacked(sums[a::k]) for a in range(k)]
        return sparse.vstack(
            [
                stacked[a] @ sums[b::k] + (stacked[b] @ sums[a::k] if a != b else 0)
                for a, b in pairs(k)
            ]
        )

    def _stacked(self, rows: sparse.csr_array) -> sparse.csr_array:
        """Transpose of ``rows``, one row a level, with a block of rows for each group."""
        entries = rows.tocoo()
        level, column = entries.coords
        m = rows.shape[1]
        place = self.index[level] * m + column
        shape = (len(self.sizes) * m, rows.shape[0])
        return sparse.coo_array((entries.data, (place, level)), shape=shape).tocsr()

    def squared(self, values: np.ndarray) -> np.ndarray:
        """Sum over the levels of each group of v_j v_jᵀ, both orders of a pair: (R, u, G).

        ``values`` has shape (R, J, k).
        """
        R, J, k = values.shape
        indicator = sparse.csr_array(
            (np.ones(J), (self.index, np.arange(J))), shape=(len(self.sizes), J)
        )
        result = np.empty((R, len(pairs(k)), len(self.sizes)))
        for pair, (a, b) in enumerate(pairs(k)):
            result[:, pair] = (indicator @ (values[:, :, a] * values[:, :, b]).T).T * (1 + (a != b))
        return result


def group_levels(Z: np.ndarray, index: np.ndarray, n_levels: int) -> LevelGroups:
    """Groups of the levels ``index``, shape (n,), with effect columns ``Z``, shape (n, k)."""
    k = Z.shape[1]
    squares = np.stack(
        [np.bincount(index, Z[:, a] * Z[:, b], n_levels) for a in range(k) for b in range(k)],
        axis=1,
    )
    # levels that differ by rounding only belong together
    _, first, group, sizes = np.unique(
        np.round(squares, 9), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    return LevelGroups(group.ravel(), sizes, squares[first].reshape(-1, k, k))
