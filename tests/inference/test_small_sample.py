import numpy as np
import pytest

from multipet.inference.small_sample import ResidualDf, inverse_information, moment_df


def test_moment_df_of_one_variance_is_its_own_df():
    """Var(s²) = 2 σ⁴ / ν gives back ν."""
    assert moment_df(3.0, np.array([1.0]), np.array([[2 * 3.0**2 / 11]])) == pytest.approx(11)
    assert moment_df(3.0, np.zeros(1), np.eye(1)) == np.inf


def test_inverse_does_not_depend_on_units():
    information = np.array([[4.0, 1.0], [1.0, 3.0]])
    units = np.diag([1e-9, 1e6])
    inverse = inverse_information(units @ information @ units)
    assert units @ inverse @ units == pytest.approx(np.linalg.inv(information))


def test_parameters_that_cannot_be_told_apart_share():
    inverse = inverse_information(np.ones((2, 2)))
    assert inverse == pytest.approx(np.full((2, 2), 0.25))
    assert inverse_information(np.diag([2.0, 0.0])) == pytest.approx(np.diag([0.5, 0.0]))


def test_residual_df_are_the_same_for_every_contrast():
    residual = ResidualDf(np.eye(2), 18.0)
    assert residual.df(np.array([1.0, 0.0])) == 18
    assert residual.joint_df(np.eye(2)) == (18, 1)
