"""Empirical Bayes without a shape of the prior: a batch's other regions are the prior.

Johnson, Li & Rabinovic 2007 (doi:10.1093/biostatistics/kxj037), nonparametric prior.
"""

import numpy as np
from numpy.typing import NDArray

from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects


def shrink_nonparametric(effects: BatchEffects) -> Adjustment:
    """Shift and scale of each region as means over the batch's other regions.

    Each other region is weighted by the likelihood of this region's values, were their shift
    and variance those of the other. The more scans, the narrower the weights: in a large
    batch a region takes over the effect of the one region that is most like it.

    Parameters
    ----------
    effects
        Of at least two regions in every batch.
    """
    shift, variance = np.empty_like(effects.shift), np.empty_like(effects.variance)
    n = np.broadcast_to(effects.n, shift.shape)
    for batch in np.ndindex(shift.shape[:-1]):
        shift[batch], variance[batch] = _weighted(
            effects.shift[batch], effects.variance[batch], n[batch]
        )
    return Adjustment(shift, variance, {}, np.ones(shift.shape[:-1], bool))


def _weighted(shift: Array, variance: Array, n: NDArray[np.int64]) -> tuple[Array, Array]:
    """Weighted means over the other regions, each (region,); NaN where there is no value."""
    known = np.flatnonzero(~np.isnan(shift))
    g, d, scans = shift[known], variance[known], n[known, None]
    squares = (scans - 1) * d[:, None] + scans * (g[:, None] - g) ** 2
    likelihood = -(scans * np.log(d) + squares / d) / 2
    np.fill_diagonal(likelihood, -np.inf)
    # relative to the likeliest region: the likelihood of many scans is less than the least number
    weights = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    means = np.full((2, len(shift)), np.nan)
    means[:, known] = weights @ g, weights @ d
    return means[0], means[1]
