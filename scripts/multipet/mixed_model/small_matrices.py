"""Stacks of small matrices: by LAPACK, or, their two axes first, element by element.

With the axes of the matrices first, shape (k, k, …), every element is one long array, and
a product of matrices of 2 x 2 is a dozen operations whatever their number.
"""

import numpy as np


def inverse(stack: np.ndarray) -> np.ndarray:
    """Inverse of every matrix, shape (…, k, k)."""
    return 1 / stack if stack.shape[-1] == 1 else np.linalg.inv(stack)


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


def axes_first(stack: np.ndarray) -> np.ndarray:
    """Shape (k, k, …) from (…, k, k)."""
    return np.ascontiguousarray(np.moveaxis(stack, (-2, -1), (0, 1)))


def axes_last(stack: np.ndarray) -> np.ndarray:
    """Shape (…, k, k) from (k, k, …)."""
    return np.moveaxis(stack, (0, 1), (-2, -1))


def pairs(k: int) -> list[tuple[int, int]]:
    """Places of the upper triangle, row by row."""
    return [(i, j) for i in range(k) for j in range(i, k)]


def times(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Products of matrices, axes first; the other axes are broadcast."""
    k = len(left)
    result = np.empty((k, k, *np.broadcast_shapes(left.shape[2:], right.shape[2:])))
    for i, j in np.ndindex(k, k):
        _add_products(result[i, j], left[i], right[:, j])
    return result


def times_symmetric(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The same where the products are symmetric."""
    k = len(left)
    result = np.empty((k, k, *np.broadcast_shapes(left.shape[2:], right.shape[2:])))
    for i, j in pairs(k):
        _add_products(result[i, j], left[i], right[:, j])
        result[j, i] = result[i, j]
    return result


def summed_products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Products of matrices of shape (k, k, R, G), summed over the last axis: (k, k, R)."""
    return np.einsum("ilrg,ljrg->ijr", left, right)


def positive_inverse(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverse, axes first, and log det of positive definite matrices."""
    work = stack.copy()
    log_determinant = np.zeros(stack.shape[2:])
    for pivot in range(len(work)):  # Gauss-Jordan in place: no pivoting is needed
        log_determinant += np.log(work[pivot, pivot])
        share = 1 / work[pivot, pivot]
        work[pivot, pivot] = 1
        work[pivot] *= share
        for row in range(len(work)):
            if row != pivot:
                factor = work[row, pivot].copy()
                work[row, pivot] = 0
                work[row] -= factor * work[pivot]
    return work, log_determinant


def _add_products(out: np.ndarray, row: np.ndarray, column: np.ndarray) -> None:
    np.multiply(row[0], column[0], out=out)
    for a, b in zip(row[1:], column[1:], strict=True):
        out += a * b


def _is_positive_definite(matrix: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
