"""Harmonisation methods: from the values of usable scans to harmonised values, guarded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from multipet.findings import Finding
from multipet.harmonisation.batch_effects import (
    Adjustment,
    Array,
    BatchEffects,
    as_estimated,
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.combat import shrink_shift_and_scale
from multipet.harmonisation.harmonisation_findings import (
    Notes,
    convergence_findings,
    small_batch_findings,
)
from multipet.harmonisation.harmonisation_guards import (
    saturation_problems,
    shrinkage_problems,
    without_incomparable_regions,
    without_inestimable_cells,
    without_inestimable_regions,
)
from multipet.harmonisation.location import shrink_shift
from multipet.problems import UserError

METHODS: dict[str, Callable[[BatchEffects], Adjustment]] = {
    "combat": shrink_shift_and_scale,
    "combat_no_eb": as_estimated,
    "location": shrink_shift,
}
SHRINKING = ("combat", "location")


@dataclass(frozen=True)
class Estimated:
    """Harmonised values of the usable scans, (scan, region), and what was taken out of them."""

    harmonised: Array
    effects: BatchEffects
    adjustment: Adjustment
    findings: list[Finding]


def estimate(
    values: Array,
    columns: Array,
    batches: Batches,
    regions: Sequence[str],
    method: str,
    reference: int | None,
    notes: Notes,
) -> Estimated:
    """Harmonise the usable scans.

    Parameters
    ----------
    values, columns, batches
        Of the usable scans: (scan, region), NaN = missing; (scan, preserved column); batch.
    method
        One of ``METHODS``.
    reference
        Position of the reference batch.

    Raises
    ------
    UserError
        If a region has no residual variance, or a batch too few regions to shrink over.
    """
    kept, cells = without_inestimable_cells(values, batches, regions, notes)
    used, alone, incomparable = without_incomparable_regions(kept, batches, regions, reference)
    used, inestimable = without_inestimable_regions(used, columns, batches, regions)
    effects = estimate_batch_effects(used, batches.codes, columns, reference, method == "combat")
    problems = list(saturation_problems(effects, _spread(used), batches, regions))
    if method in SHRINKING:
        problems += shrinkage_problems(effects, batches, method)
    if problems:
        raise UserError(problems)
    adjustment = leave_reference(METHODS[method](effects), reference)
    harmonised = remove_batch_effects(used, batches.codes, columns, effects, adjustment)
    findings = [*small_batch_findings(batches, notes), *cells, *incomparable, *inestimable]
    findings += convergence_findings(adjustment, batches, notes)
    return Estimated(np.where(alone, kept, harmonised), effects, adjustment, findings)


def _spread(values: Array) -> Array:
    known = np.where(np.isnan(values), 0.0, 1.0)
    n = np.maximum(known.sum(axis=0), 1.0)
    mean = np.nansum(values, axis=0) / n
    return np.sqrt(np.nansum((values - mean) ** 2, axis=0) / n)
