"""Batch effects on plain arrays: how each batch is off in location and scale, and their removal.

One scan of batch b in one region is taken as y = α + xβ + σγ_b + σδ_b·ε with ε of variance 1
(δ² is called the variance below), the model of ComBat: Johnson, Li & Rabinovic 2007
(doi:10.1093/biostatistics/kxj037); for imaging, Fortin et al. 2018
(doi:10.1016/j.neuroimage.2017.11.024).

Every array may have further axes in front: values (draw, scan, region) give shifts
(draw, batch, region), all of one design.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multipet.harmonisation.batch_design import Array, BatchDesign


@dataclass(frozen=True)
class BatchEffects:
    """Batch effects of every region as the data show them, before any shrinkage.

    Attributes
    ----------
    n
        Scans of each batch with a value in each region, (batch, region).
    grand_mean
        α: mean of the batches' intercepts, weighted by their scans; that of the reference
        batch where there is one. In units of the values, (…, region).
    coefficients
        β of the preserved covariates, (…, covariate, region).
    pooled_sd
        σ: residual SD within batches, or within the reference batch, (…, region).
    shift
        γ in units of ``pooled_sd``, (…, batch, region); NaN where a batch lacks the region.
    variance
        δ² in units of ``pooled_sd`` squared, (…, batch, region); NaN likewise.
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
        γ* and δ²*, in the units of ``BatchEffects``, (…, batch, region).
    prior
        Parameters of the priors, one value a batch; empty where nothing was shrunk.
    converged
        Whether the shrinkage settled, (…, batch).
    """

    shift: Array
    variance: Array
    prior: dict[str, Array]
    converged: NDArray[np.bool_]


def estimate_batch_effects(
    values: Array,
    design: BatchDesign,
    reference: int | None = None,
    unbiased_where_missing: bool = False,
) -> BatchEffects:
    """Least-squares batch effects of every region; a missing cell costs its own cell only.

    Parameters
    ----------
    values
        (…, scan, region), NaN = missing, in the cells of ``design`` and no others. A region
        has no value in a batch, or at least two.
    design
        Of the batches and preserved covariates.
    reference
        Position of the batch that the others are brought to.
    unbiased_where_missing
        σ² divides by the number of values n. True: by n − 1 in every region as soon as the
        table misses one cell, which is what sva's ComBat does.
    """
    filled = values if design.present is None else np.where(design.present, values, 0.0)
    in_basis, intercepts = _least_squares(filled, design)
    residuals = filled - design.basis @ in_basis
    residuals -= intercepts[..., design.batch, :]
    residuals *= residuals
    if design.present is not None:
        residuals[..., ~design.present] = 0.0
    squares = design.member.T @ residuals
    coefficients = _solved(design.root, in_basis)
    intercepts = intercepts - design.covariate_means @ coefficients
    grand_mean = _grand_mean(intercepts, design, reference)
    less = 1 if unbiased_where_missing and design.present is not None else 0
    pooled_sd = np.sqrt(_pooled_variance(squares, design.n, reference, less))
    unit = pooled_sd[..., None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(design.n > 1, squares / (design.n - 1) / unit**2, np.nan)
    shift = (intercepts - grand_mean[..., None, :]) / unit
    return BatchEffects(design.n, grand_mean, coefficients, pooled_sd, shift, variance)


def as_estimated(effects: BatchEffects) -> Adjustment:
    """Batch effects without shrinkage."""
    settled = np.ones(effects.shift.shape[:-1], bool)
    return Adjustment(effects.shift, effects.variance, {}, settled)


def leave_reference(adjustment: Adjustment, reference: int | None) -> Adjustment:
    """Return ``adjustment`` with nothing taken out of the reference batch."""
    if reference is None:
        return adjustment
    shift, variance = adjustment.shift.copy(), adjustment.variance.copy()
    shift[..., reference, :] = 0.0
    variance[..., reference, :] = 1.0
    return Adjustment(shift, variance, adjustment.prior, adjustment.converged)


def remove_batch_effects(
    values: Array,
    batch: NDArray[np.int64],
    covariates: Array,
    effects: BatchEffects,
    adjustment: Adjustment,
) -> Array:
    """Values with each batch's shift and scale taken out of their residuals.

    Parameters
    ----------
    values
        (…, scan, region); any scans of the batches in ``effects``.
    batch, covariates
        Of these scans, (scan,) and (scan, covariate).

    Returns
    -------
    Array
        (…, scan, region). Where nothing is taken out of a batch, exactly the values.
    """
    expected = covariates @ effects.coefficients
    expected += effects.grand_mean[..., None, :]
    shift = adjustment.shift * effects.pooled_sd[..., None, :]
    harmonised = values - expected
    harmonised -= shift[..., batch, :]
    harmonised /= np.sqrt(adjustment.variance)[..., batch, :]
    harmonised += expected
    untouched = (shift == 0.0) & (adjustment.variance == 1.0)
    if untouched.any():
        return np.where(untouched[..., batch, :], values, harmonised)
    return harmonised


def _least_squares(filled: Array, design: BatchDesign) -> tuple[Array, Array]:
    """Coefficients of the basis, and each batch's mean less theirs (NaN without values)."""
    sums = design.member.T @ filled
    with np.errstate(invalid="ignore"):
        intercepts = np.where(design.n > 0, sums / np.where(design.n > 0, design.n, 1), np.nan)
    products = design.basis.T @ filled
    coefficients = np.full_like(products, np.nan)
    for pattern in design.patterns:
        part = (..., slice(None) if design.present is None else pattern.regions)
        centred = products[part] - pattern.means.T @ sums[part]
        solved = _solved(pattern.root, _solved(pattern.root.T, centred))
        coefficients[part] = solved
        intercepts[part] -= pattern.means @ solved
    return coefficients, intercepts


def _solved(root: Array, right: Array) -> Array:
    return np.linalg.inv(root) @ right if len(root) else right


def _grand_mean(intercepts: Array, design: BatchDesign, reference: int | None) -> Array:
    if reference is not None:
        return intercepts[..., reference, :]
    known = design.n > 0
    weights = np.where(known, design.scans[:, None], 0.0)
    with np.errstate(invalid="ignore"):
        return np.where(known, intercepts * weights, 0.0).sum(axis=-2) / weights.sum(axis=-2)


def _pooled_variance(
    squares: Array, n: NDArray[np.int64], reference: int | None, less: int
) -> Array:
    chosen = slice(None) if reference is None else slice(reference, reference + 1)
    count = n[chosen].sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, squares[..., chosen, :].sum(axis=-2), np.nan) / (count - less)
