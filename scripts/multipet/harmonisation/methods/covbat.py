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
from multipet.harmonisation.batch_design import Array, batch_design, missing_patterns
from multipet.harmonisation.batch_effects import (
    Adjustment,
    BatchEffects,
    as_estimated,
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.findings import Notes, of_region
from multipet.harmonisation.methods.combat import shrink_as_published, shrink_nonparametric
from multipet.harmonisation.methods.method import BatchMethod, Removal
from multipet.harmonisation.scan_values import UsableScans

_SHARE = 0.95  # of the variance, that the components explain together


@dataclass(frozen=True)
class Components:
    """The first principal components of standardised regions.

    Attributes
    ----------
    centre, scale
        Mean and SD of each region, (region,); NaN for a region that takes no part.
    loadings
        (component, region); 0 for a region that takes no part.
    variance
        Of the scores, (component,).
    left
        Mean variance of the components beyond them; 0 where there are none.
    """

    centre: Array
    scale: Array
    loadings: Array
    variance: Array
    left: float


def principal_components(residuals: Array, used: NDArray[np.bool_]) -> Components:
    """Components that explain more than 95 % of the variance, the fewest that do.

    Residuals (scan, region) are complete in the regions ``used``; where scans are fewer than
    regions there are at most n − 1 components.
    """
    centre, scale = residuals.mean(axis=0), residuals.std(axis=0, ddof=1)
    standardised = ((residuals - centre) / scale)[:, used]
    # the triangle has the singular values and axes of the whole, at a fraction of its cost
    triangle = np.linalg.qr(standardised, mode="r")
    _, singular, axes = np.linalg.svd(triangle, full_matrices=False)
    variance = singular**2 / (len(residuals) - 1)
    explained = np.cumsum(variance) / variance.sum()
    k = int(np.argmax(explained > _SHARE)) + 1
    loadings = np.zeros((k, len(used)))
    loadings[:, used] = axes[:k]
    beyond = int(used.sum()) - k
    left = float(variance[k:].sum() / beyond) if beyond else 0.0
    return Components(centre, scale, loadings, variance[:k], left)


def scores(residuals: Array, components: Components) -> Array:
    """Scores of scans, (scan, component).

    A missing cell counts as its expectation given the scan's other regions, under the normal
    distribution whose covariance the components have, and equal variances beyond them.
    """
    standardised = (residuals - components.centre) / components.scale
    filled = np.where(np.isnan(standardised), 0.0, standardised)
    used = ~np.isnan(components.scale)
    loadings = components.loadings
    covariance = (loadings.T * components.variance) @ loadings
    covariance += components.left * np.eye(len(used))
    # scans that have the same regions together: the patterns of the transposed table
    for regions, scans in missing_patterns(~np.isnan(standardised).T):
        lost = np.flatnonzero(~regions & used)
        if lost.size:
            inner = np.ix_(regions, regions)
            weights = np.linalg.lstsq(covariance[inner], covariance[np.ix_(regions, lost)])[0]
            filled[np.ix_(scans, lost)] = standardised[np.ix_(scans, regions)] @ weights
    return filled @ loadings.T


@dataclass(frozen=True)
class CovarianceAlignment:
    """What CovBat takes out of the scores of components.

    Attributes
    ----------
    components
        Of the harmonised residuals of the complete scans.
    effects, adjustment
        Of the scores: (batch, component).
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
    effects, adjustment
        Of ComBat on these values; ``shrink_as_published`` to equal the published programs.
    reference, regions
        Position of the batch that stays as it is; names for a refusal's message.
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

    From the scans that have every region: filled cells would have less spread than measured
    ones, and more of them in one batch would make a batch effect. A region without
    any value takes no part. Residuals are harmonised values less what is expected of their
    covariates, (scan, region).

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
    """What the alignment adds to values of any scans of its batches, (scan, region).

    A missing cell stays missing; the scan's scores count it as expected from its other regions.
    """
    components = alignment.components
    before = scores(residuals, components)
    none = np.empty((len(before), 0))
    after = remove_batch_effects(before, batch, none, alignment.effects, alignment.adjustment)
    added = ((after - before) @ components.loadings) * components.scale
    return np.where(np.isnan(residuals), np.nan, added)


def complete_part(values: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Regions with any value, and the scans that have all of these."""
    known = ~np.isnan(values)
    used = np.asarray(known.any(axis=0))
    return used, np.asarray(known[:, used].all(axis=1))


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


class _CovBat(BatchMethod):
    def removed(
        self, values: Array, scans: UsableScans, effects: BatchEffects, adjustment: Adjustment
    ) -> Array:
        at = (scans.batches, scans.columns, effects, adjustment, scans.reference, scans.regions)
        return align_covariance(values, *at)

    def findings(self, removal: Removal, scans: UsableScans, notes: Notes) -> Iterator[Finding]:
        yield from covbat_findings(scans.values)
        yield from super().findings(removal, scans, notes)


COVBAT = _CovBat(
    "covbat",
    {"parametric": shrink_as_published, "nonparametric": shrink_nonparametric},
    as_sva=True,
    not_applicable="its components are of all its scans",
)
