"""Where the search for θ starts: at moment estimates, or in small data at several places."""

import numpy as np

from multipet.mixed_model.covariance_factor import on_diagonal
from multipet.mixed_model.criterion import evaluate
from multipet.mixed_model.cross_products import DesignProducts, OutcomeProducts

_SEVERAL = (1.0, 3.0, 0.1)  # relative SDs from which small data are searched
_FEW_ROWS = 1000  # below it the criterion may have several minima
_STEP = 1e-5  # of the differences of slopes
_LEAST, _MOST = 0.1, 10.0  # relative SDs that a search may start from


def starts(products: DesignProducts, outcomes: OutcomeProducts, reml: bool) -> np.ndarray:
    """θ to start from, off-diagonal elements 0: shape (starts, R, t)."""
    diagonal = on_diagonal(products.design.terms)
    if len(products.Q) >= _FEW_ROWS:
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
    n, p = products.Q.shape
    freedom = n - p if reml else n
    one = on_diagonal(terms).astype(float)
    points = one + np.vstack([0 * one, _STEP * np.eye(len(one))[places]])
    nothing = _orthogonal(outcomes, len(points))
    slopes = evaluate(products, nothing, points, reml).gradient[:, places]
    slopes /= 2 * points[:, places]
    information = (slopes[0] - slopes[1:]) / ((1 + _STEP) ** 2 - 1)
    information = (information + information.T) / 2 - np.outer(slopes[0], slopes[0]) / freedom
    gradient = evaluate(products, outcomes, np.tile(one, (len(outcomes.yy), 1)), reml).gradient
    step = -np.nan_to_num(gradient[:, places] / 2) @ np.linalg.pinv(np.nan_to_num(information))
    residual = 1 - step @ slopes[0] / freedom
    variances = 1 + step / np.where(residual > 0, residual, np.inf)[:, None]
    return np.sqrt(np.clip(variances, _LEAST**2, _MOST**2))


def _orthogonal(outcomes: OutcomeProducts, R: int) -> OutcomeProducts:
    """An outcome R times that no effect has a share in: its slopes are those of the design."""
    one = outcomes.take(np.zeros(R, dtype=int))
    grouped = one.group_sums is not None
    return OutcomeProducts(
        0 * one.beta,
        0 * one.My,
        np.ones(R),
        np.zeros((R, *one.level_sums.shape[1:])),
        0 * one.group_sums if grouped else None,
        0 * one.group_squares if grouped else None,
    )
