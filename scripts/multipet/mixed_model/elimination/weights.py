"""Weights of the levels of the absorbed factor at a given Λ; C is Z_jᵀZ_j of a level.

With two effects, an intercept and a slope, they have a closed form: with D = ΛΛᵀ,
det(I + CD) = 1 + tr CD + det C det D is linear in C and in what is known of D, and
(D⁻¹ + C)⁻¹ = (D + det D adj C) / det(I + CD).
"""

from dataclasses import dataclass

import numpy as np

from multipet.mixed_model.elimination.small_matrices import (
    axes_first,
    axes_last,
    positive_inverse,
    summed_products,
    times,
    times_symmetric,
)


@dataclass(frozen=True, eq=False)
class LevelWeights:
    """Weights of groups of levels, axes of the matrices first.

    Attributes
    ----------
    Lambda, C_Lambda
        Λ, shape (k, k, R, 1), and C Λ of each group, shape (k, k, R, G).
    inverse
        (I + ΛᵀCΛ)⁻¹, shape (k, k, R, G).
    Lambda_inverse, W
        Λ (I + ΛᵀCΛ)⁻¹, and that times Λᵀ, shape (k, k, R, G).
    log_determinant
        Of I + ΛᵀCΛ, shape (R, G).
    """

    Lambda: np.ndarray
    C_Lambda: np.ndarray
    inverse: np.ndarray
    Lambda_inverse: np.ndarray
    W: np.ndarray
    log_determinant: np.ndarray

    def slope(self, sizes: np.ndarray, traces: np.ndarray) -> np.ndarray:
        """Derivative of the criterion by Λ, shape (R, k, k).

        Parameters
        ----------
        sizes
            Levels of each group, shape (G,) or (R, G).
        traces
            Those of the derivative by N and the products of each group, shape (k, k, R, G).
        """
        left = times(self.C_Lambda, self.Lambda_inverse.swapaxes(0, 1))
        for a, b in np.ndindex(left.shape[:2]):
            np.subtract(float(a == b), left[a, b], out=left[a, b])
        through_N = summed_products(times(left, traces), left.swapaxes(0, 1))
        through_N = times(through_N, self.Lambda[..., 0])
        C_Lambda = self.C_Lambda if (sizes == 1).all() else sizes * self.C_Lambda
        through_determinant = summed_products(C_Lambda, self.inverse)
        return 2 * axes_last(through_determinant - through_N)


@dataclass(frozen=True, eq=False)
class PairWeights:
    """The same of levels with two effects.

    Attributes
    ----------
    Lambda
        Λ, shape (R, 2, 2).
    basis
        1, C₁₁, C₁₂, C₂₂ and det C of each group, shape (1 or R, 5, G).
    share
        1 / det(I + CD), shape (R, G).
    W
        (D⁻¹ + C)⁻¹, shape (2, 2, R, G).
    log_determinant
        Of I + CD, shape (R, G).
    """

    Lambda: np.ndarray
    basis: np.ndarray
    share: np.ndarray
    W: np.ndarray
    log_determinant: np.ndarray

    def slope(self, sizes: np.ndarray, traces: np.ndarray) -> np.ndarray:
        """Derivative of the criterion by Λ, shape (R, 2, 2); see ``LevelWeights``."""
        (T11, T12), (_, T22) = traces
        share = self.share
        through_N = self.W[0, 0] * T11 + 2 * self.W[0, 1] * T12 + self.W[1, 1] * T22
        through_N += sizes
        by_basis = self._sums(share * through_N)  # as if D and det D were free of each other
        first, both, last = (
            self._sums(share * T11),
            self._sums(share * T12),
            self._sums(share * T22),
        )
        by_determinant = by_basis[4] - (first[3] - 2 * both[2] + last[1])
        (D11, D12), (_, D22) = np.moveaxis(self.Lambda @ np.swapaxes(self.Lambda, 1, 2), 0, -1)
        off = by_basis[2] - both[0] - by_determinant * D12
        by_D = [
            [by_basis[1] - first[0] + by_determinant * D22, off],
            [off, by_basis[3] - last[0] + by_determinant * D11],
        ]
        return 2 * np.moveaxis(np.array(by_D), -1, 0) @ self.Lambda

    def _sums(self, values: np.ndarray) -> np.ndarray:
        """Sums of ``values``, shape (R, G), times each row of the basis: shape (5, R)."""
        if len(self.basis) == 1:
            return (values @ self.basis[0].T).T
        return np.einsum("rg,rqg->qr", values, self.basis)


def level_weights(Lambda: np.ndarray, C: np.ndarray) -> "LevelWeights | PairWeights":
    """Weights of groups with ``C``, shape (1 or R, G, k, k), for Λ of shape (R, k, k)."""
    if Lambda.shape[-1] == 2:
        return _pair_weights(Lambda, C)
    first = axes_first(Lambda)[..., None]
    transposed = first.swapaxes(0, 1)
    C_Lambda = times(axes_first(C), first)
    A = times_symmetric(transposed, C_Lambda)
    for a in range(len(A)):
        A[a, a] += 1
    inverse, pivots = positive_inverse(A)
    left = times(first, inverse)
    W = times_symmetric(left, transposed)
    log_determinant = np.log(pivots.prod(axis=0))
    return LevelWeights(first, C_Lambda, inverse, left, W, log_determinant)


def _pair_weights(Lambda: np.ndarray, C: np.ndarray) -> PairWeights:
    (D11, D12), (_, D22) = np.moveaxis(Lambda @ np.swapaxes(Lambda, 1, 2), 0, -1)
    determinant = (Lambda[:, 0, 0] * Lambda[:, 1, 1] - Lambda[:, 0, 1] * Lambda[:, 1, 0]) ** 2
    (C11, C12), (_, C22) = axes_first(C)
    basis = np.stack([np.ones_like(C11), C11, C12, C22, C11 * C22 - C12**2], axis=1)
    none, one = np.zeros_like(D11), np.ones_like(D11)
    whole = _combined([one, D11, 2 * D12, D22, determinant], basis)
    share = 1 / whole
    W = np.empty((2, 2, *share.shape))
    np.multiply(_combined([D11, none, none, determinant, none], basis), share, out=W[0, 0])
    np.multiply(_combined([D12, none, -determinant, none, none], basis), share, out=W[0, 1])
    np.multiply(_combined([D22, determinant, none, none, none], basis), share, out=W[1, 1])
    W[1, 0] = W[0, 1]
    return PairWeights(Lambda, basis, share, W, np.log(whole))


def _combined(factors: list[np.ndarray], basis: np.ndarray) -> np.ndarray:
    """Sums of the rows of ``basis`` times ``factors``, each of shape (R,): shape (R, G)."""
    stacked = np.stack(factors, axis=1)
    if len(basis) == 1:
        return stacked @ basis[0]
    return (stacked[:, None] @ basis)[:, 0]
