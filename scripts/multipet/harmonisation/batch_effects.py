"""Batch effects on plain arrays: how each batch is off in location and scale, and their removal.

One scan of batch b in one region is taken as y = α + xβ + σγ_b + σδ_b·ε with ε of variance 1
(δ² is called the variance below), the model of ComBat: Johnson, Li & Rabinovic 2007
(doi:10.1093/biostatistics/kxj037); for imaging, Fortin et al. 2018
(doi:10.1016/j.neuroimage.2017.11.024).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BatchEffects:
    """Batch effects of every region as the data show them, before any shrinkage.

    Attributes
    ----------
    n
        Scans of each batch with a value in each region, (batch, region).
    grand_mean
        α: mean of the batches' intercepts, weighted by their scans; that of the reference
        batch where there is one. In units of the values, (region,).
    coefficients
        β of the preserved covariates, (covariate, region).
    pooled_sd
        σ: residual SD within batches, or within the reference batch, (region,).
    shift
        γ in units of ``pooled_sd``, (batch, region); NaN where a batch lacks the region.
    variance
        δ² in units of ``pooled_sd`` squared, (batch, region); NaN likewise.
    """

    n: NDArray[np.int64]
    grand_mean: Array
    coefficients: Array
    pooled_sd: Array
    shift: Array
    variance: Array


@dataclass(frozen=True)
class Adjustment:
    """What is taken out of each batch.

    Attributes
    ----------
    shift, variance
        γ* and δ²*, in the units of ``BatchEffects``, (batch, region).
    prior
        Parameters of the priors, one value a batch; empty where nothing was shrunk.
    converged
        Whether the shrinkage settled, (batch,).
    """

    shift: Array
    variance: Array
    prior: dict[str, Array]
    converged: NDArray[np.bool_]


def missing_patterns(values: Array) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Yield the rows that have values and the regions (positions) which share exactly those rows.

    Parameters
    ----------
    values
        (scan, region), NaN = missing. Regions without any value are not yielded.
    """
    present = ~np.isnan(values)
    members: dict[bytes, list[int]] = {}
    for region, pattern in enumerate(np.packbits(present, axis=0).T):
        members.setdefault(pattern.tobytes(), []).append(region)
    for regions in members.values():
        if present[:, regions[0]].any():
            yield present[:, regions[0]], np.array(regions)


def estimate_batch_effects(
    values: Array,
    batch: NDArray[np.int64],
    covariates: Array,
    reference: int | None = None,
    unbiased_where_missing: bool = False,
) -> BatchEffects:
    """Least-squares batch effects of every region; a missing cell costs its own cell only.

    Parameters
    ----------
    values
        (scan, region), NaN = missing. A region has no value in a batch, or at least two.
    batch
        Position of each scan's batch, 0 … number of batches − 1.
    covariates
        (scan, covariate), without intercept, complete; [batches | covariates] of full rank
        over the rows of every region.
    reference
        Position of the batch that the others are brought to.
    unbiased_where_missing
        σ² divides by the number of values n. True: by n − 1 in every region as soon as the
        table misses one cell, which is what sva's ComBat does.
    """
    member = np.eye(int(batch.max()) + 1)[batch]
    present = ~np.isnan(values)
    n = np.rint(member.T @ present).astype(np.int64)
    intercepts, coefficients = _coefficients(values, member, covariates, n)
    residuals = values - covariates @ coefficients - intercepts[batch]
    squares = member.T @ np.where(present, residuals, 0.0) ** 2
    grand_mean = _grand_mean(intercepts, np.bincount(batch), reference)
    less = 1 if unbiased_where_missing and not present.all() else 0
    pooled_sd = np.sqrt(_pooled_variance(squares, n, reference, less))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = squares / (n - 1) / pooled_sd**2
    shift = (intercepts - grand_mean) / pooled_sd
    return BatchEffects(
        n, grand_mean, coefficients, pooled_sd, shift, np.where(n > 1, variance, np.nan)
    )


def as_estimated(effects: BatchEffects) -> Adjustment:
    """Batch effects without shrinkage."""
    return Adjustment(effects.shift, effects.variance, {}, np.ones(len(effects.n), bool))


def leave_reference(adjustment: Adjustment, reference: int | None) -> Adjustment:
    """Return ``adjustment`` with nothing taken out of the reference batch."""
    if reference is None:
        return adjustment
    shift, variance = adjustment.shift.copy(), adjustment.variance.copy()
    shift[reference] = 0.0
    variance[reference] = 1.0
    return Adjustment(shift, variance, adjustment.prior, adjustment.converged)


def remove_batch_effects(
    values: Array,
    batch: NDArray[np.int64],
    covariates: Array,
    effects: BatchEffects,
    adjustment: Adjustment,
) -> Array:
    """Values with each batch's shift and scale taken out of their residuals, (scan, region)."""
    expected = effects.grand_mean + covariates @ effects.coefficients
    shift = adjustment.shift[batch] * effects.pooled_sd
    harmonised = (values - expected - shift) / np.sqrt(adjustment.variance[batch]) + expected
    untouched = (shift == 0.0) & (adjustment.variance[batch] == 1.0)
    return np.where(untouched, values, harmonised)


def _coefficients(
    values: Array, member: Array, covariates: Array, n: NDArray[np.int64]
) -> tuple[Array, Array]:
    intercepts = np.full(n.shape, np.nan)
    coefficients = np.full((covariates.shape[1], values.shape[1]), np.nan)
    for rows, regions in missing_patterns(values):
        seen = n[:, regions[0]] > 0
        design = np.hstack([member[rows][:, seen], covariates[rows]])
        solved = _least_squares(design, values[np.ix_(rows, regions)])
        intercepts[np.ix_(seen, regions)] = solved[: seen.sum()]
        coefficients[:, regions] = solved[seen.sum() :]
    return intercepts, coefficients


def _least_squares(design: Array, values: Array) -> Array:
    # columns of length 1, so that a covariate's unit cannot decide about its rank
    length = np.linalg.norm(design, axis=0)
    return np.linalg.lstsq(design / length, values)[0] / length[:, None]


def _grand_mean(intercepts: Array, scans: NDArray[np.int64], reference: int | None) -> Array:
    if reference is not None:
        return intercepts[reference]
    known = ~np.isnan(intercepts)
    weights = np.where(known, scans[:, None], 0.0)
    total = np.where(known, intercepts, 0.0) * weights
    with np.errstate(invalid="ignore"):
        return total.sum(axis=0) / weights.sum(axis=0)


def _pooled_variance(
    squares: Array, n: NDArray[np.int64], reference: int | None, less: int
) -> Array:
    chosen = slice(None) if reference is None else slice(reference, reference + 1)
    count = n[chosen].sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, squares[chosen].sum(axis=0), np.nan) / (count - less)
