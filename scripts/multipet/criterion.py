"""The REML criterion or -2 log-likelihood, profiled over β and σ, with its exact gradient.

Bates et al. 2015 (doi:10.18637/jss.v067.i01) define the criterion. Here the largest factor is
absorbed first; N are the cross-products of the other random effects' columns, the fixed ones and
the outcome that are left. K = DᵀND + (1 for each random effect) gives the rest, D being
block-diagonal: Λ once a level, then 1s. Within the random effects K is block-diagonal too, one
block A a part (see ``parts``); the border is left as the Schur complement K / A. Everything
is a batch: R outcomes that share a design, each at its own θ.
"""

from dataclasses import dataclass

import numpy as np

from multipet.absorption import absorb, absorbed_slope
from multipet.covariance_factor import lambda_blocks, theta_of
from multipet.cross_products import DesignProducts, OutcomeProducts
from multipet.parts import Arrow, Parts


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
class Evaluation:
    """The criterion at one θ an outcome.

    Attributes
    ----------
    criterion
        Shape (R,); infinite where K is not positive definite.
    gradient
        Derivative by θ, shape (R, t).
    elimination
        What the estimates follow from.
    """

    criterion: np.ndarray
    gradient: np.ndarray
    elimination: Elimination


def evaluate(
    products: DesignProducts, outcomes: OutcomeProducts, theta: np.ndarray, reml: bool
) -> Evaluation:
    """Criterion and gradient at ``theta`` (of standardised columns), shape (R, t)."""
    blocks = lambda_blocks(theta, products.design.terms)
    absorption = absorb(products, outcomes, blocks)
    rest = evaluate_rest(products, blocks, absorption.N, absorption.log_determinant, reml)
    slopes = absorbed_slope(products, outcomes, absorption, rest.H)
    gradient = theta_slopes(products, blocks, rest.slopes, slopes)
    return Evaluation(rest.value, gradient, rest.elimination)


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
    reml: bool,
) -> Rest:
    """What ``N`` and the absorbed ``log_determinant`` lead to."""
    parts = products.parts
    ND = times_factor(parts, blocks, N.blocks)
    A = _t(times_factor(parts, blocks, _t(ND)))
    A[..., range(N.c), range(N.c)] += 1
    A, logs, _, regular = _cholesky(A)
    inverse = np.linalg.inv(A)
    edge = _t(times_factor(parts, blocks, _t(N.edge)))
    solved = inverse @ edge
    schur = N.corner - _t(_stacked(edge)) @ _stacked(solved)
    schur, border_logs, factor, good = _cholesky(schur)
    freedom = products.Q.shape[0] - (products.Q.shape[1] if reml else 0)
    value = log_determinant + logs.sum(axis=(1, 2))
    value = value + freedom * (1 + np.log(2 * np.pi / freedom) + border_logs[:, -1])
    if reml:
        value = value + border_logs[:, :-1].sum(axis=1) + products.log_determinant
    value = np.where(good & regular.all(axis=1), value, np.inf)
    corner = _corner_sensitivity(schur, freedom, reml)
    edge_S = -(_stacked(solved) @ corner).reshape(solved.shape)
    S = inverse - edge_S @ _t(solved)
    slopes = _other_slopes(parts, blocks, (ND, S), (N.edge, edge_S))
    H = _by_products(parts, blocks, S, edge_S, corner)
    return Rest(value, slopes, H, Elimination(inverse, solved, factor))


def _stacked(edge: np.ndarray) -> np.ndarray:
    """The edge of all parts as one matrix, shape (R, B c, f)."""
    R, B, c, f = edge.shape
    return edge.reshape(R, B * c, f)


def _t(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)


def theta_slopes(
    products: DesignProducts,
    blocks: list[np.ndarray],
    others: dict[int, np.ndarray],
    absorbed: np.ndarray,
) -> np.ndarray:
    """Derivative by θ, shape (R, t), from those by Λ of the other terms and the absorbed ones."""
    if not blocks:
        return np.empty((len(absorbed), 0))
    slopes, at = dict(others), 0
    for term in products.absorbed:
        after = at + blocks[term].shape[-1]
        slopes[term] = absorbed[:, at:after, at:after]
        at = after
    return theta_of([slopes[term] for term in range(len(blocks))])


def _corner_sensitivity(schur: np.ndarray, freedom: int, reml: bool) -> np.ndarray:
    """Derivative of the criterion by the border of K, shape (R, f, f).

    The inverse of K, bordered by the outcome, holds both parts: its last column is the fit,
    its last element one over the residual sum of squares.
    """
    inverse = np.linalg.inv(schur)
    fit = inverse[:, :, -1] / np.sqrt(inverse[:, -1:, -1])
    outer = fit[:, :, None] * fit[:, None, :]
    return inverse + (freedom - 1) * outer if reml else freedom * outer


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


def _cholesky(K: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """K, twice the logs of its Cholesky factors' diagonals, these, and which exist.

    The identity stands in for those that do not.
    """
    good = np.ones(K.shape[:-2], dtype=bool)
    try:
        factor = np.linalg.cholesky(K)
    except np.linalg.LinAlgError:
        for place in np.ndindex(good.shape):
            good[place] = _is_positive_definite(K[place])
        K = np.where(good[..., None, None], K, np.eye(K.shape[-1]))
        factor = np.linalg.cholesky(K)
    return K, 2 * np.log(np.diagonal(factor, axis1=-2, axis2=-1)), factor, good


def _is_positive_definite(K: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(K)
    except np.linalg.LinAlgError:
        return False
    return True
