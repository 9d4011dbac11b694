"""Harmonisation: values of several batches brought to one location and scale, guarded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from multipet.config.methods import METHODS, Options
from multipet.core.problems import Problem, UserError
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import (
    Batches,
    fit_on_record,
    read_batches,
    reference_code,
    subset_rows,
)
from multipet.harmonisation.covariate_recipe import Preserved, preserved_columns
from multipet.harmonisation.findings import (
    Notes,
    covariate_findings,
    incomplete_scan_findings,
    moved_findings,
    not_preserved_findings,
)
from multipet.harmonisation.guards import batch_problems, confounding_problems
from multipet.harmonisation.methods import IMPLEMENTED
from multipet.harmonisation.methods.linear_scale import GivenMethod
from multipet.harmonisation.methods.method import Estimated, estimate
from multipet.harmonisation.parameters import harmonisation_parameters, settings_record
from multipet.harmonisation.scan_values import (
    Harmonised,
    UsableScans,
    region_values,
    site_effects_table,
    subject_codes,
    usable_part,
    with_values,
)


def harmonise(
    table: pd.DataFrame,
    regions: Sequence[str],
    batch: str | Sequence[str],
    preserve: str | None,
    method: str,
    *,
    reference: str | None = None,
    fit_on: Mapping[str, str | Sequence[str]] | Sequence[bool] | pd.Series | None = None,
    prior: Literal["parametric", "nonparametric"] = "parametric",
    subject: str | None = None,
    variance: Literal["reml", "msr"] = "reml",
    spline: Sequence[str] | None = None,
    equations: Mapping[str, Mapping[str, Any]] | None = None,
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
        ``combat_spline``: combat with numbers as natural cubic splines of 3 columns.
        ``longitudinal_combat``: combat of repeated scans (``longitudinal``). ``covbat``:
        combat that also aligns the covariance of regions (``covbat``). ``linear_scale``:
        given equations (``linear_scale``).
    reference
        Batch that the others are brought to and that stays as it is; None: their mean.
    fit_on
        Scans from which everything is estimated, as ``{"group": "control"}`` (a level or
        levels) or true/false for each row; it is taken out of all scans. None: all.
    prior
        Prior of the empirical Bayes: ``nonparametric`` as the regions are spread.
    subject, variance
        Of ``longitudinal_combat``: column of people; estimator of the residual variance.
    spline
        Of ``combat_spline``: numbers of ``preserve`` that are splines; None: all with 10
        different values or more.
    equations
        Of ``linear_scale``: ``{batch: {"slope": s, "intercept": i}}``.
    tested
        Variables that contrasts test on the harmonised values: refused where nested in the
        batches, noted where not preserved.
    log
        Whether values are logarithms: their sign is then not watched.

    Raises
    ------
    UserError
        If the batches cannot be harmonised, covariates cannot be told from them, or an
        option means nothing to the method.

    Notes
    -----
    Tests on harmonised values that leave out the batch reject too often where batch and
    covariate are related: ``inference.naive_error`` says how often. In a table with missing
    cells ``combat`` divides the residual variance by n − 1 instead of n, as sva does.

    Examples
    --------
    Two scanners, the second of which measures 0.5 higher:

    >>> import pandas as pd
    >>> age = [20, 30, 40, 50, 60, 25, 35, 45, 55, 65]
    >>> scanner, noise = ["HRRT"] * 5 + ["GE"] * 5, [0.1, -0.1, 0, 0.1, -0.1]
    >>> caudate = [3 - 0.01 * a + e for a, e in zip(age, noise + [e + 0.5 for e in noise])]
    >>> table = pd.DataFrame({"scanner": scanner, "age": age, "caudate": caudate})
    >>> done = harmonise(table, ["caudate"], "scanner", "age", "combat_no_eb", tested=["age"])
    >>> done.site_effects[["batch", "shift"]].round(2).to_string(index=False).split()
    ['batch', 'shift', 'GE', '0.25', 'HRRT', '-0.25']
    """
    options = Options(
        reference=reference, fit_on=fit_on, prior=prior, subject=subject, variance=variance,
        spline=spline, equations=equations, tested=tested, log=log,
    )  # fmt: skip
    return harmonise_with(table, regions, batch, preserve, method, options)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A table read and checked: what is decided once, before anything is estimated.

    Attributes
    ----------
    values
        Of all scans, (scan, region).
    batches
        Of all scans.
    preserved
        Covariates, and which scans have them: those of ``scans``.
    scans
        The scans that can be harmonised.
    notes
        Makes the findings of the table.
    """

    values: Array
    batches: Batches
    preserved: Preserved
    scans: UsableScans
    notes: Notes


def prepare(
    table: pd.DataFrame,
    regions: Sequence[str],
    batch: str | Sequence[str],
    preserve: str | None,
    method: str,
    options: Options,
) -> Prepared:
    """Read what ``method`` estimates batch effects from; arguments as of ``harmonise``."""
    batches, values = read_batches(table, batch), region_values(table, regions)
    fitted = None if options.fit_on is None else subset_rows(table, options.fit_on)
    splines = options.spline if "spline" in METHODS[method].options else ()
    preserved = preserved_columns(table, preserve, "preserve", fitted, splines)
    usable, inside = preserved.usable, np.ones(len(table), bool) if fitted is None else fitted
    _refuse(batch_problems(batches, usable & inside, fitted is not None))
    scans = UsableScans(
        values[usable],
        preserved.columns,
        preserved.names,
        usable_part(batches, usable),
        inside[usable],
        regions,
        reference_code(options.reference, batches),
        subject_codes(table, options.subject, usable),
    )
    _refuse(_confounding(table, scans, batches, options.tested))
    return Prepared(values, batches, preserved, scans, Notes(table, batches))


def _refuse(problems: Iterator[Problem]) -> None:
    if known := list(problems):
        raise UserError(known)


def _confounding(
    table: pd.DataFrame, scans: UsableScans, batches: Batches, tested: Sequence[str]
) -> Iterator[Problem]:
    columns = scans.columns[scans.fitted]
    yield from confounding_problems(columns, scans.names, scans.fitted_batches, "preserve")
    for name in tested:
        alone = preserved_columns(table, f"`{name}`", "tested")
        part = usable_part(batches, alone.usable)
        yield from confounding_problems(alone.columns, alone.names, part, "tested")


def harmonise_with(
    table: pd.DataFrame,
    regions: Sequence[str],
    batch: str | Sequence[str],
    preserve: str | None,
    name: str,
    options: Options,
) -> Harmonised:
    """Harmonise with options made before; arguments and errors as of ``harmonise``."""
    _refuse(options.problems(name))
    if table.empty:
        raise UserError(Problem("table", "has no scan"))
    method = IMPLEMENTED[name]
    if isinstance(method, GivenMethod):
        return method.harmonise(table, regions, batch, preserve, options)
    prepared = prepare(table, regions, batch, preserve, name, options)
    estimated = estimate(method, prepared.scans, options, prepared.notes)
    return _result(table, name, options, prepared, estimated)


def _estimated_with(options: Options) -> list[str]:
    """Tested variables that vary in the scans estimated from: batch effects can hold them."""
    subset = fit_on_record(options.fit_on)
    alone = [n for n, own in subset.items() if len(own) == 1] if isinstance(subset, dict) else []
    return [name for name in options.tested if name not in alone]


def _result(
    table: pd.DataFrame, method: str, options: Options, prepared: Prepared, estimated: Estimated
) -> Harmonised:
    scans, preserved, notes = prepared.scans, prepared.preserved, prepared.notes
    regions, removal = scans.regions, estimated.removal
    harmonised = np.full_like(prepared.values, np.nan)
    harmonised[preserved.usable] = removal.harmonised
    settings = settings_record(method, options, scans.reference_label)
    at, sd = (scans.fitted_batches, regions), removal.effects.pooled_sd
    findings = [
        *incomplete_scan_findings(preserved.usable, preserved.text, notes),
        *covariate_findings(preserved.recipe, table, preserved.usable, notes),
        *not_preserved_findings(_estimated_with(options), preserved.text),
        *estimated.findings,
        *moved_findings(prepared.values, harmonised, sd, regions, notes, options.log),
    ]
    return Harmonised(
        with_values(table, regions, harmonised),
        harmonisation_parameters(settings, preserved.recipe, *at, estimated),
        findings,
        site_effects_table(*at, removal.effects, removal.adjustment),
    )
