"""Longitudinal ComBat: batch effects of repeated scans, judged within subjects.

One scan of batch b of subject j in one region is y = α + xβ + u_j + σγ_b + σδ_b·ε with u normal
over subjects: Beer et al. 2020 (doi:10.1016/j.neuroimage.2020.117129). At the estimates the
residuals are orthogonal to batches and covariates, so that all but u is the least-squares fit
of y − u: ComBat of the values less their subjects' levels, which are then put back.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from multipet.core.findings import Finding
from multipet.core.problems import listed
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import (
    Adjustment,
    BatchEffects,
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.findings import of_region
from multipet.harmonisation.methods.combat import shrink_shift_and_scale
from multipet.harmonisation.methods.longitudinal_design import (
    LongitudinalDesign,
    longitudinal_design,
)
from multipet.harmonisation.methods.longitudinal_subjects import (
    SubjectEffects,
    fit_subject_effects,
    predicted_effects,
)
from multipet.mixed_model.fit_findings import SINGULAR

Variance = Literal["reml", "msr"]


@dataclass(frozen=True)
class Longitudinal:
    """Harmonised values of repeated scans and what was taken out of them.

    Attributes
    ----------
    harmonised
        (…, scan, region), NaN = missing or in a region that cannot be fitted.
    effects, adjustment
        Of the batches, given the subjects' levels.
    subjects
        The subjects' levels, which stay.
    design
        Its ``reasons`` say why a region is missing; ``harmonise_with`` takes it for other
        values of the same scans.
    """

    harmonised: Array
    effects: BatchEffects
    adjustment: Adjustment
    subjects: SubjectEffects
    design: LongitudinalDesign


def harmonise_longitudinal(
    values: Array,
    batches: Batches,
    columns: Array,
    names: Sequence[str],
    subject_codes: NDArray[np.int64],
    variance: Variance = "reml",
    reference: int | None = None,
    shrink: Callable[[BatchEffects], Adjustment] = shrink_shift_and_scale,
) -> Longitudinal:
    """Harmonise repeated scans; a missing cell costs its own cell only.

    Parameters
    ----------
    values
        (scan, region), NaN = missing. A region has no value in a batch, or at least two.
    batches, columns, names
        Of the same scans: batches; preserved columns, complete and free of them, and their
        names.
    subject_codes
        Position of each scan's subject, from 0, (scan,).
    variance, reference, shrink
        See ``harmonise_with``.

    Raises
    ------
    UserError
        If no subject has two scans.
    """
    design = longitudinal_design(values, batches.codes, columns, names, subject_codes)
    return harmonise_with(design, values, variance, reference, shrink)


def harmonise_with(
    design: LongitudinalDesign,
    values: Array,
    variance: Variance = "reml",
    reference: int | None = None,
    shrink: Callable[[BatchEffects], Adjustment] = shrink_shift_and_scale,
) -> Longitudinal:
    """Harmonise values of the scans of ``design``, many draws of them at once.

    Parameters
    ----------
    values
        (…, scan, region), NaN = missing, in the cells of ``design`` and no others. Each draw
        has priors of its own.
    variance
        What σ is. ``reml``: residual SD by restricted maximum likelihood. ``msr``: root mean
        square of the residuals, which is smaller, as the subjects' levels took their share.
        Harmonised residuals have about this SD: ``reml`` makes them wider than they were.
    reference
        Position of the batch that the others are brought to and that stays as it is. σ is
        then the root mean square of its residuals, as they stay, whatever ``variance`` says.
    shrink
        Empirical Bayes: from batch effects to what is taken out.
    """
    subjects = fit_subject_effects(values, design)
    levels = subjects.effects[..., design.subject, :]
    effects = estimate_batch_effects(values - levels, design.batches, reference)
    if variance == "reml" and reference is None:
        effects = _in_units_of(effects, subjects.residual_sd)
    adjustment = leave_reference(shrink(effects), reference)
    at = (design.batches.batch, design.covariates, effects, adjustment)
    return Longitudinal(_removed(values, levels, *at), effects, adjustment, subjects, design)


def apply_longitudinal(
    values: Array,
    batch: NDArray[np.int64],
    columns: Array,
    subject_codes: NDArray[np.int64],
    effects: BatchEffects,
    adjustment: Adjustment,
    subject_sd: Array,
    residual_sd: Array,
) -> Array:
    """Harmonise scans with parameters estimated before; subjects may be new, batches not.

    A subject's level is predicted from the scans given here: those of the first run, all of
    a subject's, come out as they did there.

    Parameters
    ----------
    values, batch, columns, subject_codes
        Of the scans, as in ``harmonise_longitudinal``; one row will do.
    subject_sd, residual_sd
        Of ``SubjectEffects``, (region,).
    """
    expected = effects.grand_mean + columns @ effects.coefficients
    residuals = values - expected - (effects.shift * effects.pooled_sd)[batch]
    predicted = predicted_effects(residuals, subject_codes, subject_sd, residual_sd)
    return _removed(values, predicted[subject_codes], batch, columns, effects, adjustment)


def _removed(
    values: Array,
    levels: Array,
    batch: NDArray[np.int64],
    columns: Array,
    effects: BatchEffects,
    adjustment: Adjustment,
) -> Array:
    left = values - levels
    removed = remove_batch_effects(left, batch, columns, effects, adjustment)
    # where nothing was taken out, exactly the values
    return np.where(removed == left, values, removed + levels)


def _in_units_of(effects: BatchEffects, sd: Array) -> BatchEffects:
    ratio = (effects.pooled_sd / sd)[..., None, :]
    shift, spread = effects.shift * ratio, effects.variance * ratio**2
    return replace(effects, pooled_sd=sd, shift=shift, variance=spread)


def longitudinal_findings(
    result: Longitudinal, batches: Batches, regions: Sequence[str]
) -> Iterator[Finding]:
    """Regions that have no fit or no differences between subjects; batches without a link.

    Parameters
    ----------
    result
        Of one table, not of draws.
    batches
        Of the same scans.
    regions
        Names.
    """
    yield from _region_findings(result, regions)
    unlinked = batches_without_link(batches.codes, result.design.subject)
    if unlinked.any():
        labels = listed(f'"{batches.labels[code]}"' for code in np.flatnonzero(unlinked))
        message = (
            f"no subject of {batches.name} {labels} was scanned in another batch: the shift "
            "there compares different people, and is less certain than its scans suggest"
        )
        yield of_region("batch_without_link", message, value=str(unlinked.sum()))


def batches_without_link(batch: NDArray[np.int64], subject: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Batches with scans of which no subject has a scan in another batch, (batch,)."""
    visits = np.zeros((int(subject.max()) + 1, int(batch.max()) + 1))
    np.add.at(visits, (subject, batch), 1)
    crossing = (visits > 0).sum(axis=1) > 1
    return (visits[~crossing] > 0).any(axis=0) & ~(visits[crossing] > 0).any(axis=0)


def _region_findings(result: Longitudinal, regions: Sequence[str]) -> Iterator[Finding]:
    reasons, subjects = dict(result.design.reasons), result.subjects
    for pattern in result.design.patterns:
        for region in pattern.regions[np.isnan(subjects.residual_sd[pattern.regions])]:
            reasons[int(region)] = "covariates and subjects leave no residual variance"
    for region, reason in sorted(reasons.items()):
        message = f'region "{regions[region]}" is missing, no mixed model: {reason}'
        yield of_region(
            "longitudinal_fit_failed", message, action="missing", region=regions[region]
        )
    for region in np.flatnonzero(~subjects.found):
        message = f'the search for the variances of region "{regions[region]}" did not settle'
        yield of_region("longitudinal_not_converged", message, region=regions[region])
    for region in np.flatnonzero(subjects.subject_sd < SINGULAR * subjects.residual_sd):
        message = (
            f'subjects do not differ detectably in region "{regions[region]}": harmonised as '
            "if its scans were of different people"
        )
        yield of_region("no_subject_variance", message, region=regions[region])
