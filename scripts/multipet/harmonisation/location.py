"""Additive harmonisation: batches differ by a shift, shrunk with their real number of scans."""

import numpy as np

from multipet.harmonisation.batch_effects import Adjustment, BatchEffects
from multipet.harmonisation.combat import posterior_shift


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
        "shift_mean": np.nanmean(effects.shift, axis=1),
        "shift_variance": np.nanvar(effects.shift, axis=1, ddof=1),
    }
    same = np.where(np.isnan(effects.variance), np.nan, 1.0)
    return Adjustment(
        posterior_shift(effects, prior, same), same, prior, np.ones(len(effects.n), bool)
    )
