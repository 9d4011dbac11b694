"""Minimising many functions at once."""

import numpy as np
import pytest

from multipet.mixed_model.optimiser import minimise


def test_quadratics_are_minimised_each_at_its_own_place() -> None:
    centres = np.arange(12.0).reshape(4, 3)

    def objective(x: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        d = x - centres[which]
        return (d**2 * [1, 10, 1000]).sum(axis=1), 2 * d * [1, 10, 1000]

    minima = minimise(objective, np.zeros((4, 3)), np.arange(4))
    np.testing.assert_allclose(minima.point, centres, atol=1e-6)
    assert minima.found.all()


def test_a_curved_valley() -> None:
    def rosenbrock(x: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a, b = x.T
        value = (1 - a) ** 2 + 100 * (b - a**2) ** 2
        return value, np.stack([-2 * (1 - a) - 400 * a * (b - a**2), 200 * (b - a**2)], axis=1)

    minima = minimise(rosenbrock, np.array([[-1.2, 1.0], [3.0, -2.0]]), np.arange(2))
    np.testing.assert_allclose(minima.point, 1, atol=1e-5)


@pytest.mark.parametrize("start", [0.0, 1e-9, 0.3])
def test_a_saddle_is_left(start: float) -> None:
    def objective(x: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return ((x**2 - 1) ** 2)[:, 0], 4 * x * (x**2 - 1)

    minima = minimise(objective, np.array([[start]]), np.arange(1))
    assert abs(minima.point[0, 0]) == pytest.approx(1, abs=1e-6)


def test_a_function_without_minimum_is_said_to_have_none() -> None:
    def objective(x: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return -(x[:, 0] ** 3), -3 * x**2

    assert not minimise(objective, np.array([[1.0]]), np.arange(1)).found[0]


def test_an_infinite_start_is_not_followed() -> None:
    def objective(x: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.where(which == 0, np.inf, (x**2).sum(axis=1)), 2 * x

    minima = minimise(objective, np.ones((2, 1)), np.arange(2))
    assert minima.found.tolist() == [False, True]
