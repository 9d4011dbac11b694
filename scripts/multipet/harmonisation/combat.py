"""ComBat's empirical Bayes: batch effects shrunk to what a batch's regions have in common.

Johnson, Li & Rabinovic 2007 (doi:10.1093/biostatistics/kxj037), parametric priors.
"""

import numpy as np

from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects


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
