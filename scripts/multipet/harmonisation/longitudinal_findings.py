"""What a reader must know of values harmonised within subjects."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from multipet.findings import Finding
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.harmonisation_findings import of_region
from multipet.harmonisation.longitudinal import Longitudinal
from multipet.mixed_model.fit_findings import SINGULAR
from multipet.problems import listed


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
