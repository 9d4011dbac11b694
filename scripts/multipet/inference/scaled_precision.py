"""The inverse covariance of the observations, seen through cross-products: R outcomes at once.

H = (I + ZΛΛᵀZᵀ)⁻¹ in units of the residual variance. The largest factor u is eliminated level by
level: with C = Z_jᵀZ_j of a level and W = Λ(I + ΛᵀCΛ)⁻¹Λᵀ, Z_jᵀH_u = (I − CW)Z_jᵀ. So all that is
needed are weighted sums over levels of products of s_j = Z_jᵀM, M = [Z_rest Q e]. The rest
follows by Woodbury: H = H_u − H_uZ_rest K Z_restᵀH_u, K = Λ(I + ΛᵀCΛ)⁻¹Λᵀ, C = Z_restᵀH_uZ_rest.
"""

from collections.abc import Sequence

import numpy as np

from multipet.inference.dense_products import DenseProducts
from multipet.mixed_model.elimination.absorption import block_diagonal


class ScaledPrecision:
    """H of R outcomes: what inference needs of it.

    Parameters
    ----------
    dense
        Cross-products.
    factors
        Relative covariance factor Λ of the standardised columns of each term, (R, k, k).

    Attributes
    ----------
    log_determinant
        log |I + ZΛΛᵀZᵀ|, (R,).
    precision
        [Q e]ᵀH[Q e], (R, f, f).
    single
        (R, m): tr(HG_i) of the m variance parameters.
    once
        (R, m, f, f): [Q e]ᵀHG_iH[Q e].
    traces
        (R, m, m): tr(HG_iHG_j).
    twice
        (R, m, m, f, f): [Q e]ᵀHG_iHG_jH[Q e], its symmetric part.
    """

    def __init__(self, dense: DenseProducts, factors: Sequence[np.ndarray]) -> None:
        self.dense = dense
        self._factors = factors
        self._places = [place[0] for place in dense.structure.places]
        self._absorb()
        self._eliminate()
        self._set_once()
        self._set_twice()

    def _absorb(self) -> None:
        """The weights of the absorbed factor, and which of the parameters belong to it."""
        products = self.dense.products
        C = self.dense.squares
        Lambda = block_diagonal([self._factors[t] for t in products.absorbed])[:, None]
        inner = np.eye(C.shape[-1]) + _t(Lambda) @ C @ Lambda
        self._log_absorbed = np.linalg.slogdet(inner)[1] @ self.dense.sizes
        inverse = 1 / inner if inner.shape[-1] == 1 else np.linalg.inv(inner)
        self._W = Lambda @ inverse @ _t(Lambda)
        self._keep = np.eye(C.shape[-1]) - C @ self._W
        self._D = self._keep @ C
        self._absorbed = {}
        ends = np.cumsum([0, *(len(products.scales[t]) for t in products.absorbed)])
        for i, term in enumerate(self._places):
            if term in products.absorbed:
                at = ends[products.absorbed.index(term)]
                size = len(products.scales[term])
                X = np.zeros((ends[-1], ends[-1]))
                X[at : at + size, at : at + size] = self.dense.directions[i]
                self._absorbed[i] = X

    def _eliminate(self) -> None:
        """The other effects, and [Q e]ᵀH[Q e]; N and T with HQ = H_uMN and HZ = H_uZT."""
        dense = self.dense
        A = dense.gram - dense.weighted(self._W[:, None])[:, 0]
        rest, fixed = dense.rest, dense.fixed
        C, edge = A[:, rest, rest], A[:, rest, fixed]
        inner = self._scaled(_t(self._scaled(C, True)), True)
        inner[:, range(inner.shape[1]), range(inner.shape[1])] += 1
        K = np.linalg.inv(inner)
        self._K = self._scaled(_t(self._scaled(K, False)), False)
        self._N = -self._K @ edge
        self._F = edge + C @ self._N  # ZᵀH[Q e]
        self._T = np.eye(C.shape[1]) - self._K @ C
        self._Z = C @ self._T  # ZᵀHZ
        self.precision = A[:, fixed, fixed] + _t(edge) @ self._N
        self.log_determinant = self._log_absorbed + np.linalg.slogdet(inner)[1]

    def _scaled(self, matrix: np.ndarray, transposed: bool) -> np.ndarray:
        """Λ of the other effects, or Λᵀ, times ``matrix``."""
        result = matrix.copy()
        for term, rows in self.dense.terms.items():
            factor = self._factors[term]
            result[:, rows] = _by_level(_t(factor) if transposed else factor, matrix[:, rows])
        return result

    def _set_once(self) -> None:
        dense, rest, fixed = self.dense, self.dense.rest, self.dense.fixed
        R, f, m = *self.precision.shape[:2], len(self._places)
        self.single, self.once = np.empty((R, m)), np.empty((R, m, f, f))
        sizes, keep = dense.sizes, self._keep[:, None]
        weights = _t(keep) @ np.array(list(self._absorbed.values()))[:, None] @ keep
        A1s = dense.weighted(weights)
        self._A1, self._B = {}, {}
        for k, (i, X) in enumerate(self._absorbed.items()):
            A1 = A1s[:, k]
            B = A1[:, :, fixed] + A1[:, :, rest] @ self._N
            self._A1[i], self._B[i] = A1[:, rest, rest], B[:, rest]
            self.once[:, i] = B[:, fixed] + _t(self._N) @ B[:, rest]
            own = np.einsum("rgab,ba->rg", self._D, X) @ sizes
            self.single[:, i] = own - _trace(self._K, self._A1[i])
        self._U = {}
        for i, term in enumerate(self._places):
            if i not in self._absorbed:
                rows, X = dense.terms[term], dense.directions[i]
                self._U[i] = _by_level(X, self._F[:, rows])
                self.once[:, i] = _t(self._F[:, rows]) @ self._U[i]
                moved = _by_level(X, self._Z[:, rows, rows])
                self.single[:, i] = np.einsum("raa->r", moved)

    def _set_twice(self) -> None:
        R, m, f, _ = self.once.shape
        self.traces, self.twice = np.empty((R, m, m)), np.empty((R, m, m, f, f))
        self._set_pairs()
        for i in range(m):
            for j in range(i + 1):
                a, b = (i, j) if i in self._absorbed or j not in self._absorbed else (j, i)
                trace, matrix = self._pair(a, b)
                self.traces[:, i, j] = self.traces[:, j, i] = trace
                self.twice[:, i, j] = self.twice[:, j, i] = (matrix + _t(matrix)) / 2

    def _set_pairs(self) -> None:
        """MᵀH_uG_iH_uG_jH_uM of absorbed parameters, its symmetric part, and tr(H_uG_iH_uG_j)."""
        pairs = [(i, j) for i in self._absorbed for j in self._absorbed if j <= i]
        inner = [self._absorbed[i] @ self._D @ self._absorbed[j] for i, j in pairs]
        inner = np.stack(inner, axis=1)
        keep, sizes = self._keep[:, None], self.dense.sizes
        A2 = self.dense.weighted(_t(keep) @ (inner + _t(inner)) @ keep / 2)
        own = np.einsum("rigab,rgba,g->ri", inner, self._D, sizes, optimize=True)
        self._A2 = {pair: (A2[:, k], own[:, k]) for k, pair in enumerate(pairs)}

    def _pair(self, i: int, j: int) -> tuple[np.ndarray, np.ndarray]:
        """tr(HG_iHG_j) and [Q e]ᵀHG_iHG_jH[Q e]; i is absorbed where one of them is."""
        if j in self._absorbed:
            return self._absorbed_pair(i, j)
        terms, X = self.dense.terms, self.dense.directions
        second = terms[self._places[j]]
        if i in self._absorbed:
            seen = _t(self._T[:, :, second]) @ self._B[i]
            around = _t(self._T[:, :, second]) @ self._A1[i] @ self._T[:, :, second]
            return np.einsum("raa->r", _by_level(X[j], around)), _t(seen) @ self._U[j]
        first = terms[self._places[i]]
        left = _by_level(X[i], self._Z[:, first, second])
        right = _by_level(X[j], self._Z[:, second, first])
        return _trace(left, right), _t(self._U[i]) @ self._Z[:, first, second] @ self._U[j]

    def _absorbed_pair(self, i: int, j: int) -> tuple[np.ndarray, np.ndarray]:
        rest, fixed = self.dense.rest, self.dense.fixed
        A2, own = self._A2[i, j]
        crossed = 2 * _trace(self._K, A2[:, rest, rest])
        both = _trace(self._K @ self._A1[i], self._K @ self._A1[j])
        moved = A2[:, :, fixed] + A2[:, :, rest] @ self._N
        matrix = moved[:, fixed] + _t(self._N) @ moved[:, rest]
        return own - crossed + both, matrix - _t(self._B[i]) @ self._K @ self._B[j]


def _by_level(factor: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """``factor``, (k, k) or (R, k, k), times the k rows of each level of ``rows``, (R, L k, c)."""
    k = factor.shape[-1]
    if k == 1:
        return factor.reshape(-1, 1, 1) * rows
    levels = rows.reshape(len(rows), -1, k, rows.shape[-1])
    return (factor.reshape(-1, 1, k, k) @ levels).reshape(rows.shape)


def _trace(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """tr(AB) of each pair, (R,)."""
    return np.einsum("rab,rba->r", left, right)


def _t(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)
