"""Harmonisation: values of several batches brought to one location and scale, guarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipet.findings import Finding
from multipet.harmonisation.batches import Batches, label_text, read_batches
from multipet.harmonisation.confounding import confounding_problems
from multipet.harmonisation.harmonisation_findings import (
    Notes,
    incomplete_scan_findings,
    moved_findings,
    not_preserved_findings,
)
from multipet.harmonisation.harmonisation_guards import batch_problems, usable_part
from multipet.harmonisation.harmonisation_methods import METHODS, estimate
from multipet.harmonisation.preserved import Preserved, preserved_columns
from multipet.harmonisation.region_columns import region_values
from multipet.harmonisation.site_effects import harmonisation_parameters, site_effects_table
from multipet.problems import Problem, UserError, did_you_mean


@dataclass(frozen=True)
class Harmonised:
    """Harmonised values and how they came about.

    Attributes
    ----------
    table
        The rows of the table given, its regions replaced.
    parameters
        Settings and everything estimated; JSON-able.
    findings
        Checks that fired, stage ``harmonise``. Scans are named as the table names them; where
        it has no ``participant_id``, by row (1 = header).
    site_effects
        One row a batch and region, columns ``site_effects.SITE_EFFECTS``.
    """

    table: pd.DataFrame
    parameters: dict[str, Any]
    findings: list[Finding]
    site_effects: pd.DataFrame


def harmonise(
    table: pd.DataFrame,
    regions: Sequence[str],
    batch: str | Sequence[str],
    preserve: str | None,
    method: str,
    *,
    reference: str | None = None,
    tested: Sequence[str] = (),
    log: bool = False,
) -> Harmonised:
    """Bring the batches of a table to one location and scale.

    Parameters
    ----------
    table
        One row a scan. Values may be missing, which costs their own cell only.
    regions
        Its value columns, on the scale on which batches differ by a shift and a factor.
    batch
        Column, or columns whose combinations are the batches. Labels are text: 1 is "1".
    preserve
        Covariates whose effects stay, as a formula: ``"age + sex + group"``; None: nothing.
    method
        ``combat``: shift and scale, shrunk by empirical Bayes. ``combat_no_eb``: as
        estimated. ``location``: shift alone, shrunk with each batch's number of scans.
    reference
        Batch that the others are brought to and that stays as it is; None: their mean.
    tested
        Variables that contrasts test on the harmonised values: refused where nested in the
        batches, noted where not preserved.
    log
        Whether values are logarithms: their sign is then not watched.

    Raises
    ------
    UserError
        If the batches cannot be harmonised, or covariates cannot be told from them.

    Notes
    -----
    Tests on harmonised values that leave out the batch reject too often where batch and
    covariate are related: ``analysis.naive_error`` says how often. In a table with missing
    cells ``combat`` divides the residual variance by n − 1 instead of n, as sva does.
    """
    batches, preserved = _inputs(table, batch, preserve, method, tested)
    values, code = region_values(table, regions), _reference_code(reference, batches)
    part, notes = usable_part(batches, preserved.usable), Notes(table, batches)
    estimated = estimate(
        values[preserved.usable], preserved.columns, part, regions, method, code, notes
    )
    harmonised = np.full_like(values, np.nan)
    harmonised[preserved.usable] = estimated.harmonised
    result = table.copy()
    result[list(regions)] = harmonised
    settings = {"method": method, "preserve": preserved.text, "log": log}
    settings["reference"] = None if code is None else batches.labels[code]
    effects = (estimated.effects, estimated.adjustment)
    findings = [
        *incomplete_scan_findings(preserved.usable, preserved.text, notes),
        *not_preserved_findings(tested, preserved.text),
        *estimated.findings,
        *moved_findings(values, harmonised, estimated.effects.pooled_sd, regions, notes, log),
    ]
    return Harmonised(
        result,
        settings | harmonisation_parameters(part, regions, preserved.names, *effects),
        findings,
        site_effects_table(part, regions, *effects),
    )


def _inputs(
    table: pd.DataFrame,
    batch: str | Sequence[str],
    preserve: str | None,
    method: str,
    tested: Sequence[str],
) -> tuple[Batches, Preserved]:
    if method not in METHODS:
        raise UserError(Problem("method", f'no method "{method}"', did_you_mean(method, METHODS)))
    if table.empty:
        raise UserError(Problem("table", "has no scan"))
    batches = read_batches(table, batch)
    preserved = preserved_columns(table, preserve)
    problems = list(batch_problems(batches, preserved.usable))
    if not problems:
        asked = [(preserved, "preserve")]
        asked += [(preserved_columns(table, f"`{v}`", "tested"), "tested") for v in tested]
        for each, where in asked:
            part = usable_part(batches, each.usable)
            problems += confounding_problems(each.columns, each.names, part, where)
    if problems:
        raise UserError(problems)
    return batches, preserved


def _reference_code(reference: str | None, batches: Batches) -> int | None:
    if reference is None:
        return None
    text = label_text(reference)
    if text not in batches.labels:
        hint = did_you_mean(text, batches.labels)
        raise UserError(Problem("reference", f'no batch "{text}" in {batches.name}', hint))
    return batches.labels.index(text)
