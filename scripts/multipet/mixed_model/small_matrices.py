"""Stacks of small matrices; those of one element, by far the most frequent, without LAPACK."""

import numpy as np


def inverse(stack: np.ndarray) -> np.ndarray:
    """Inverse of every matrix, shape (…, k, k)."""
    return 1 / stack if stack.shape[-1] == 1 else np.linalg.inv(stack)


def log_determinants(stack: np.ndarray) -> np.ndarray:
    """log det of every matrix, shape (…), all of them positive definite."""
    return np.log(stack[..., 0, 0]) if stack.shape[-1] == 1 else np.linalg.slogdet(stack)[1]


def cholesky(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower Cholesky factors, which matrices have one, and the matrices.

    The identity stands in for those that have none.
    """
    if stack.shape[-1] == 1:
        good = stack[..., 0, 0] > 0
        stack = np.where(good[..., None, None], stack, 1.0)
        return np.sqrt(stack), good, stack
    good = np.ones(stack.shape[:-2], dtype=bool)
    try:
        return np.linalg.cholesky(stack), good, stack
    except np.linalg.LinAlgError:
        for place in np.ndindex(good.shape):
            good[place] = _is_positive_definite(stack[place])
        stack = np.where(good[..., None, None], stack, np.eye(stack.shape[-1]))
        return np.linalg.cholesky(stack), good, stack


def _is_positive_definite(matrix: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
