"""Harmonisation methods: from the values of usable scans to harmonised values, guarded."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from multipet.config.methods import Options
from multipet.core.findings import Finding
from multipet.core.problems import UserError
from multipet.harmonisation.batch_design import Array, batch_design
from multipet.harmonisation.batch_effects import (
    Adjustment,
    BatchEffects,
    as_estimated,
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.findings import Notes, convergence_findings, small_batch_findings
from multipet.harmonisation.guards import (
    incomparable_regions,
    inestimable_cells,
    inestimable_regions,
    saturation_problems,
    shrinkage_problems,
)
from multipet.harmonisation.methods.combat import shrink_nonparametric, shrink_shift_and_scale
from multipet.harmonisation.methods.covbat import (
    align_covariance,
    covbat_findings,
    shrink_as_published,
)
from multipet.harmonisation.methods.location import shrink_shift, shrink_shift_nonparametric
from multipet.harmonisation.methods.longitudinal import (
    harmonise_longitudinal,
    longitudinal_findings,
)
from multipet.harmonisation.usable_scans import UsableScans

Shrink = Callable[[BatchEffects], Adjustment]
SHRINKAGE: dict[tuple[str, str], Shrink] = {
    ("combat", "parametric"): shrink_shift_and_scale,
    ("combat", "nonparametric"): shrink_nonparametric,
    ("combat_spline", "parametric"): shrink_shift_and_scale,
    ("combat_spline", "nonparametric"): shrink_nonparametric,
    ("covbat", "parametric"): shrink_as_published,
    ("covbat", "nonparametric"): shrink_nonparametric,
    ("location", "parametric"): shrink_shift,
    ("location", "nonparametric"): shrink_shift_nonparametric,
    ("longitudinal_combat", "parametric"): shrink_shift_and_scale,
}
#: Methods whose residual variance divides by n − 1 in a table with missing cells, as sva does.
AS_SVA = ("combat", "combat_spline", "covbat")


@dataclass(frozen=True, eq=False)
class Estimated:
    """Harmonised values of the usable scans, and what was taken out of them.

    Attributes
    ----------
    harmonised
        (scan, region).
    effects, adjustment
        Of the batches.
    alone
        The only batch of each region (by position) that has values in one batch: as delivered.
    findings
        Checks that fired.
    mixed_model
        Of longitudinal harmonisation: ``subject_sd`` and ``model_residual_sd``, (region,).
    """

    harmonised: Array
    effects: BatchEffects
    adjustment: Adjustment
    alone: dict[int, str]
    findings: list[Finding]
    mixed_model: dict[str, Array] = field(default_factory=dict)


def shrinkage(method: str, prior: str) -> Shrink:
    """From batch effects to what is taken out of the batches."""
    return SHRINKAGE.get((method, prior), as_estimated)


def estimate(scans: UsableScans, method: str, options: Options, notes: Notes) -> Estimated:
    """Estimate batch effects from the fitted scans and take them out of all.

    Raises
    ------
    UserError
        If a region has no residual variance, or a batch too few regions to shrink over.
    """
    kept, used, alone, findings = _usable_values(scans, notes)
    findings = [*small_batch_findings(scans.fitted_batches, notes), *findings]
    if method == "longitudinal_combat":
        return _longitudinal(scans, kept, used, alone, options, findings)
    rows = scans.fitted_rows
    fitted = used[rows]
    design = batch_design(fitted, scans.fitted_batches.codes, scans.columns[rows])
    effects = estimate_batch_effects(fitted, design, scans.reference, method in AS_SVA)
    shrink = _guarded(scans, fitted, method, shrinkage(method, options.prior))
    adjustment = leave_reference(shrink(effects), scans.reference)
    at = (scans.columns, effects, adjustment)
    if method == "covbat":
        harmonised = align_covariance(used, scans.batches, *at, scans.reference)
        findings += covbat_findings(used)
    else:
        harmonised = remove_batch_effects(used, scans.batches.codes, *at)
    findings += convergence_findings(adjustment, scans.batches, notes)
    harmonised[:, list(alone)] = kept[:, list(alone)]
    return Estimated(harmonised, effects, adjustment, alone, findings)


def _usable_values(
    scans: UsableScans, notes: Notes
) -> tuple[Array, Array, dict[int, str], list[Finding]]:
    """Values but for cells, and but for regions, that show no batch effect; regions alone."""
    batches, fitted, regions = scans.fitted_batches, scans.fitted_rows, scans.regions
    same, cells = inestimable_cells(scans.values[fitted], batches, regions, notes)
    kept = np.where(same[scans.batches.codes], np.nan, scans.values) if cells else scans.values
    at = (batches, regions, scans.reference)
    alone, lacking, incomparable = incomparable_regions(kept[fitted], *at)
    lacking[list(alone)] = True
    used = np.where(lacking, np.nan, kept) if incomparable else kept
    at = (scans.columns[fitted], batches, regions)
    lost, inestimable = inestimable_regions(used[fitted], *at)
    used = np.where(lost, np.nan, used) if inestimable else used
    return kept, used, alone, [*cells, *incomparable, *inestimable]


def _longitudinal(
    scans: UsableScans,
    kept: Array,
    used: Array,
    alone: dict[int, str],
    options: Options,
    findings: list[Finding],
) -> Estimated:
    method = "longitudinal_combat"
    shrink = _guarded(scans, used, method, shrinkage(method, options.prior))
    at = (scans.batches, scans.columns, scans.names, scans.subjects)
    result = harmonise_longitudinal(used, *at, options.variance, scans.reference, shrink)
    findings += longitudinal_findings(result, scans.batches, scans.regions)
    harmonised = result.harmonised
    harmonised[:, list(alone)] = kept[:, list(alone)]
    sds = {
        "subject_sd": result.subjects.subject_sd,
        "model_residual_sd": result.subjects.residual_sd,
    }
    return Estimated(harmonised, result.effects, result.adjustment, alone, findings, sds)


def _guarded(scans: UsableScans, values: Array, method: str, shrink: Shrink) -> Shrink:
    """Return ``shrink`` that refuses regions without residual variance, and too few regions."""

    def guarded(effects: BatchEffects) -> Adjustment:
        spread = np.fmax.reduce(values) - np.fmin.reduce(values)
        problems = list(saturation_problems(effects, spread, scans.batches, scans.regions))
        if shrink is not as_estimated:
            problems += shrinkage_problems(effects, scans.batches, method)
        if problems:
            raise UserError(problems)
        return shrink(effects)

    return guarded
