"""The search for θ: the best of its starts, off the boundary too; variances that are exactly 0."""

from dataclasses import dataclass

import numpy as np

from multipet.mixed_model.criterion import evaluate
from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.optimiser import Minima, Objective, minimise
from multipet.mixed_model.outcome_products import OutcomeProducts
from multipet.mixed_model.random_terms import lambda_blocks, on_diagonal, theta_of, triangular

_NEAR_ZERO = 0.02  # relative SDs below it get a second start away from 0
_ZERO = 1e-3  # below it, exactly 0 is tried
_SEVERAL = (1.0, 3.0, 0.1)  # relative SDs from which small data are searched
FEW_ROWS = 1000  # below it the criterion may have several minima
_STEP = 1e-5  # of the differences of slopes
_LEAST, _MOST = 0.1, 10.0  # relative SDs that a search may start from


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


def starts(products: DesignProducts, outcomes: OutcomeProducts, reml: bool) -> np.ndarray:
    """θ to start from, off-diagonal elements 0: shape (starts, R, t)."""
    diagonal = on_diagonal(products.design.terms)
    if outcomes.rows.min() >= FEW_ROWS:
        start = np.zeros((len(outcomes.yy), len(diagonal)))
        start[:, diagonal] = _moment_sds(products, outcomes, reml)
        return start[None]
    one = np.tile(diagonal.astype(float), (len(outcomes.yy), 1))
    return np.stack([sd * one for sd in _SEVERAL])


def _moment_sds(products: DesignProducts, outcomes: OutcomeProducts, reml: bool) -> np.ndarray:
    """Relative SDs, shape (R, d), by MINQUE with equal prior weights.

    Rao 1971 (doi:10.1016/0047-259X(71)90001-7). It is a step of Fisher scoring by the variances
    from 1; the expected information depends on the design only.
    """
    terms = products.design.terms
    places = np.flatnonzero(on_diagonal(terms))
    one = on_diagonal(terms).astype(float)
    nothing = _orthogonal(products, outcomes)
    points = one + np.vstack([0 * one, _STEP * np.eye(len(one))[places]])
    slopes = _slopes_at(products, nothing, points, reml)[..., places] / (
        2 * points[:, None, places]
    )
    none = slopes[0]
    information = np.swapaxes(none - slopes[1:], 0, 1) / ((1 + _STEP) ** 2 - 1)
    information = (information + np.swapaxes(information, 1, 2)) / 2
    information -= none[:, :, None] * none[:, None] / nothing.freedom(reml)[:, None, None]
    gradient = _slopes(products, outcomes, one, reml)[:, places]
    inverse = np.linalg.pinv(np.nan_to_num(information))
    step = -(np.nan_to_num(gradient / 2)[:, None] @ inverse)[:, 0]
    residual = 1 - (step * none).sum(axis=1) / nothing.freedom(reml)
    variances = 1 + step / np.where(residual > 0, residual, np.inf)[:, None]
    return np.sqrt(np.clip(variances, _LEAST**2, _MOST**2))


def _slopes(
    products: DesignProducts, outcomes: OutcomeProducts, theta: np.ndarray, reml: bool
) -> np.ndarray:
    """Derivative of every criterion by θ at the same ``theta``, shape (R, t)."""
    everyone = np.tile(theta, (len(outcomes.yy), 1))
    return evaluate(products, outcomes, everyone, reml).gradient


def _slopes_at(
    products: DesignProducts, outcomes: OutcomeProducts, points: np.ndarray, reml: bool
) -> np.ndarray:
    """The same at several ``points``, shape (points, R, t)."""
    if outcomes.gaps:
        return np.stack([_slopes(products, outcomes, point, reml) for point in points])
    alike = outcomes.take(np.zeros(len(points), dtype=int))
    return evaluate(products, alike, points, reml).gradient[:, None]


def _orthogonal(products: DesignProducts, outcomes: OutcomeProducts) -> OutcomeProducts:
    """Outcomes no effect has a share in, one a design: their slopes are those of the design."""
    one = outcomes if outcomes.gaps else outcomes.take(np.zeros(1, dtype=int))
    grouped = one.group_sums is not None
    return OutcomeProducts(
        one.rows,
        0 * one.beta,
        0 * one.My,
        np.ones(len(one.rows)),
        0 * one.level_sums[: len(one.rows)],
        0 * one.group_sums if grouped else None,
        0 * one.group_squares if grouped else None,
        None if one.lone is None else 0 * one.lone,
        one.gaps.without_outcome() if one.gaps else None,
    )
