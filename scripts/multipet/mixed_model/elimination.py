"""Random effects eliminated part by part once the largest factor is absorbed, with derivatives.

N are the cross-products of the random effects' columns, the fixed ones and the outcome that are
left. K = DᵀND + (1 for each random effect) gives the criterion, D being block-diagonal: Λ once a
level, then 1s. Within the random effects K is block-diagonal too, one block A a part (see
``parts``); of the border the Schur complement K / A is left. R outcomes at once.
"""

from dataclasses import dataclass

import numpy as np

from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.parts import Arrow, Parts
from multipet.mixed_model.small_matrices import cholesky, inverse


@dataclass(frozen=True, eq=False)
class Elimination:
    """K once the random effects are eliminated; B parts of c slots, a border of f = p + 1.

    Attributes
    ----------
    inverse
        A⁻¹, shape (R, B, c, c).
    solved
        A⁻¹ times the edge of K, shape (R, B, c, f).
    factor
        Lower Cholesky factor of K / A, shape (R, f, f).
    """

    inverse: np.ndarray
    solved: np.ndarray
    factor: np.ndarray


@dataclass(frozen=True, eq=False)
class Rest:
    """The criterion once the largest factor is absorbed, and its derivatives.

    Attributes
    ----------
    value
        The criterion, shape (R,); infinite where K is not positive definite.
    slopes
        Derivative by Λ of each term that was not absorbed.
    H
        Derivative by N.
    elimination
        Of the random effects that were not absorbed.
    """

    value: np.ndarray
    slopes: dict[int, np.ndarray]
    H: Arrow
    elimination: Elimination


def evaluate_rest(
    products: DesignProducts,
    blocks: list[np.ndarray],
    N: Arrow,
    log_determinant: np.ndarray,
    freedom: np.ndarray,
    reml: bool,
) -> Rest:
    """What ``N`` and the absorbed ``log_determinant`` lead to.

    Parameters
    ----------
    freedom
        Rows of each outcome, less the fixed effects if ``reml``, shape (R,).
    """
    A, edge, ND = _scaled(products.parts, blocks, N)
    A, logs, _, regular = _cholesky(A)
    inverse_A = inverse(A)
    solved = inverse_A @ edge
    schur = N.corner - _t(_stacked(edge)) @ _stacked(solved)
    schur, border_logs, factor, good = _cholesky(schur)
    value = log_determinant + logs.sum(axis=(1, 2))
    value = value + freedom * (1 + np.log(2 * np.pi / freedom) + border_logs[:, -1])
    if reml:
        value = value + border_logs[:, :-1].sum(axis=1) + products.log_determinant
    value = np.where(good & regular.all(axis=1), value, np.inf)
    corner = _corner_sensitivity(schur, freedom, reml)
    edge_S = -(_stacked(solved) @ corner).reshape(solved.shape)
    S = inverse_A - edge_S @ _t(solved)
    slopes = _other_slopes(products.parts, blocks, (ND, S), (N.edge, edge_S))
    H = _by_products(products.parts, blocks, S, edge_S, corner)
    return Rest(value, slopes, H, Elimination(inverse_A, solved, factor))


def _scaled(
    parts: Parts, blocks: list[np.ndarray], N: Arrow
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A and the edge of K, and ND within the parts."""
    ND = times_factor(parts, blocks, N.blocks)
    A = _t(times_factor(parts, blocks, _t(ND)))
    A[..., range(N.c), range(N.c)] += 1
    return A, _t(times_factor(parts, blocks, _t(N.edge))), ND


def _stacked(edge: np.ndarray) -> np.ndarray:
    """The edge of all parts as one matrix, shape (R, B c, f)."""
    R, B, c, f = edge.shape
    return edge.reshape(R, B * c, f)


def _t(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)


def _corner_sensitivity(schur: np.ndarray, freedom: np.ndarray, reml: bool) -> np.ndarray:
    """Derivative of the criterion by the border of K, shape (R, f, f).

    The inverse of K, bordered by the outcome, holds both parts: its last column is the fit,
    its last element one over the residual sum of squares.
    """
    inverse = np.linalg.inv(schur)
    fit = inverse[:, :, -1] / np.sqrt(inverse[:, -1:, -1])
    outer = fit[:, :, None] * fit[:, None, :]
    share = freedom[:, None, None]
    return inverse + (share - 1) * outer if reml else share * outer


def _by_products(
    parts: Parts, blocks: list[np.ndarray], S: np.ndarray, edge: np.ndarray, corner: np.ndarray
) -> Arrow:
    """Derivative by N from that by K."""
    H = parts.empty(len(S))
    transposed = [_t(block) for block in blocks]
    H.blocks[:] = times_factor(parts, transposed, _t(times_factor(parts, transposed, S)))
    H.edge[:] = _t(times_factor(parts, transposed, _t(edge)))
    H.corner[:] = corner
    return H


def _other_slopes(
    parts: Parts, blocks: list[np.ndarray], *pairs: tuple[np.ndarray, np.ndarray]
) -> dict[int, np.ndarray]:
    """Derivative by Λ of each term that was not absorbed: sums of products of ``pairs``."""
    slopes = {}
    for term, slots in parts.columns.items():
        k = blocks[term].shape[-1]
        slopes[term] = np.zeros(blocks[term].shape)
        for a, b in np.ndindex(k, k):
            rows = slice(slots.start + a, slots.stop, k), slice(slots.start + b, slots.stop, k)
            for left, right in pairs:
                slopes[term][:, a, b] += 2 * np.einsum(
                    "rbij,rbij->r", left[:, :, rows[0]], right[:, :, rows[1]]
                )
    return slopes


def times_factor(parts: Parts, blocks: list[np.ndarray], matrix: np.ndarray) -> np.ndarray:
    """``matrix`` times D, ``matrix`` of shape (R, B, rows, c)."""
    if all(blocks[term].shape[-1] == 1 for term in parts.columns):
        return matrix * _scales(parts, blocks)[:, None, None]
    result = matrix.copy()
    for term, slots in parts.columns.items():
        k = blocks[term].shape[-1]
        if k == 1:
            result[..., slots] *= blocks[term][:, None]
        else:
            levels = matrix[..., slots].reshape(*matrix.shape[:-1], -1, k)
            scaled = levels @ blocks[term][:, None, None]
            result[..., slots] = scaled.reshape(*matrix.shape[:-1], -1)
    return result


def _scales(parts: Parts, blocks: list[np.ndarray]) -> np.ndarray:
    """Diagonal of D in every part, shape (R, c), where each effect is alone."""
    scales = np.empty((len(blocks[0]), parts.place.shape[1]))
    for term, slots in parts.columns.items():
        scales[:, slots] = blocks[term][:, 0]
    return scales


def _cholesky(K: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """K, twice the logs of its Cholesky factors' diagonals, these, and which exist.

    The identity stands in for those that do not.
    """
    factor, good, K = cholesky(K)
    return K, 2 * np.log(np.diagonal(factor, axis1=-2, axis2=-1)), factor, good
