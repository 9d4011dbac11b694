"""Stacks of matrices, element by element: what LAPACK gives."""

import numpy as np
import pytest

from multipet.mixed_model.elimination.small_matrices import (
    axes_first,
    axes_last,
    cholesky,
    inverted,
    summed_products,
    times,
    times_symmetric,
)


def stack(k):
    roots = np.random.default_rng(k).normal(size=(6, 3, k, k + 2))
    return roots @ np.swapaxes(roots, -1, -2)


@pytest.mark.parametrize("k", [1, 2, 3, 8, 9])
def test_as_lapack(k):
    matrices = stack(k)
    inverse, pivots, good = inverted(matrices)
    assert good.all()
    np.testing.assert_allclose(inverse @ matrices, np.tile(np.eye(k), (6, 3, 1, 1)), atol=1e-9)
    np.testing.assert_allclose(
        np.log(pivots).sum(axis=-1), np.linalg.slogdet(matrices)[1], rtol=1e-12, atol=1e-12
    )
    factor, good, same = cholesky(matrices)
    np.testing.assert_array_equal(factor, np.linalg.cholesky(matrices))
    np.testing.assert_allclose(pivots, np.diagonal(factor, axis1=-2, axis2=-1) ** 2, rtol=1e-9)
    assert good.all()
    np.testing.assert_array_equal(same, matrices)


@pytest.mark.parametrize("k", [1, 2, 9])
@pytest.mark.parametrize("bad", [-1.0, 0.0])
def test_the_identity_stands_in_for_what_has_no_factor(k, bad):
    matrices = stack(k)
    matrices[2, 1] = bad * np.eye(k)
    factor, good, same = cholesky(matrices)
    assert not good[2, 1] and good.sum() == 17
    np.testing.assert_array_equal(factor[2, 1], np.eye(k))
    np.testing.assert_array_equal(same[2, 1], np.eye(k))
    np.testing.assert_array_equal(factor[0], np.linalg.cholesky(matrices[0]))
    inverse, pivots, positive = inverted(matrices)
    np.testing.assert_array_equal(positive, good)
    np.testing.assert_array_equal(inverse[2, 1], np.eye(k))
    np.testing.assert_array_equal(pivots[2, 1], np.ones(k))
    np.testing.assert_allclose(inverse[0], np.linalg.inv(matrices[0]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_products_are_those_of_each_matrix(k):
    left, right = stack(k), stack(k)[::-1]
    first = axes_first(left), axes_first(right)
    assert first[0].shape == (k, k, 6, 3)
    np.testing.assert_allclose(axes_last(times(*first)), left @ right, atol=1e-12)
    squared = axes_last(times_symmetric(first[0], first[0]))
    np.testing.assert_allclose(squared, left @ left, atol=1e-12)
    summed = axes_last(summed_products(*first))
    np.testing.assert_allclose(summed, (left @ right).sum(axis=1), atol=1e-12)
