"""Stacks of small matrices: by LAPACK, or, their two axes first, element by element.

With the axes of the matrices first, shape (k, k, …), every element is one long array, and
a product of matrices of 2 x 2 is a dozen operations whatever their number.
"""

import numpy as np
from scipy.linalg import lapack

_SMALL = 8  # rows up to which elimination element by element is faster than LAPACK
_LARGE = 48  # rows from which on the Cholesky factor is worth more than a stack at once


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
    order = (stack.ndim - 2, stack.ndim - 1, *range(stack.ndim - 2))
    return np.ascontiguousarray(stack.transpose(order))


def axes_last(stack: np.ndarray) -> np.ndarray:
    """Shape (…, k, k) from (k, k, …)."""
    return stack.transpose((*range(2, stack.ndim), 0, 1))


def pairs(k: int) -> list[tuple[int, int]]:
    """Places of the upper triangle, row by row."""
    return [(i, j) for i in range(k) for j in range(i, k)]


def times(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Products of matrices, axes first; the other axes are broadcast."""
    k = len(left)
    if k == 1:
        return left * right
    result = np.empty((k, k, *np.broadcast_shapes(left.shape[2:], right.shape[2:])))
    for i, j in np.ndindex(k, k):
        _add_products(result[i, j], left[i], right[:, j])
    return result


def times_symmetric(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The same where the products are symmetric."""
    k = len(left)
    if k == 1:
        return left * right
    result = np.empty((k, k, *np.broadcast_shapes(left.shape[2:], right.shape[2:])))
    for i, j in pairs(k):
        _add_products(result[i, j], left[i], right[:, j])
        result[j, i] = result[i, j]
    return result


def summed_products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Products of matrices of shape (k, k, R, G), summed over the last axis: (k, k, R)."""
    return np.einsum("ilrg,ljrg->ijr", left, right)


def positive_inverse(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverse of positive definite matrices, and their pivots, shape (k, …), axes first.

    By Gauss-Jordan elimination, which needs no pivoting there. The pivots are the squares of a
    Cholesky factor's diagonal.
    """
    if len(stack) == 1:
        return 1 / stack, stack[0]
    if len(stack) == 2:
        return _positive_inverse_of_two(stack)
    work = stack.copy()
    pivots = np.empty(stack.shape[1:])
    for at in range(len(work)):
        pivots[at] = work[at, at]
        column, row = work[:, at].copy(), work[at] / pivots[at]
        work -= column[:, None] * row
        work[at] = row
        work[:, at] = -column / pivots[at]
        work[at, at] = 1 / pivots[at]
    return work, pivots


def _positive_inverse_of_two(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (a, b), (_, c) = stack
    determinant = a * c - b * b
    inverse = np.empty_like(stack)
    np.divide(c, determinant, out=inverse[0, 0])
    np.divide(a, determinant, out=inverse[1, 1])
    np.divide(-b, determinant, out=inverse[0, 1])
    inverse[1, 0] = inverse[0, 1]
    return inverse, np.stack([a, determinant / a])


def inverted(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inverses, pivots, shape (…, k), and which matrices are positive definite.

    The identity stands in for those that are not.
    """
    k = stack.shape[-1]
    if k >= _LARGE:
        inverse, pivots = stack.copy(), np.ones(stack.shape[:-1])
        good = np.ones(stack.shape[:-2], dtype=bool)
        for place in np.ndindex(good.shape):
            good[place] = _invert(inverse[place].T, pivots[place])
        return inverse, pivots, good
    if k > _SMALL:
        factor, good, stack = cholesky(stack)
        pivots = np.diagonal(factor, axis1=-2, axis2=-1) ** 2
        return np.linalg.inv(stack), pivots, good
    with np.errstate(all="ignore"):
        inverse, pivots = positive_inverse(axes_first(stack))
        good = (pivots > 0).all(axis=0)
    if not good.all():
        inverse = np.where(good, inverse, np.eye(k).reshape(k, k, *[1] * good.ndim))
        pivots = np.where(good, pivots, 1.0)
    return np.ascontiguousarray(axes_last(inverse)), np.moveaxis(pivots, 0, -1), good


def _invert(matrix: np.ndarray, pivots: np.ndarray) -> bool:
    """Invert one matrix, in Fortran's order, in place; whether it is positive definite."""
    factor, failed = lapack.dpotrf(matrix, lower=True, clean=False, overwrite_a=True)
    if failed:
        matrix[:] = np.eye(len(matrix))
        return False
    pivots[:] = np.diagonal(factor) ** 2
    lapack.dpotri(factor, lower=True, overwrite_c=True)
    for start in range(0, len(matrix), _LARGE):  # the upper triangle from the lower one
        stop = start + _LARGE
        block = matrix[start:stop, start:stop]
        block[:] = np.tril(block) + np.tril(block, -1).T
        matrix[start:stop, stop:] = matrix[stop:, start:stop].T
    return True


def _add_products(out: np.ndarray, row: np.ndarray, column: np.ndarray) -> None:
    terms = [pair for pair in zip(row, column, strict=True) if all(map(_matters, pair))]
    if not terms:
        out[...] = 0
        return
    np.multiply(*terms[0], out=out)
    for a, b in terms[1:]:
        out += a * b


def _matters(factor: np.ndarray) -> bool:
    """Whether ``factor`` is not 0 throughout, if that is quickly seen, as in a triangle."""
    return factor.shape[-1] > 1 or bool(factor.any())


def _is_positive_definite(matrix: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
