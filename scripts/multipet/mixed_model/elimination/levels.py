"""Levels of the absorbed factor and what they contribute: in groups of equal weights, or alone.

Where levels have weights of their own, as with random slopes, a level still touches the random
effects of its own part only (see ``parts``) and the fixed ones: its products are small, and
each part is one matrix product for all its levels and all outcomes.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import sparse

from multipet.mixed_model.elimination.parts import Arrow, Parts
from multipet.mixed_model.elimination.small_matrices import pairs


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


@dataclass(frozen=True, eq=False)
class LoneLevels:
    """What the levels contribute, in the order of the parts; d slots of a part and of Q.

    Attributes
    ----------
    order
        The levels, part by part, shape (J,).
    of_part
        Where the levels of each part are.
    columns
        Z_jᵀM of the levels of each part, shape (k J_b, d).
    products
        Their products, upper triangles of d x d, for each pair of effects: (d(d + 1)/2, u J_b).
    """

    order: np.ndarray
    of_part: tuple[slice, ...]
    columns: tuple[np.ndarray, ...]
    products: tuple[np.ndarray, ...]

    def subtract(self, N: Arrow, W: np.ndarray, values: np.ndarray) -> None:
        """Take Σ_j [M e]ᵀ W_j [M e] from ``N``.

        Parameters
        ----------
        W
            Shape (k, k, R, J).
        values
            Z_jᵀe, shape (R, k, J).
        """
        k, R = len(W), len(values)
        weighted = np.empty_like(values)
        for a in range(k):
            weighted[:, a] = sum(W[a, b] * values[:, b] for b in range(k))
        N.corner[:, -1, -1] -= np.einsum("rkj,rkj->r", weighted, values)
        for part, at in enumerate(self.of_part):
            packed = np.concatenate([W[a, b, :, at] for a, b in pairs(k)], axis=1)
            square = _square(packed @ self.products[part].T)
            crossed = weighted[:, :, at].reshape(R, -1) @ self.columns[part]
            N.blocks[:, part] -= square[:, : N.c, : N.c]
            N.edge[:, part, :, :-1] -= square[:, : N.c, N.c :]
            N.edge[:, part, :, -1] -= crossed[:, : N.c]
            N.corner[:, :-1, :-1] -= square[:, N.c :, N.c :]
            N.corner[:, :-1, -1] -= crossed[:, N.c :]
            N.corner[:, -1, :-1] -= crossed[:, N.c :]

    def traces(self, H: Arrow, values: np.ndarray) -> np.ndarray:
        """Z_jᵀ[M e] H [M e]ᵀZ_j of each level, shape (k, k, R, J)."""
        R, k, J = values.shape
        result = np.empty((k, k, R, J))
        half = np.empty_like(values)
        for part, at in enumerate(self.of_part):
            by_part = (_triangle(H, part) @ self.products[part]).reshape(R, len(pairs(k)), -1)
            for pair, (a, b) in enumerate(pairs(k)):
                result[a, b, :, at] = by_part[:, pair]
            outcome = np.hstack([H.edge[:, part, :, -1], H.corner[:, :-1, -1]])
            half[:, :, at] = (outcome @ self.columns[part].T).reshape(R, k, -1)
        half += H.corner[:, -1, -1, None, None] / 2 * values
        for a, b in pairs(k):
            if a != b:  # the products of a pair hold both of its orders
                result[a, b] /= 2
            result[a, b] += half[:, a] * values[:, b] + half[:, b] * values[:, a]
            result[b, a] = result[a, b]
        return result


def lone_levels(parts: Parts, level_sums: np.ndarray, slots: np.ndarray) -> LoneLevels:
    """Levels of ``level_sums``, shape (J, k, m); ``slots`` the same by slot, (J, k, B c + p)."""
    (B, c), (J, k, _) = parts.place.shape, level_sums.shape
    by_part = slots[:, :, : B * c].reshape(J, k, B, c)
    part = np.abs(by_part).sum(axis=(1, 3)).argmax(axis=1)
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(np.bincount(part, minlength=B))
    of_part = tuple(
        slice(end - n, end) for end, n in zip(ends, np.diff(ends, prepend=0), strict=True)
    )
    columns, products = [], []
    for b, at in enumerate(of_part):
        levels = order[at]
        own = np.concatenate([by_part[levels, :, b], slots[levels, :, B * c :]], axis=2)
        columns.append(own.swapaxes(0, 1).reshape(k * len(levels), -1))
        i, j, _ = _upper(own.shape[2])
        products.append(
            np.concatenate(
                [
                    (own[:, a, i] * own[:, b, j] + own[:, a, j] * own[:, b, i]) / (1 + (a == b))
                    for a, b in pairs(k)
                ]
            ).T
        )
    return LoneLevels(order, of_part, tuple(columns), tuple(products))


def _square(triangles: np.ndarray) -> np.ndarray:
    """Symmetric matrices, shape (R, d, d), from their upper triangles."""
    d = int((np.sqrt(8 * triangles.shape[1] + 1) - 1) / 2)
    return triangles[:, _upper(d)[2]]


def _triangle(H: Arrow, part: int) -> np.ndarray:
    """Upper triangle of ``H`` in one part and Q, those off the diagonal for both triangles."""
    d = H.c + H.f - 1
    whole = np.empty((len(H.flat), d, d))
    whole[:, : H.c, : H.c] = H.blocks[:, part]
    whole[:, : H.c, H.c :] = H.edge[:, part, :, :-1]
    whole[:, H.c :, H.c :] = H.corner[:, :-1, :-1]
    i, j, _ = _upper(d)
    return whole[:, i, j] * (1 + (i != j))


@cache
def _upper(d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns of an upper triangle, and where in it each element of d x d is."""
    i, j = np.triu_indices(d)
    place = np.zeros((d, d), dtype=int)
    place[i, j] = place[j, i] = np.arange(len(i))
    return i, j, place
