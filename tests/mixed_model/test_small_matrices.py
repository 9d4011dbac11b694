"""Stacks of matrices: those of one element give what LAPACK gives."""

import numpy as np
import pytest

from multipet.mixed_model.small_matrices import cholesky, inverse, log_determinants


def stack(k):
    roots = np.random.default_rng(k).normal(size=(6, 3, k, k + 2))
    return roots @ np.swapaxes(roots, -1, -2)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_as_lapack(k):
    matrices = stack(k)
    np.testing.assert_array_equal(inverse(matrices), np.linalg.inv(matrices))
    np.testing.assert_allclose(
        log_determinants(matrices), np.linalg.slogdet(matrices)[1], rtol=1e-14, atol=1e-15
    )
    factor, good, same = cholesky(matrices)
    np.testing.assert_array_equal(factor, np.linalg.cholesky(matrices))
    assert good.all()
    np.testing.assert_array_equal(same, matrices)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("bad", [-1.0, 0.0])
def test_the_identity_stands_in_for_what_has_no_factor(k, bad):
    matrices = stack(k)
    matrices[2, 1] = bad * np.eye(k)
    factor, good, same = cholesky(matrices)
    assert not good[2, 1] and good.sum() == 17
    np.testing.assert_array_equal(factor[2, 1], np.eye(k))
    np.testing.assert_array_equal(same[2, 1], np.eye(k))
    np.testing.assert_array_equal(factor[0], np.linalg.cholesky(matrices[0]))


def test_no_rows_at_all():
    assert inverse(np.empty((4, 0, 0))).shape == (4, 0, 0)
    np.testing.assert_array_equal(log_determinants(np.empty((4, 0, 0))), 0)
