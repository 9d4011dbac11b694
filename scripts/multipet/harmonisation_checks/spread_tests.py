"""Do batches differ in spread? Two tests that do not lean on normality, for all regions at once.

Brown & Forsythe 1974 (doi:10.1080/01621459.1974.10482955): Levene's test around medians.
Fligner & Killeen 1976 (doi:10.1080/01621459.1976.10481517), median-centred.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc, ndtri
from scipy.stats import rankdata

from multipet.harmonisation.batch_design import Array

FEWEST_SCANS = 3  # of a batch whose spread is compared


def in_use(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the batches that have scans, in order."""
    return np.flatnonzero(np.bincount(codes))


def comparable(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which scans belong to batches with enough of them, (scan,)."""
    return np.bincount(codes)[codes] >= FEWEST_SCANS


def around_medians(values: Array, codes: NDArray[np.int64]) -> Array:
    """Values less the median of their batch, (scan, region)."""
    centred = np.empty_like(values)
    for code in in_use(codes):
        own = codes == code
        centred[own] = values[own] - np.median(values[own], axis=0)
    return centred


def brown_forsythe(centred: Array, codes: NDArray[np.int64]) -> tuple[Array, Array, int, int]:
    """F and p of every region, and the degrees of freedom.

    Parameters
    ----------
    centred
        Values less the median of their batch (``around_medians``), complete, (scan, region).
    codes
        Batch of each scan.
    """
    between, within, k = _split(np.abs(centred), codes)
    df = (k - 1, len(codes) - k)
    with np.errstate(invalid="ignore", divide="ignore"):
        f = between / df[0] / (within / df[1])
    return f, fdtrc(*df, f), *df


def fligner_killeen(centred: Array, codes: NDArray[np.int64]) -> tuple[Array, Array, int]:
    """Chi-squared and p of every region, and the degrees of freedom; as ``brown_forsythe``."""
    n = len(codes)
    scores = ndtri(0.5 + rankdata(np.abs(centred), axis=0) / (2 * (n + 1)))
    between, _, k = _split(scores, codes)
    with np.errstate(invalid="ignore", divide="ignore"):
        chi_squared = between / scores.var(axis=0, ddof=1)
    return chi_squared, chdtrc(k - 1, chi_squared), k - 1


def largest_ratio(values: Array, codes: NDArray[np.int64]) -> Array:
    """Largest over smallest SD of a batch, (region,); NaN where an SD is 0."""
    sds = np.array([values[codes == code].std(axis=0, ddof=1) for code in in_use(codes)])
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = sds.max(axis=0) / sds.min(axis=0)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def _split(values: Array, codes: NDArray[np.int64]) -> tuple[Array, Array, int]:
    """Sums of squares between and within batches, and how many batches there are."""
    present = in_use(codes)
    own = np.searchsorted(present, codes)
    member = np.eye(len(present))[own]
    means = member.T @ values / member.sum(axis=0)[:, None]
    between = np.sum((means[own] - values.mean(axis=0)) ** 2, axis=0)
    return between, np.sum((values - means[own]) ** 2, axis=0), len(present)
