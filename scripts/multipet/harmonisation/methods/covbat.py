"""CovBat: batches brought to one covariance of the regions, for export to machine learning.

ComBat brings each region's location and scale together; batches may still differ in how regions
go together. Chen et al. 2022 (doi:10.1002/hbm.25688) take the principal components of the
residuals that ComBat leaves, and bring location and scale of their scores together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, listed
from multipet.harmonisation.batch_design import Array, batch_design
from multipet.harmonisation.batch_effects import (
    Adjustment,
    BatchEffects,
    as_estimated,
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.findings import of_region
from multipet.harmonisation.methods.combat import shrink_shift_and_scale
from multipet.harmonisation.methods.covbat_components import (
    Components,
    principal_components,
    scores,
)

_PUBLISHED_CHANGE = 1e-4  # at which the published programs end the shrinkage of a batch
_MOST_STEPS = 100


@dataclass(frozen=True)
class CovarianceAlignment:
    """What CovBat takes out of the scores of components.

    Attributes
    ----------
    components
        Principal components of the harmonised residuals of the complete scans.
    effects, adjustment
        Batch effects of the scores: (batch, component).
    complete
        Which scans it was estimated from: those with every region, (scan,).
    """

    components: Components
    effects: BatchEffects
    adjustment: Adjustment
    complete: NDArray[np.bool_]


def align_covariance(
    values: Array,
    batches: Batches,
    columns: Array,
    effects: BatchEffects,
    adjustment: Adjustment,
    reference: int | None = None,
    regions: Sequence[str] = (),
) -> Array:
    """Harmonise values, their covariance between regions included.

    Parameters
    ----------
    values, batches, columns
        Of the usable scans: (scan, region), NaN = missing; batch; (scan, preserved column).
    effects, adjustment
        Of ComBat on these values; ``shrink_as_published`` to equal the published programs.
    reference
        Position of the batch that stays as it is.
    regions
        Names, for the message where too few scans are complete.

    Returns
    -------
    Array
        (scan, region), NaN where ``values`` are.

    Raises
    ------
    UserError
        See ``estimate_alignment``.
    """
    at = (batches.codes, columns, effects, adjustment)
    harmonised = remove_batch_effects(values, *at)
    residuals = harmonised - effects.grand_mean - columns @ effects.coefficients
    alignment = estimate_alignment(residuals, batches, reference, regions)
    return harmonised + shift_to_alignment(residuals, batches.codes, alignment)


def estimate_alignment(
    residuals: Array,
    batches: Batches,
    reference: int | None = None,
    regions: Sequence[str] = (),
) -> CovarianceAlignment:
    """Components of the residuals that ComBat leaves, and the batch effects of their scores.

    Estimated from the scans that have every region: filled cells would have less spread than
    measured ones, and more of them in one batch would make a batch effect. A region without
    any value takes no part.

    Parameters
    ----------
    residuals
        Harmonised values less what is expected of their covariates, (scan, region).

    Raises
    ------
    UserError
        If a batch has fewer than two complete scans.
    """
    used, complete = complete_part(residuals)
    problems = list(_incomplete_batches(complete, batches))
    if problems:
        hint = f"leave out {_regions_with_gaps(residuals, used, regions)}, or use combat"
        raise UserError(Problem("method", message, hint) for message in problems)
    components = principal_components(residuals[complete], used)
    estimated = scores(residuals[complete], components)
    codes = batches.codes[complete]
    design = batch_design(estimated, codes, np.empty((len(codes), 0)))
    effects = estimate_batch_effects(estimated, design, reference)
    adjustment = leave_reference(as_estimated(effects), reference)
    return CovarianceAlignment(components, effects, adjustment, complete)


def shift_to_alignment(
    residuals: Array, batch: NDArray[np.int64], alignment: CovarianceAlignment
) -> Array:
    """What the alignment adds to harmonised values, (scan, region).

    Parameters
    ----------
    residuals, batch
        Of any scans of the batches it was estimated from. A missing cell stays missing; the
        scan's scores count it as expected from its other regions.
    """
    components = alignment.components
    before = scores(residuals, components)
    none = np.empty((len(before), 0))
    after = remove_batch_effects(before, batch, none, alignment.effects, alignment.adjustment)
    added = ((after - before) @ components.loadings) * components.scale
    return np.where(np.isnan(residuals), np.nan, added)


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


def complete_part(values: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Regions with any value, and the scans that have all of these."""
    used = ~np.isnan(values).all(axis=0)
    return used, ~np.isnan(values[:, used]).any(axis=1)


def _incomplete_batches(complete: NDArray[np.bool_], batches: Batches) -> Iterator[str]:
    found = np.bincount(batches.codes[complete], minlength=len(batches.labels))
    for label, n in zip(batches.labels, found, strict=True):
        if n < 2:
            yield f'covbat needs 2 scans with every region in each batch, batch "{label}" has {n}'


def _regions_with_gaps(values: Array, used: NDArray[np.bool_], regions: Sequence[str]) -> str:
    gaps = np.isnan(values).sum(axis=0) * used
    most = [k for k in np.argsort(-gaps, kind="stable") if gaps[k]]
    names = [f'"{regions[k]}" (missing in {gaps[k]})' for k in most] if regions else []
    return listed(names, most=5) or "regions with missing values"


def covbat_findings(values: Array) -> Iterator[Finding]:
    """Incomplete scans, and too few complete ones; ``values`` of the usable scans."""
    used, complete = complete_part(values)
    lacking, known, regions = int((~complete).sum()), int(complete.sum()), int(used.sum())
    if lacking:
        message = (
            f"{lacking} of {len(values)} scans lack a region: the components come from the other "
            f"{known}, and the missing cells, which stay missing, count in their scan's scores as "
            "expected from its other regions"
        )
        yield of_region("covariance_of_complete_scans", message, value=str(lacking))
    if known <= regions:
        message = (
            f"{known} complete scans for {regions} regions: the components are known badly, and "
            "the covariance is aligned in part"
        )
        yield of_region("few_scans_for_covariance", message, value=str(known))
