"""Longitudinal ComBat: batch effects of repeated scans, judged within subjects.

One scan of batch b of subject j in one region is y = α + xβ + u_j + σγ_b + σδ_b·ε with u normal
over subjects: Beer et al. 2020 (doi:10.1016/j.neuroimage.2020.117129). At the estimates the
residuals are orthogonal to batches and covariates, so that all but u is the least-squares fit
of y − u: ComBat of the values less their subjects' levels, which are then put back.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from multipet.config.methods import Options
from multipet.core.findings import Finding
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import (
    Adjustment,
    BatchEffects,
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.findings import Notes, of_region
from multipet.harmonisation.methods.combat import shrink_shift_and_scale
from multipet.harmonisation.methods.longitudinal_design import (
    LongitudinalDesign,
    longitudinal_design,
)
from multipet.harmonisation.methods.longitudinal_subjects import (
    SubjectEffects,
    fit_subject_effects,
    predicted_effects,
    subject_findings,
)
from multipet.harmonisation.methods.method import BatchMethod, Removal, Shrink, Step
from multipet.harmonisation.scan_values import UsableScans

Variance = Literal["reml", "msr"]
#: What is estimated of each region: SDs of the subjects' levels and of the residuals.
OF_REGIONS = ("subject_sd", "model_residual_sd")


@dataclass(frozen=True, eq=False, kw_only=True)
class Longitudinal(Removal):
    """Harmonised values of repeated scans; effects and adjustment given the subjects' levels.

    Attributes
    ----------
    subjects
        The subjects' levels, which stay.
    design
        Its ``reasons`` say why a region is missing; ``harmonise_with`` takes it for other
        values of the same scans.
    """

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
    sds = (subjects.subject_sd, subjects.residual_sd)
    of_regions = dict(zip(OF_REGIONS, sds, strict=True))
    return Longitudinal(
        _removed(values, levels, *at),
        effects,
        adjustment,
        of_regions,
        subjects=subjects,
        design=design,
    )


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


def _subjects(scans: UsableScans) -> NDArray[np.int64]:
    if scans.subjects is None:
        raise ValueError("longitudinal_combat wants the subject of each scan")
    return scans.subjects


class _LongitudinalCombat(BatchMethod):
    def ready(self, scans: UsableScans, options: Options, shrink: Shrink) -> Step:
        at = (scans.batches.codes, scans.columns, scans.names, _subjects(scans))
        design, reference = longitudinal_design(scans.values, *at), scans.reference

        def step(values: Array) -> Removal:
            return harmonise_with(design, values, options.variance, reference, shrink)

        return step

    def findings(self, removal: Removal, scans: UsableScans, notes: Notes) -> Iterator[Finding]:
        assert isinstance(removal, Longitudinal)
        at = (removal.subjects, removal.design, scans.batches, scans.regions)
        yield from subject_findings(*at)

    def applied(
        self,
        scans: UsableScans,
        batch: NDArray[np.int64],
        effects: BatchEffects,
        adjustment: Adjustment,
        of_regions: Mapping[str, Array],
    ) -> Array:
        sds = [of_regions[name] for name in OF_REGIONS]
        at = (scans.columns, _subjects(scans), effects, adjustment)
        return apply_longitudinal(scans.values, batch, *at, *sds)

    def applied_findings(self) -> Iterator[Finding]:
        message = (
            "the subjects' levels are predicted from the scans given here: as in the first run "
            "where all scans of a subject are, otherwise nearer the mean"
        )
        yield of_region("subject_level_predicted", message)


LONGITUDINAL_COMBAT = _LongitudinalCombat(
    "longitudinal_combat",
    {"parametric": shrink_shift_and_scale},
    few_regions_hint="harmonise more regions together",
    adds_batches=False,
    of_regions=OF_REGIONS,
)
