"""Where to search for the relative SDs θ of thousands of outcomes of one design: a grid.

At one θ all outcomes share the weights and factors of the design, so that the criterion of one of
them costs a product with a small matrix. The best point of a grid tells which of several minima
is the least, and is close to it: one search from there ends where several from elsewhere do.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from multipet.inference.dense_products import DenseProducts
from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.elimination.absorption import block_diagonal
from multipet.mixed_model.random_terms import lambda_blocks, on_diagonal

Array = NDArray[np.float64]
#: Relative SDs of the grid, by how many a design has; none is 0, where the criterion is flat: from
#: there no search would leave.
_SDS = {
    1: (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.25, 1.6, 2.0, 3.0, 5.0, 10.0),
    2: (0.05, 0.2, 0.4, 0.7, 1.1, 2.0, 5.0),
    3: (0.1, 0.5, 1.5),
}
_LARGEST_CHUNK = 4_000_000  # numbers at once


class GridStart:
    """The best point of a grid for each outcome, by the REML criterion.

    Parameters
    ----------
    dense
        Cross-products of the design, whatever the outcomes.
    """

    def __init__(self, dense: DenseProducts) -> None:
        products = dense.products
        diagonal = on_diagonal(products.design.terms)
        points = list(product(_SDS[int(diagonal.sum())], repeat=int(diagonal.sum())))
        self.points = np.zeros((len(points), len(diagonal)))
        self.points[:, diagonal] = points
        self._dense = dense.of(np.zeros((len(products.Q), len(points))))
        self._freedom = products.Q.shape[0] - products.Q.shape[1]
        self._set_factors(lambda_blocks(self.points, products.design.terms))

    def _set_factors(self, blocks: list[Array]) -> None:
        """Weights W of the absorbed factor, roots of the inverse of the rest, log determinants."""
        dense = self._dense
        C = dense.squares
        Lambda = block_diagonal([blocks[t] for t in dense.products.absorbed])[:, None]
        transposed = np.swapaxes(Lambda, -1, -2)
        inner = np.eye(C.shape[-1]) + transposed @ C @ Lambda
        self._W = Lambda @ np.linalg.inv(inner) @ transposed
        rest = (dense.gram - dense.weighted(self._W[:, None])[:, 0])[:, :-1, :-1]
        scale = np.tile(np.eye(rest.shape[1]), (len(rest), 1, 1))
        for term, columns in dense.terms.items():
            levels = (columns.stop - columns.start) // blocks[term].shape[-1]
            scale[:, columns, columns] = np.kron(np.eye(levels), blocks[term])
        whole = np.swapaxes(scale, 1, 2) @ rest @ scale
        random = range(dense.products.n_random)
        whole[:, random, random] += 1
        root = np.linalg.inv(np.linalg.cholesky(whole))
        self._root = root @ np.swapaxes(scale, 1, 2)
        self._logs = np.linalg.slogdet(inner)[1] @ dense.sizes + np.linalg.slogdet(whole)[1]

    def __call__(self, Y: Array) -> Array:
        """θ of standardised columns, (R, t), of outcomes (n, R)."""
        step = max(1, _LARGEST_CHUNK // self._root[:, 0].size)
        parts = [self._best(Y[:, at : at + step]) for at in range(0, Y.shape[1], step)]
        return self.points[np.concatenate(parts)]

    def _best(self, Y: Array) -> NDArray[np.int64]:
        columns, own = self._dense.of(Y).weighted_outcomes(self._W)
        explained = np.einsum("kab,rkb->rka", self._root, columns, optimize=True)
        rss = own - (explained**2).sum(axis=2)
        with np.errstate(all="ignore"):  # where an outcome is explained, there is no search
            criterion = self._logs + self._freedom * np.log(rss)
        return np.nan_to_num(criterion, nan=np.inf).argmin(axis=1)


def grid_start(products: DesignProducts | None) -> GridStart | None:
    """A grid where it is worth its price: few variances, and sums kept by groups of levels."""
    if products is None or int(on_diagonal(products.design.terms).sum()) not in _SDS:
        return None
    empty = DenseProducts(products, np.zeros((len(products.Q), 1)))
    return GridStart(empty) if empty.grouped else None
