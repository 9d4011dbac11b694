"""What a test on harmonised values that ignores the harmonisation does to its 5 %."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Array = NDArray[np.float64]


def type_one_error(share: float, alpha: float = 0.05) -> float:
    """Type-I error of a test on harmonised values that leaves out the batches.

    2Φ(−z √(1 − R²)) with z the normal quantile of ``alpha``: after harmonisation the model
    sees no batch variance, so its standard error lacks the factor 1 / √(1 − R²) that
    adjusting for batch costs.

    Parameters
    ----------
    share
        R²: share of the contrast's covariate that lies between batches, 0 to 1.
    alpha
        Nominal level, between 0 and 1.
    """
    return float(2 * norm.cdf(norm.ppf(alpha / 2) * np.sqrt(1 - share)))


def naive_error(
    contrast_covariate: Array,
    batch_labels: Sequence[str],
    other_columns: Array | None = None,
    alpha: float = 0.05,
) -> float:
    """Predicted type-I error of the naive chain: harmonise over batches, then test without them.

    See ``type_one_error``; R² is ``partial_r_squared``.

    Parameters
    ----------
    contrast_covariate
        The contrast's column of the design, (scan,), without missing values.
    batch_labels
        Batch of each scan.
    other_columns
        The other covariates' columns, (scan, column), with or without an intercept.
    alpha
        Nominal level, between 0 and 1.

    Returns
    -------
    float
        From ``alpha`` (batches balanced) to 1 (the covariate is constant within batches).

    Raises
    ------
    ValueError
        If the covariate does not vary beyond the other columns.
    """
    column = np.asarray(contrast_covariate, float)
    return type_one_error(partial_r_squared(column, batch_labels, other_columns), alpha)


def partial_r_squared(
    covariate: Array, batch_labels: Sequence[str], other_columns: Array | None = None
) -> float:
    """Share of the covariate's variance, beyond the other columns, that lies between batches."""
    _, codes = np.unique(np.asarray(batch_labels, dtype=str), return_inverse=True)
    member = np.eye(codes.max() + 1)[codes]
    others = np.ones((len(covariate), 1))
    if other_columns is not None:
        others = np.column_stack([others, np.asarray(other_columns, float)])
    alone = _residual_squares(covariate, others)
    if alone <= 1e-20 * max(np.sum(covariate**2), np.finfo(float).tiny):
        raise ValueError("the contrast's covariate does not vary beyond the other covariates")
    with_batch = _residual_squares(covariate, np.hstack([others, member]))
    return float(np.clip(1 - with_batch / alone, 0.0, 1.0))


def _residual_squares(covariate: Array, columns: Array) -> float:
    length = np.linalg.norm(columns, axis=0)
    scaled = columns / np.where(length > 0, length, 1.0)
    residual = covariate - scaled @ np.linalg.lstsq(scaled, covariate)[0]
    return float(residual @ residual)
