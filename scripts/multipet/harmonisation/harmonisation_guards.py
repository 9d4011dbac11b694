"""What must hold before values are harmonised: errors, and cells that cannot take part."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from multipet.findings import Finding
from multipet.harmonisation.batch_effects import Array, BatchEffects, missing_patterns
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.confounding import determined_columns
from multipet.harmonisation.harmonisation_findings import Notes, of_region
from multipet.problems import Problem


def batch_problems(batches: Batches, usable: NDArray[np.bool_]) -> Iterator[Problem]:
    """Batches that cannot be harmonised at all.

    Parameters
    ----------
    usable
        Which scans have every preserved covariate.
    """
    if len(batches.labels) < 2:
        message = f'{batches.name} has one batch, "{batches.labels[0]}": nothing to harmonise'
        yield Problem("batch", message, "take out the harmonisation, or choose another column")
        return
    counts = np.bincount(batches.codes[usable], minlength=len(batches.labels))
    totals = np.bincount(batches.codes)
    for label, n, total in zip(batches.labels, counts, totals, strict=True):
        if n < 2:
            of = f" with every preserved covariate, of {total}" if n < total else ""
            message = f'batch "{label}" of {batches.name} has {n} scan{"" if n == 1 else "s"}{of}'
            hint = "a batch effect needs at least 2 scans: leave the batch out, or join batches"
            yield Problem("batch", message, hint)


def without_inestimable_cells(
    values: Array, batches: Batches, regions: Sequence[str], notes: Notes
) -> tuple[Array, list[Finding]]:
    """Make missing the regions of a batch that show no batch effect, with a finding for each.

    Parameters
    ----------
    values, batches
        Of the usable scans.
    """
    values, findings = values.copy(), []
    for code, label in enumerate(batches.labels):
        rows = batches.codes == code
        block = values[rows]
        n = (~np.isnan(block)).sum(axis=0)
        low = np.where(np.isnan(block), np.inf, block).min(axis=0)
        same = (low == np.where(np.isnan(block), -np.inf, block).max(axis=0)) | (n < 2)
        for region in np.flatnonzero(same):
            name = regions[region]
            check, words = _no_effect(int(n[region]), float(low[region]))
            message = f'region "{name}" {words} in batch "{label}": missing there, others go on'
            fields = {"action": "missing", "region": name, "value": str(n[region])}
            findings.append(notes.of_batch(code, check, message, **fields))
        values[np.ix_(rows, same)] = np.nan
    return values, findings


def without_inestimable_regions(
    values: Array, columns: Array, batches: Batches, regions: Sequence[str]
) -> tuple[Array, list[Finding]]:
    """Make missing the regions whose values do not tell batches and covariates apart.

    Parameters
    ----------
    values, columns, batches
        Of the usable scans.
    """
    values, findings = values.copy(), []
    for rows, members in missing_patterns(values):
        codes = batches.codes[rows]
        n, used = len(codes), len(np.unique(codes)) + columns.shape[1]
        if n > used and not determined_columns(columns[rows], codes):
            continue
        for region in members:
            message = (
                f'the {n} values of region "{regions[region]}" do not tell batches and preserved '
                "covariates apart: the region is missing"
            )
            fields = {"action": "missing", "region": regions[region], "value": str(n)}
            findings.append(of_region("region_not_estimable", message, **fields))
        values[:, members] = np.nan
    return values, findings


def without_incomparable_regions(
    values: Array, batches: Batches, regions: Sequence[str], reference: int | None
) -> tuple[Array, NDArray[np.bool_], list[Finding]]:
    """Make missing the regions without another batch, or the reference batch, to be brought to.

    Returns
    -------
    values
        (usable scan, region).
    alone
        Regions with values in one batch, which the caller leaves as delivered.
    findings
        One a region.
    """
    member = np.eye(len(batches.labels))[batches.codes]
    measured = (member.T @ ~np.isnan(values)) > 0
    alone = measured.sum(axis=0) == 1
    findings = []
    for region in np.flatnonzero(alone):
        label = batches.labels[int(np.argmax(measured[:, region]))]
        message = f'region "{regions[region]}" has values in batch "{label}" alone: as delivered'
        findings.append(of_region("region_in_one_batch", message, region=regions[region]))
    lacking = np.zeros(len(regions), bool)
    if reference is not None:
        lacking = ~measured[reference] & measured.any(axis=0) & ~alone
    for region in np.flatnonzero(lacking):
        message = f'the reference batch has no usable value of region "{regions[region]}": missing'
        fields = {"action": "missing", "region": regions[region]}
        findings.append(of_region("region_missing_in_reference", message, **fields))
    return np.where(alone | lacking, np.nan, values), alone, findings


def shrinkage_problems(effects: BatchEffects, batches: Batches, method: str) -> Iterator[Problem]:
    """Batches with too few regions to estimate a prior from."""
    for label, known in zip(batches.labels, (effects.n > 0).sum(axis=1), strict=True):
        if known < 2:
            message = (
                f'"{method}" learns from all regions how far a batch is off, but batch "{label}" '
                f"has {known} region{'' if known == 1 else 's'}"
            )
            yield Problem("method", message, "use combat_no_eb")


def saturation_problems(
    effects: BatchEffects, spread: Array, batches: Batches, regions: Sequence[str]
) -> Iterator[Problem]:
    """Regions without residual variance, over all batches or in one.

    Parameters
    ----------
    spread
        SD of each region's values, (region,).
    """
    hint = "leave covariates out of preserve, or leave out the region"
    for region, name in enumerate(regions):
        start = f'the preserved covariates leave no variance in region "{name}"'
        if effects.pooled_sd[region] <= 1e-10 * spread[region]:
            yield Problem("preserve", start, hint)
            continue
        for code in np.flatnonzero(effects.variance[:, region] <= 1e-16):
            yield Problem("preserve", f'{start} of batch "{batches.labels[code]}"', hint)


def usable_part(batches: Batches, usable: NDArray[np.bool_]) -> Batches:
    """Batches of the usable scans; every label keeps its position."""
    return replace(batches, codes=batches.codes[usable])


def _no_effect(n: int, value: float) -> tuple[str, str]:
    if n == 0:
        return "region_missing_in_batch", "has no value"
    if n == 1:
        return "one_value_in_batch", "has a single value"
    return "constant_region_in_batch", f"is {value:g} in all {n} scans"
