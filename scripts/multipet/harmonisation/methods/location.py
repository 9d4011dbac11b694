"""Additive harmonisation: batches differ by a shift, shrunk with their real number of scans."""

from dataclasses import replace

import numpy as np

from multipet.harmonisation.batch_effects import Adjustment, BatchEffects
from multipet.harmonisation.methods.combat import posterior_shift, shrink_nonparametric


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
