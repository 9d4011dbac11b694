"""What a method of harmonisation is made of, and the guarded estimation that all share."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from multipet.config.methods import Options
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError
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
from multipet.harmonisation.findings import Notes, convergence_findings, small_batch_findings
from multipet.harmonisation.guards import (
    incomparable_regions,
    inestimable_cells,
    inestimable_regions,
    saturation_problems,
)
from multipet.harmonisation.scan_values import UsableScans

Shrink = Callable[[BatchEffects], Adjustment]


@dataclass(frozen=True, eq=False)
class Removal:
    """Harmonised values, and what was taken out of them.

    Attributes
    ----------
    harmonised
        (…, scan, region).
    effects, adjustment
        Of the batches.
    of_regions
        What else was estimated of each region, by the names in the parameters, (…, region).
    """

    harmonised: Array
    effects: BatchEffects
    adjustment: Adjustment
    of_regions: Mapping[str, Array] = field(default_factory=dict)


#: From values in the cells it was made ready for, (…, scan, region), each draw by itself.
Step = Callable[[Array], Removal]


@dataclass(frozen=True)
class BatchMethod:
    """A method that estimates batch effects: as it stands, by least squares, as ComBat does.

    Attributes
    ----------
    name
        Its key in ``config.methods``.
    priors
        Empirical Bayes by the name of its prior; empty: effects are taken out as estimated.
    as_sva
        Whether the residual variance divides by n − 1 in a table with missing cells.
    few_regions_hint
        What to do where a batch has too few regions to estimate a prior from.
    not_applicable
        Why its parameters cannot harmonise other scans; empty: they can.
    adds_batches
        Whether a batch that parameters do not know can be estimated against them.
    of_regions
        What it estimates of each region beside batch effects, as named in the parameters.
    """

    name: str
    priors: Mapping[str, Shrink] = field(default_factory=dict)
    as_sva: bool = False
    few_regions_hint: str = "use combat_no_eb"
    not_applicable: str = ""
    adds_batches: bool = True
    of_regions: tuple[str, ...] = ()

    def shrink(self, prior: str) -> Shrink:
        """From batch effects to what is taken out of the batches."""
        return self.priors.get(prior, as_estimated)

    def ready(self, scans: UsableScans, options: Options, shrink: Shrink) -> Step:
        """Factor the design of ``scans`` once, for any values in the same cells."""
        rows, reference = scans.fitted_rows, scans.reference
        at = (scans.fitted_batches.codes, scans.columns[rows])
        design = batch_design(scans.values[rows], *at)

        def step(values: Array) -> Removal:
            fitted = values if scans.fitted.all() else values[..., rows, :]
            effects = estimate_batch_effects(fitted, design, reference, self.as_sva)
            adjustment = leave_reference(shrink(effects), reference)
            return Removal(self.removed(values, scans, effects, adjustment), effects, adjustment)

        return step

    def removed(
        self, values: Array, scans: UsableScans, effects: BatchEffects, adjustment: Adjustment
    ) -> Array:
        """Values of ``scans`` with the batch effects taken out, (…, scan, region)."""
        return remove_batch_effects(values, scans.batches.codes, scans.columns, effects, adjustment)

    def findings(self, removal: Removal, scans: UsableScans, notes: Notes) -> Iterator[Finding]:
        """What a reader must know of one estimation."""
        yield from convergence_findings(removal.adjustment, scans.batches, notes)

    def applied(
        self,
        scans: UsableScans,
        batch: NDArray[np.int64],
        effects: BatchEffects,
        adjustment: Adjustment,
        of_regions: Mapping[str, Array],
    ) -> Array:
        """Scans harmonised with what an earlier run estimated; ``batch`` counts in its order."""
        return remove_batch_effects(scans.values, batch, scans.columns, effects, adjustment)

    def applied_findings(self) -> Iterator[Finding]:
        """What a reader must know of values harmonised with parameters."""
        return iter(())


@dataclass(frozen=True, eq=False)
class Estimated:
    """One estimation from one table.

    Attributes
    ----------
    removal
        Harmonised values of the usable scans, (scan, region), and what was taken out.
    alone
        The only batch of each region (by position) that has values in one batch: as delivered.
    findings
        Checks that fired.
    """

    removal: Removal
    alone: dict[int, str]
    findings: list[Finding]


def estimate(method: BatchMethod, scans: UsableScans, options: Options, notes: Notes) -> Estimated:
    """Estimate batch effects from the fitted scans and take them out of all.

    Raises
    ------
    UserError
        If a region has no residual variance, or a batch too few regions to shrink over.
    """
    kept, used, alone, cells = _usable_values(scans, notes)
    part = replace(scans, values=used)
    removal = method.ready(part, options, _guarded(method, part, options.prior))(used)
    removal.harmonised[:, list(alone)] = kept[:, list(alone)]
    findings = [
        *small_batch_findings(scans.fitted_batches, notes),
        *cells,
        *method.findings(removal, part, notes),
    ]
    return Estimated(removal, alone, findings)


def _usable_values(
    scans: UsableScans, notes: Notes
) -> tuple[Array, Array, dict[int, str], list[Finding]]:
    """Values but for cells, and but for regions, that show no batch effect; regions alone."""
    batches, fitted, regions = scans.fitted_batches, scans.fitted_rows, scans.regions
    same, cells = inestimable_cells(scans.values[fitted], batches, regions, notes)
    kept = np.where(same[scans.batches.codes], np.nan, scans.values) if cells else scans.values
    alone, lacking, incomparable = incomparable_regions(
        kept[fitted], batches, regions, scans.reference
    )
    lacking[list(alone)] = True
    used = np.where(lacking, np.nan, kept) if incomparable else kept
    lost, inestimable = inestimable_regions(used[fitted], scans.columns[fitted], batches, regions)
    used = np.where(lost, np.nan, used) if inestimable else used
    return kept, used, alone, [*cells, *incomparable, *inestimable]


def _guarded(method: BatchMethod, scans: UsableScans, prior: str) -> Shrink:
    """Shrinkage that refuses regions without residual variance, and too few regions."""
    shrink, values = method.shrink(prior), scans.values[scans.fitted_rows]

    def guarded(effects: BatchEffects) -> Adjustment:
        spread = np.fmax.reduce(values) - np.fmin.reduce(values)
        problems = list(saturation_problems(effects, spread, scans.batches, scans.regions))
        if shrink is not as_estimated:
            problems += few_region_problems(effects, scans.batches, method)
        if problems:
            raise UserError(problems)
        return shrink(effects)

    return guarded


def few_region_problems(
    effects: BatchEffects, batches: Batches, method: BatchMethod
) -> Iterator[Problem]:
    """Batches with too few regions to estimate a prior from."""
    for label, known in zip(batches.labels, (effects.n > 0).sum(axis=1), strict=True):
        if known < 2:
            message = (
                f'"{method.name}" learns from all regions how far a batch is off, but batch '
                f'"{label}" has {known} region{"" if known == 1 else "s"}'
            )
            yield Problem("method", message, method.few_regions_hint)
