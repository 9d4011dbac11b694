"""The REML criterion or -2 log-likelihood, profiled over β and σ, with its exact gradient.

Bates et al. 2015 (doi:10.18637/jss.v067.i01) define the criterion. Here the largest factor is
absorbed first; N are the cross-products of the other random effects' columns, the fixed ones and
the outcome that are left. One Cholesky factor of K = DᵀND + (1 for each random effect) gives the
rest, D being block-diagonal: Λ once a level, then 1s. Everything is a batch: R outcomes that
share a design, each at its own θ.
"""

from dataclasses import dataclass

import numpy as np

from multipet.absorption import absorb, absorbed_slope
from multipet.covariance_factor import lambda_blocks, theta_of
from multipet.cross_products import DesignProducts, OutcomeProducts


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The criterion at one θ an outcome.

    Attributes
    ----------
    criterion
        Shape (R,); infinite where K is not positive definite.
    gradient
        Derivative by θ, shape (R, t).
    factor
        Lower Cholesky factor of K, shape (R, m + 1, m + 1).
    """

    criterion: np.ndarray
    gradient: np.ndarray
    factor: np.ndarray


def evaluate(
    products: DesignProducts, outcomes: OutcomeProducts, theta: np.ndarray, reml: bool
) -> Evaluation:
    """Criterion and gradient at ``theta`` (of standardised columns), shape (R, t)."""
    blocks = lambda_blocks(theta, products.design.terms)
    absorption = absorb(products, outcomes, blocks)
    rest = evaluate_rest(products, blocks, absorption.N, absorption.log_determinant, reml)
    slopes = absorbed_slope(products, outcomes, absorption, rest.H)
    return Evaluation(rest.value, theta_slopes(products, blocks, rest.slopes, slopes), rest.factor)


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
        Derivative by N, shape (R, m + 1, m + 1).
    factor
        Lower Cholesky factor of K, shape (R, m + 1, m + 1).
    """

    value: np.ndarray
    slopes: dict[int, np.ndarray]
    H: np.ndarray
    factor: np.ndarray


def evaluate_rest(
    products: DesignProducts,
    blocks: list[np.ndarray],
    N: np.ndarray,
    log_determinant: np.ndarray,
    reml: bool,
) -> Rest:
    """What ``N``, shape (R, m + 1, m + 1), and the absorbed ``log_determinant`` lead to."""
    q = products.n_random
    ND = times_factor(products, blocks, N)
    K = times_factor(products, blocks, np.swapaxes(ND, 1, 2))
    K[:, range(q), range(q)] += 1
    K, factor, good = _cholesky(K)
    logs = 2 * np.log(np.diagonal(factor, axis1=1, axis2=2))
    freedom = products.Q.shape[0] - (products.Q.shape[1] if reml else 0)
    value = log_determinant + logs[:, :q].sum(axis=1)
    value = value + freedom * (1 + np.log(2 * np.pi / freedom) + logs[:, -1])
    if reml:
        value = value + logs[:, q:-1].sum(axis=1) + products.log_determinant
    S = _sensitivity(K, q, freedom, reml)
    slopes = _other_slopes(products, blocks, ND, S)
    transposed = [np.swapaxes(block, 1, 2) for block in blocks]
    DS = np.swapaxes(times_factor(products, transposed, S), 1, 2)
    H = times_factor(products, transposed, DS)
    return Rest(np.where(good, value, np.inf), slopes, H, factor)


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


def _sensitivity(K: np.ndarray, q: int, freedom: int, reml: bool) -> np.ndarray:
    """Derivative of the criterion by K, shape (R, m + 1, m + 1).

    The inverse of K, bordered by the outcome, holds both parts: its last column is the fit,
    its last element one over the residual sum of squares.
    """
    inverse = np.linalg.inv(K)
    fit = inverse[:, :, -1] / np.sqrt(inverse[:, -1:, -1])
    outer = fit[:, :, None] * fit[:, None, :]
    if reml:
        return inverse + (freedom - 1) * outer
    S = freedom * outer
    S[:, :q, :q] += np.linalg.inv(K[:, :q, :q])
    return S


def _other_slopes(
    products: DesignProducts, blocks: list[np.ndarray], ND: np.ndarray, S: np.ndarray
) -> dict[int, np.ndarray]:
    """Derivative by Λ of each term that was not absorbed."""
    slopes, R = {}, len(S)
    for term, columns in products.columns.items():
        k = blocks[term].shape[-1]
        left = ND[:, columns].reshape(R, -1, k, ND.shape[-1])
        right = S[:, columns].reshape(R, -1, k, ND.shape[-1])
        slope = [[_inner(left[:, :, a], right[:, :, b]) for b in range(k)] for a in range(k)]
        slopes[term] = 2 * np.moveaxis(np.array(slope), 2, 0)
    return slopes


def _inner(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.einsum("rqm,rqm->r", left, right)


def times_factor(
    products: DesignProducts, blocks: list[np.ndarray], matrix: np.ndarray
) -> np.ndarray:
    """``matrix`` times D, ``matrix`` of shape (R, rows, columns of M, or more)."""
    result = matrix.copy()
    for term, columns in products.columns.items():
        k = blocks[term].shape[-1]
        if k == 1:
            result[:, :, columns] *= blocks[term]
        else:
            levels = matrix[:, :, columns].reshape(*matrix.shape[:2], -1, k)
            scaled = levels @ blocks[term][:, None]
            result[:, :, columns] = scaled.reshape(*matrix.shape[:2], -1)
    return result


def _cholesky(K: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """K, its Cholesky factors, and which exist; the identity stands in for those that do not."""
    try:
        return K, np.linalg.cholesky(K), np.ones(len(K), dtype=bool)
    except np.linalg.LinAlgError:
        good = np.array([_is_positive_definite(one) for one in K])
        K = np.where(good[:, None, None], K, np.eye(K.shape[-1]))
        return K, np.linalg.cholesky(K), good


def _is_positive_definite(K: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(K)
    except np.linalg.LinAlgError:
        return False
    return True
