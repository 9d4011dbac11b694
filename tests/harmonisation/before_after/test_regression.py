"""Least squares by an orthonormal basis."""

import numpy as np
import pytest

from multipet.harmonisation.batch_design import basis, explained, residuals, with_batches


def test_residuals_are_those_of_least_squares_whatever_the_unit():
    rng = np.random.default_rng(1)
    design, values = rng.normal(size=(30, 3)), rng.normal(size=(30, 4))
    left = values - design @ np.linalg.lstsq(design, values)[0]
    scaled = np.hstack([design * [1e-9, 1, 1e9], design[:, :1]])
    np.testing.assert_allclose(residuals(values, basis(scaled)), left, atol=1e-9)


def test_repeated_and_empty_columns_do_not_count():
    codes = np.array([0, 0, 1, 1, 2])
    assert basis(with_batches(codes, np.ones((5, 1)))).shape == (5, 3)
    assert basis(np.zeros((5, 2))).shape == (5, 0)


def test_explained_is_r_squared():
    rng = np.random.default_rng(4)
    x, z = rng.normal(size=50), rng.normal(size=50)
    y = x + z + rng.normal(size=50)
    nothing = np.empty((50, 0))
    assert explained(y, x[:, None], nothing) == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    assert explained(y, y[:, None], z[:, None]) == pytest.approx(1)
    assert np.isnan(explained(np.ones(50), x[:, None], nothing))
    assert np.isnan(explained(z, x[:, None], z[:, None]))
