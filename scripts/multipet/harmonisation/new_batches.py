"""Batches that a saved harmonisation does not know: estimated against what it found."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects, as_estimated
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.findings import Notes, convergence_findings
from multipet.harmonisation.guards import inestimable_cells
from multipet.harmonisation.methods.method import few_region_problems
from multipet.harmonisation.parameters import SavedHarmonisation
from multipet.harmonisation.scan_values import UsableScans, usable_part

#: With fewer scans a new batch is refused: no other batch is checked against it any more, and
#: the standard errors of its shift, 1/√n residual SD, and scale, 1/√(2n − 2), pass 22 % and 16 %.
LEAST_SCANS = 20


def with_new_batches(
    saved: SavedHarmonisation, scans: UsableScans, new_batches: str, notes: Notes
) -> tuple[SavedHarmonisation, list[Finding]]:
    """Add the batches that are not among the saved ones, each for itself.

    The residuals about the saved mean give shift and scale, in saved residual SD; they are
    shrunk as the saved batches' were, with a prior from the new batch's own regions.

    Parameters
    ----------
    scans
        Of any batches; ``fitted`` are those that new batches are estimated from.
    new_batches
        ``error`` or ``estimate``.

    Raises
    ------
    UserError
        If nobody asked to estimate them, or one has too few scans or regions.
    """
    problems = list(_problems(saved, scans, new_batches))
    if problems:
        raise UserError(problems)
    findings = []
    for code, label in enumerate(scans.batches.labels):
        if label not in saved.labels:
            rows = scans.fitted & (scans.batches.codes == code)
            part = usable_part(scans.batches, rows)
            same, cells = inestimable_cells(scans.values[rows], part, scans.regions, notes)
            values = np.where(same[code], np.nan, scans.values[rows])
            effects = _effects(saved.effects, values, scans.columns[rows])
            saved, adjustment = _joined(saved, label, effects)
            message = (
                f'batch "{label}" is not among those of the parameters: its shift and scale are '
                f"estimated from {rows.sum()} scans against the saved mean and covariate effects"
            )
            fields = {"value": str(rows.sum())}
            findings.append(notes.of_batch(code, "new_batch_estimated", message, **fields))
            findings += [
                *cells,
                *convergence_findings(adjustment, Batches((), (label,), part.codes), notes),
            ]
    return saved, findings


def rows_from(
    first: int, effects: BatchEffects, adjustment: Adjustment
) -> tuple[BatchEffects, Adjustment]:
    """Effects and adjustment of the batches from position ``first`` on."""
    own = {name: getattr(effects, name)[first:] for name in ("n", "shift", "variance")}
    shift, variance = adjustment.shift[first:], adjustment.variance[first:]
    priors = {name: values[first:] for name, values in adjustment.prior.items()}
    return replace(effects, **own), Adjustment(
        shift, variance, priors, adjustment.converged[first:]
    )


def _problems(saved: SavedHarmonisation, scans: UsableScans, new_batches: str) -> Iterator[Problem]:
    labels, codes = scans.batches.labels, scans.fitted_batches.codes
    for label, n in zip(labels, np.bincount(codes, minlength=len(labels)), strict=True):
        if label in saved.labels:
            continue
        message = f'the parameters have no batch "{label}" of {scans.batches.name}'
        hint = "harmonise all scans together anew"
        if new_batches == "error":
            yield Problem("batch", message, did_you_mean(label, saved.labels))
        elif not saved.method.adds_batches:
            message += f": {saved.method.name} cannot add one"
            yield Problem("new_batches", message, hint)
        elif n < LEAST_SCANS:
            message += f", and its {n} usable scans are fewer than {LEAST_SCANS}"
            yield Problem("new_batches", message, hint)


def _effects(known: BatchEffects, values: Array, columns: Array) -> BatchEffects:
    """Effects of one batch in the units of ``known``, (1, region)."""
    residuals = (values - known.grand_mean - columns @ known.coefficients) / known.pooled_sd
    n = (~np.isnan(residuals)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.where(n > 1, np.nansum(residuals, axis=0) / n, np.nan)
        variance = np.where(n > 1, np.nansum((residuals - shift) ** 2, axis=0) / (n - 1), np.nan)
    return replace(known, n=n[None], shift=shift[None], variance=variance[None])


def _joined(
    saved: SavedHarmonisation, label: str, own: BatchEffects
) -> tuple[SavedHarmonisation, Adjustment]:
    """``saved`` with the batch as its last, and what is taken out of it."""
    shrink = saved.method.shrink(saved.prior)
    if shrink is not as_estimated:
        batch = Batches((), (label,), np.array([0]))
        problems = list(few_region_problems(own, batch, saved.method))
        if problems:
            raise UserError(problems)
    known, at, less = saved.effects, saved.adjustment, shrink(own)
    effects = {
        name: np.vstack([getattr(known, name), getattr(own, name)])
        for name in ("n", "shift", "variance")
    }
    adjustment = Adjustment(
        np.vstack([at.shift, less.shift]),
        np.vstack([at.variance, less.variance]),
        {name: np.append(values, less.prior[name]) for name, values in at.prior.items()},
        np.append(at.converged, less.converged),
    )
    joined = replace(
        saved,
        labels=(*saved.labels, label),
        effects=replace(known, **effects),
        adjustment=adjustment,
    )
    return joined, less
