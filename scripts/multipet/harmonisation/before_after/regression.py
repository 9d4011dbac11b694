"""Least squares of many regions on one design at once, by its orthonormal basis."""

import numpy as np
from numpy.typing import NDArray

from multipet.harmonisation.batch_design import Array

RANK_TOLERANCE = 1e-10


def basis(design: Array) -> Array:
    """Orthonormal columns that span those of ``design``, (scan, rank); a column's unit is nothing.

    Parameters
    ----------
    design
        (scan, column), complete; columns may repeat what others say.
    """
    length = np.linalg.norm(design, axis=0)
    scaled = design[:, length > 0] / length[length > 0]
    if scaled.shape[1] == 0:
        return scaled
    left, singular, _ = np.linalg.svd(scaled, full_matrices=False)
    return left[:, singular > RANK_TOLERANCE * singular[0]]


def residuals(values: Array, span: Array) -> Array:
    """What a span (see ``basis``) leaves of values (scan, region)."""
    return values - span @ (span.T @ values)


def with_intercept(columns: Array) -> Array:
    """Return a column of ones, then ``columns``."""
    return np.hstack([np.ones((len(columns), 1)), columns])


def with_batches(codes: NDArray[np.int64], columns: Array) -> Array:
    """Return an indicator of every batch, then ``columns``."""
    return np.hstack([np.eye(int(codes.max(initial=0)) + 1)[codes], columns])


def explained(column: Array, terms: Array, others: Array) -> float:
    """Share of what ``others`` and a constant leave of a column that ``terms`` explain, 0 to 1.

    NaN where they leave nothing of it.

    Parameters
    ----------
    column
        (scan,).
    terms, others
        (scan, column).
    """
    rest = residuals(column[:, None], basis(with_intercept(others)))
    total = float(np.sum(rest**2))
    if not total > (RANK_TOLERANCE * np.linalg.norm(column)) ** 2:
        return float("nan")
    left = residuals(column[:, None], basis(np.hstack([with_intercept(others), terms])))
    return float(np.clip(1 - np.sum(left**2) / total, 0.0, 1.0))
