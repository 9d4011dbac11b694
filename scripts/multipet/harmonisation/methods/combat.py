"""ComBat and its simpler kin: shifts and scales, or shifts alone, shrunk by empirical Bayes.

The prior is parametric, or the batch's other regions.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects, as_estimated
from multipet.harmonisation.methods.method import BatchMethod

_PUBLISHED_CHANGE = 1e-4  # at which the published programs end the shrinkage of a batch
_MOST_STEPS = 100


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


def shrink_as_published(effects: BatchEffects) -> Adjustment:
    """ComBat's shrinkage, each batch ended where the published programs end it.

    They stop once no δ²* and no positive γ* changes by more than 1e-4 of itself, about 3e-6
    residual SD short of the solution. CovBat follows them, so that exported values are theirs.
    """
    before = as_estimated(effects)
    shift, variance = before.shift.copy(), before.variance.copy()
    running = np.ones(len(shift), bool)
    for step in range(1, _MOST_STEPS + 1):
        # from the start again: a handful of steps of a small table
        after = shrink_shift_and_scale(effects, tolerance=0.0, most_iterations=step)
        shift[running], variance[running] = after.shift[running], after.variance[running]
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = abs(after.shift - before.shift) / before.shift
            changed = np.fmax(moved, abs(after.variance / before.variance - 1))
        running &= np.nanmax(changed, axis=1) > _PUBLISHED_CHANGE
        before = after
        if not running.any():
            break
    return Adjustment(shift, variance, after.prior, ~running)


def shrink_shift(effects: BatchEffects) -> Adjustment:
    """Empirical-Bayes shifts where every batch has the same residual variance.

    γ* = (n τ² γ + m) / (n τ² + 1), with m and τ² the mean and variance of the batch's shifts
    over regions and n its scans with a value in that region. (sva's and neuroCombat's
    mean-only variant takes n as 1, which leaves most of a large batch's shift in place.)

    Parameters
    ----------
    effects
        Of at least two regions in every batch.
    """
    prior = {
        "shift_mean": np.nanmean(effects.shift, axis=-1),
        "shift_variance": np.nanvar(effects.shift, axis=-1, ddof=1),
    }
    same = np.where(np.isnan(effects.variance), np.nan, 1.0)
    settled = np.ones(same.shape[:-1], bool)
    return Adjustment(posterior_shift(effects, prior, same), same, prior, settled)


def shrink_shift_nonparametric(effects: BatchEffects) -> Adjustment:
    """The same with the batch's other regions as the prior, in place of a normal one."""
    same = np.where(np.isnan(effects.variance), np.nan, 1.0)
    return replace(shrink_nonparametric(replace(effects, variance=same)), variance=same)


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


_SHIFT_AND_SCALE = {"parametric": shrink_shift_and_scale, "nonparametric": shrink_nonparametric}
_SHIFT = {"parametric": shrink_shift, "nonparametric": shrink_shift_nonparametric}

COMBAT = BatchMethod("combat", _SHIFT_AND_SCALE, as_sva=True)
#: The covariates are splines; all else is ComBat.
COMBAT_SPLINE = BatchMethod("combat_spline", _SHIFT_AND_SCALE, as_sva=True)
COMBAT_NO_EB = BatchMethod("combat_no_eb")
LOCATION = BatchMethod("location", _SHIFT)
