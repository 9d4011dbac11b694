"""Where the search for θ starts: at moment estimates, or in small data at several places."""

import numpy as np

from multipet.mixed_model.covariance_factor import on_diagonal
from multipet.mixed_model.criterion import evaluate
from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.outcome_products import OutcomeProducts

_SEVERAL = (1.0, 3.0, 0.1)  # relative SDs from which small data are searched
FEW_ROWS = 1000  # below it the criterion may have several minima
_STEP = 1e-5  # of the differences of slopes
_LEAST, _MOST = 0.1, 10.0  # relative SDs that a search may start from


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
