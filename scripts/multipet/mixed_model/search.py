"""The search for θ: the best of its starts, off the boundary too; variances that are exactly 0."""

from dataclasses import dataclass

import numpy as np

from multipet.mixed_model.covariance_factor import lambda_blocks, on_diagonal, theta_of, triangular
from multipet.mixed_model.criterion import evaluate
from multipet.mixed_model.cross_products import DesignProducts, OutcomeProducts
from multipet.mixed_model.optimiser import Minima, Objective, minimise
from multipet.mixed_model.starts import starts

_NEAR_ZERO = 0.02  # relative SDs below it get a second start away from 0
_ZERO = 1e-3  # below it, exactly 0 is tried


@dataclass(frozen=True, eq=False)
class Estimates:
    """θ of each outcome, of standardised columns, and how it was found.

    Attributes
    ----------
    theta
        Shape (R, t), no negative diagonal.
    iterations, restarts, found
        Shape (R,); ``found`` is whether a minimum was reached.
    """

    theta: np.ndarray
    iterations: np.ndarray
    restarts: np.ndarray
    found: np.ndarray


def estimate_theta(products: DesignProducts, outcomes: OutcomeProducts, reml: bool) -> Estimates:
    """Minimise the criterion of every outcome.

    The criterion is even in each column of Λ, so it is stationary where a standard deviation is
    0, minimum or not: those that end there start again from the other side, and the better
    of both is kept. In small data it may have two minima: there the search has several starts.
    """

    diagonal = on_diagonal(products.design.terms)
    start = starts(products, outcomes, reml)
    which = np.tile(np.arange(len(outcomes.yy)), len(start))
    objective = _objective(products, outcomes, reml)
    minima, again = search(objective, np.concatenate(start), diagonal, which)
    best, restarts = _best_start(minima, again, len(start))
    blocks = lambda_blocks(best.point, products.design.terms)
    return Estimates(
        theta_of([triangular(block) for block in blocks]),
        best.iterations,
        restarts,
        best.found,
    )


def refined_theta(
    products: DesignProducts, outcomes: OutcomeProducts, start: np.ndarray, reml: bool
) -> np.ndarray:
    """θ, (R, t), at the minimum of each criterion near ``start``, whatever others there are."""
    objective = _objective(products, outcomes, reml)
    which = np.arange(len(start))
    diagonal = on_diagonal(products.design.terms)
    best = _with_zeros(minimise(objective, start, which), objective, diagonal, which)
    blocks = lambda_blocks(best.point, products.design.terms)
    return theta_of([triangular(block) for block in blocks])


def _objective(products: DesignProducts, outcomes: OutcomeProducts, reml: bool) -> Objective:
    everyone = np.arange(len(outcomes.yy))

    def objective(theta: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        some = outcomes if np.array_equal(which, everyone) else outcomes.take(which)
        result = evaluate(products, some, theta, reml)
        return result.criterion, result.gradient

    return objective


def search(
    objective: Objective, start: np.ndarray, even: np.ndarray, which: np.ndarray
) -> tuple[Minima, np.ndarray]:
    """Best minima of the functions ``which`` from ``start``, and how often each started again.

    Parameters
    ----------
    even
        Parameters in which the functions are even, as in a relative standard deviation, shape
        (t,): 0 is a boundary to them.
    """
    best = minimise(objective, start, which)
    restarts = np.zeros(len(which), dtype=int)
    near = (np.abs(best.point) < _NEAR_ZERO) & even
    again = np.flatnonzero(near.any(axis=1) | ~best.found)
    if again.size:
        start = np.where(near[again], 0.3, best.point[again])
        best = _better(best, again, minimise(objective, start, which[again]))
        restarts[again] += 1
    return _with_zeros(best, objective, even, which), restarts


def _best_start(minima: Minima, restarts: np.ndarray, n: int) -> tuple[Minima, np.ndarray]:
    """The best of ``n`` starts of each function, the first unless another is lower."""
    R = len(restarts) // n
    best = minima.take(np.arange(R))
    for k in range(1, n):
        best = _better(best, np.arange(R), minima.take(np.arange(k * R, (k + 1) * R)))
    return best, restarts.reshape(n, R).sum(axis=0) + n - 1


def _better(best: Minima, which: np.ndarray, other: Minima) -> Minima:
    old = best.take(which)
    lower = (other.value < old.value - 1e-9) | (other.found & ~old.found)
    return best.replaced(which[lower], other.take(np.flatnonzero(lower)))


def _with_zeros(best: Minima, objective: Objective, even: np.ndarray, which: np.ndarray) -> Minima:
    """Set relative SDs that are nearly 0 to 0 where that makes the criterion no worse."""
    for k in np.flatnonzero(even):
        some = np.flatnonzero((np.abs(best.point[:, k]) < _ZERO) & (best.point[:, k] != 0))
        if not some.size:
            continue
        point = best.point[some].copy()
        point[:, k] = 0
        value, gradient = objective(point, which[some])
        old = best.take(some)
        fine = np.flatnonzero(value <= old.value + 1e-9)
        zeroed = Minima(point, value, gradient, old.iterations, old.found)
        best = best.replaced(some[fine], zeroed.take(fine))
    return best
