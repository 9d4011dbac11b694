"""ComBat's empirical Bayes: a parametric prior, or a batch's other regions as the prior."""

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


def shrink_shift_and_scale(
    effects: BatchEffects, tolerance: float = 1e-10, most_iterations: int = 1000
) -> Adjustment:
    """Parametric empirical Bayes: each batch's regions share a normal and an inverse gamma prior.

    The prior of γ is normal with the mean and variance of the batch's shifts over regions;
    that of δ² inverse gamma with moments from its variances. γ* and δ²* are the conditional
    posterior means, solved in turn until neither moves by more than ``tolerance``.

    Parameters
    ----------
    effects
        Of at least two regions in every batch.
    """
    prior = {
        "shift_mean": np.nanmean(effects.shift, axis=-1),
        "shift_variance": np.nanvar(effects.shift, axis=-1, ddof=1),
        "variance_mean": np.nanmean(effects.variance, axis=-1),
        "variance_variance": np.nanvar(effects.variance, axis=-1, ddof=1),
    }
    shift, variance = effects.shift, effects.variance
    settled = np.zeros(shift.shape[:-1], bool)
    for _ in range(most_iterations):
        shift_before, variance_before = shift, variance
        shift = posterior_shift(effects, prior, variance)
        variance = _posterior_variance(effects, prior, shift)
        moved = np.fmax(abs(shift - shift_before), abs(variance / variance_before - 1))
        settled = np.nanmax(moved, axis=-1) <= tolerance
        if settled.all():
            break
    return Adjustment(shift, variance, prior, settled)


def posterior_shift(effects: BatchEffects, prior: dict[str, Array], variance: Array) -> Array:
    """Posterior mean of γ given δ², (batch, region): the fewer scans, the nearer the prior."""
    weight = effects.n * prior["shift_variance"][..., None]
    return (weight * effects.shift + variance * prior["shift_mean"][..., None]) / (
        weight + variance
    )


def _posterior_variance(effects: BatchEffects, prior: dict[str, Array], shift: Array) -> Array:
    mean = prior["variance_mean"][..., None]
    # relative spread of the prior: at 0 (all regions alike) the posterior is the prior mean
    spread = prior["variance_variance"][..., None] / mean**2
    squares = (effects.n - 1) * effects.variance + effects.n * (effects.shift - shift) ** 2
    return (spread * (squares / 2 + mean) + mean) / (spread * (effects.n / 2 + 1) + 1)
