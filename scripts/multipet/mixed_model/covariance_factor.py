"""Relative covariance factors Λ: between lme4's parameter vector θ and triangular matrices."""

from collections.abc import Sequence

import numpy as np

from multipet.mixed_model.design import RandomTerm


def n_parameters(terms: Sequence[RandomTerm]) -> int:
    """Length of θ."""
    return sum(k * (k + 1) // 2 for k in (len(term.effects) for term in terms))


def parameter_names(terms: Sequence[RandomTerm]) -> tuple[str, ...]:
    """lme4's names of θ: ``site.(Intercept)``, ``site.age.(Intercept)``, ``site.age``."""
    return tuple(
        ".".join([term.factor, term.effects[i], *([term.effects[j]] if i != j else [])])
        for term in terms
        for i, j in _places(len(term.effects))
    )


def lambda_blocks(theta: np.ndarray, terms: Sequence[RandomTerm]) -> list[np.ndarray]:
    """Lower triangular Λ of each term, shape (..., k, k), from θ of shape (..., t)."""
    blocks, at = [], 0
    for term in terms:
        k = len(term.effects)
        block = np.zeros((*theta.shape[:-1], k, k))
        for i, j in _places(k):
            block[..., i, j] = theta[..., at]
            at += 1
        blocks.append(block)
    return blocks


def theta_of(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """θ, shape (..., t), from the triangles of ``blocks``."""
    columns = [block[..., i, j] for block in blocks for i, j in _places(block.shape[-1])]
    return np.stack(columns, axis=-1)


def on_diagonal(terms: Sequence[RandomTerm]) -> np.ndarray:
    """Which elements of θ are on a diagonal of Λ, shape (t,)."""
    return np.array([i == j for term in terms for i, j in _places(len(term.effects))], dtype=bool)


def triangular(factor: np.ndarray) -> np.ndarray:
    """Lower triangular L with L Lᵀ = F Fᵀ and no negative diagonal, for F of shape (..., k, k)."""
    upper = np.linalg.qr(np.swapaxes(factor, -1, -2), mode="r")
    signs = np.where(np.diagonal(upper, axis1=-2, axis2=-1) < 0, -1.0, 1.0)
    return np.swapaxes(upper * signs[..., :, None], -1, -2)


def standardised_theta(
    theta: np.ndarray, terms: Sequence[RandomTerm], scales: Sequence[np.ndarray]
) -> np.ndarray:
    """θ of the columns Z_s, from θ of the columns Z = Z_s T; ``scales`` are T of each term."""
    blocks = lambda_blocks(theta, terms)
    return theta_of([triangular(T @ block) for T, block in zip(scales, blocks, strict=True)])


def theta_of_data(
    theta: np.ndarray, terms: Sequence[RandomTerm], scales: Sequence[np.ndarray]
) -> np.ndarray:
    """The way back from ``standardised_theta``."""
    return standardised_theta(theta, terms, [np.linalg.inv(T) for T in scales])


def _places(k: int) -> list[tuple[int, int]]:
    """Places of a lower triangle, column by column as lme4 stores it."""
    return [(i, j) for j in range(k) for i in range(j, k)]
