"""What must hold before values are harmonised: errors, and cells that cannot take part."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from multipet.config.checks import harmonisations
from multipet.core.findings import Finding
from multipet.core.problems import Problem, listed
from multipet.harmonisation.batch_design import RANK_TOLERANCE, Array, missing_patterns
from multipet.harmonisation.batch_effects import BatchEffects
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.findings import Notes, of_region


def batch_problems(
    batches: Batches, estimated_from: NDArray[np.bool_], subset: bool = False
) -> Iterator[Problem]:
    """Batches that cannot be harmonised at all.

    Parameters
    ----------
    estimated_from
        Which scans batch effects are estimated from: those that have every preserved covariate.
    subset
        Whether these are of a subset that the user chose.
    """
    counts = np.bincount(batches.codes[estimated_from], minlength=len(batches.labels))
    totals = np.bincount(batches.codes)
    pairs = zip(counts.tolist(), totals.tolist(), strict=True)
    of_batches = dict(zip(batches.labels, pairs, strict=True))
    yield from harmonisations.batch_problems(batches.name, of_batches, subset)


def inestimable_cells(
    values: Array, batches: Batches, regions: Sequence[str], notes: Notes
) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Regions of a batch that show no batch effect, with a finding for each.

    Parameters
    ----------
    values, batches
        Of the scans to estimate from.

    Returns
    -------
    ndarray
        (batch, region).
    list
        One finding a cell.
    """
    same, findings = np.zeros((len(batches.labels), len(regions)), bool), []
    for code in np.unique(batches.codes):
        block, label = values[batches.codes == code], batches.labels[code]
        n = (~np.isnan(block)).sum(axis=0)
        low, high = np.fmin.reduce(block), np.fmax.reduce(block)  # NaN only where all are
        same[code] = (low == high) | (n < 2)
        for region in np.flatnonzero(same[code]).tolist():
            name = regions[region]
            check, words = _no_effect(int(n[region]), float(low[region]))
            message = f'region "{name}" {words} in batch "{label}": missing there, others go on'
            fields = {"action": "missing", "region": name, "value": str(n[region])}
            findings.append(notes.of_batch(int(code), check, message, **fields))
    return same, findings


def inestimable_regions(
    values: Array, columns: Array, batches: Batches, regions: Sequence[str]
) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Regions whose values do not tell batches and covariates apart, (region,).

    Parameters
    ----------
    values, columns, batches
        Of the scans to estimate from.
    """
    lost, findings = np.zeros(len(regions), bool), []
    for rows, members in missing_patterns(~np.isnan(values)):
        codes = batches.codes[rows]
        n, used = len(codes), len(np.unique(codes)) + columns.shape[1]
        if n > used and not determined_columns(columns[rows], codes):
            continue
        lost[members] = True
        for region in members:
            message = (
                f'the {n} values of region "{regions[region]}" do not tell batches and preserved '
                "covariates apart: the region is missing"
            )
            fields = {"action": "missing", "region": regions[region], "value": str(n)}
            findings.append(of_region("region_not_estimable", message, **fields))
    return lost, findings


def incomparable_regions(
    values: Array, batches: Batches, regions: Sequence[str], reference: int | None
) -> tuple[dict[int, str], NDArray[np.bool_], list[Finding]]:
    """Regions without another batch, or the reference batch, to be brought to.

    Returns
    -------
    alone
        The only batch of each region (by position) that has values in one batch, which the
        caller leaves as delivered.
    lacking
        Regions without a value in the reference batch, which become missing, (region,).
    findings
        One a region.
    """
    present, codes = ~np.isnan(values), range(len(batches.labels))
    measured = np.array([present[batches.codes == code].any(axis=0) for code in codes])
    single = measured.sum(axis=0) == 1
    alone = {
        int(region): batches.labels[int(np.argmax(measured[:, region]))]
        for region in np.flatnonzero(single)
    }
    findings = []
    for region, label in alone.items():
        message = f'region "{regions[region]}" has values in batch "{label}" alone: as delivered'
        findings.append(of_region("region_in_one_batch", message, region=regions[region]))
    lacking = np.zeros(len(regions), bool)
    if reference is not None:
        lacking = ~measured[reference] & measured.any(axis=0) & ~single
    for region in np.flatnonzero(lacking).tolist():
        message = f'the reference batch has no usable value of region "{regions[region]}": missing'
        fields = {"action": "missing", "region": regions[region]}
        findings.append(of_region("region_missing_in_reference", message, **fields))
    return alone, lacking, findings


def saturation_problems(
    effects: BatchEffects, spread: Array, batches: Batches, regions: Sequence[str]
) -> Iterator[Problem]:
    """Regions without residual variance, over all batches or in one.

    Parameters
    ----------
    spread
        Range of each region's values, (region,).
    """
    hint = "leave covariates out of preserve, or leave out the region"
    for region, name in enumerate(regions):
        start = f'the preserved covariates leave no variance in region "{name}"'
        if effects.pooled_sd[region] <= 1e-10 * spread[region]:
            yield Problem("preserve", start, hint)
            continue
        for code in np.flatnonzero(effects.variance[:, region] <= 1e-16):
            yield Problem("preserve", f'{start} of batch "{batches.labels[code]}"', hint)


def _no_effect(n: int, value: float) -> tuple[str, str]:
    if n == 0:
        return "region_missing_in_batch", "has no value"
    if n == 1:
        return "one_value_in_batch", "has a single value"
    return "constant_region_in_batch", f"is {value:g} in all {n} scans"


def confounding_problems(
    columns: Array, names: Sequence[str], batches: Batches, where: str
) -> Iterator[Problem]:
    """Columns that the batches, or the batches and earlier columns, determine.

    Parameters
    ----------
    columns
        (scan, column), complete.
    batches
        Of the same scans.
    where
        The setting that names these columns.
    """
    for k, others in determined_columns(columns, batches.codes):
        if others:
            earlier = listed(f'"{names[j]}"' for j in others)
            message = f'"{names[k]}" is determined by {batches.name} and {earlier}'
            yield Problem(where, message, "leave out one of them")
            continue
        yield harmonisations.nested_problem(names[k], batches.name, where)


def determined_columns(
    columns: Array, codes: NDArray[np.int64]
) -> list[tuple[int, tuple[int, ...]]]:
    """Columns in the span of the batches and the columns before them.

    Returns
    -------
    list
        Position of the column, and those of the earlier columns that take part: none where
        the batches alone determine it.
    """
    length = np.linalg.norm(columns, axis=0)
    within = centred_within(columns / np.where(length > 0, length, 1.0), codes)
    basis = np.empty((len(columns), 0))
    free: list[int] = []
    found: list[tuple[int, tuple[int, ...]]] = []
    for k in range(columns.shape[1]):
        column = within[:, k]
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        remainder = np.linalg.norm(rest)
        if remainder > RANK_TOLERANCE:
            basis = np.column_stack([basis, rest / remainder])
            free.append(k)
        elif np.linalg.norm(column) <= RANK_TOLERANCE:
            found.append((k, ()))
        else:
            weights = abs(np.linalg.lstsq(within[:, free], column)[0])
            part = weights > 1e-6 * weights.max()
            found.append((k, tuple(j for j, used in zip(free, part, strict=True) if used)))
    return found


def centred_within(columns: Array, codes: NDArray[np.int64]) -> Array:
    """Columns less their mean in each batch, (scan, column)."""
    scans = np.maximum(np.bincount(codes), 1)
    sums = np.zeros((len(scans), columns.shape[1]))
    np.add.at(sums, codes, columns)
    return columns - (sums / scans[:, None])[codes]
