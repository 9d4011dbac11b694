"""Values brought to one scale by given equations, one a tracer or scanner.

As the Centiloid scale does for amyloid tracers: Klunk et al. 2015
(doi:10.1016/j.jalz.2014.07.003).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipet.config.methods import Options
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import Batches, label_text, read_batches
from multipet.harmonisation.findings import Notes, moved_findings, of_region
from multipet.harmonisation.scan_values import (
    Harmonised,
    no_site_effects,
    region_values,
    with_values,
)

Equations = Mapping[str, Mapping[str, Any]]
_PARTS = ("slope", "intercept")


@dataclass(frozen=True)
class GivenMethod:
    """A method that changes values by what is given.

    Attributes
    ----------
    name
        Its key in ``config.methods``.
    harmonise
        From table, regions, batch, preserve and options.
    apply
        From table, regions, parameters and log.
    keys
        What its parameters hold beside method and log.
    """

    name: str
    harmonise: Callable[
        [pd.DataFrame, Sequence[str], str | Sequence[str], str | None, Options], Harmonised
    ]
    apply: Callable[[pd.DataFrame, Sequence[str], Mapping[str, Any], bool], Harmonised]
    keys: tuple[str, ...]


def scale_linearly(
    table: pd.DataFrame,
    regions: Sequence[str],
    batch: str | Sequence[str],
    equations: Equations,
    preserve: str | None = None,
    log: bool = False,
) -> Harmonised:
    """Replace every value y by intercept + slope·y, with the equation of its batch.

    Parameters
    ----------
    equations
        ``{batch: {"slope": s, "intercept": i}}``, or ``{batch: {region: {…}}}`` with an
        equation for every region. Slopes are above 0. Of values as delivered.
    log
        Whether the table holds logarithms: the equations are of what they are logarithms of.

    Raises
    ------
    UserError
        If a batch or region has no equation, or an equation no batch, or it is none.
    """
    values, batches = region_values(table, regions), read_batches(table, batch)
    texts = {label_text(label): equation for label, equation in equations.items()}
    slope, intercept = _coefficients(texts, batches, regions)
    natural = np.exp(values) if log else values
    scaled = intercept[batches.codes] + slope[batches.codes] * natural
    findings, notes = [], Notes(table, batches)
    if (preserve or "").strip() not in ("", "1"):
        message = f'equations change all values of a batch alike: "{preserve}" was not needed'
        findings.append(of_region("preserve_not_needed", message, value=str(preserve)))
    if log:
        findings += _lost(scaled, regions, notes)
        scaled = np.log(np.where(scaled > 0, scaled, np.nan))
    no_limit = np.full(len(regions), np.inf)
    findings += moved_findings(values, scaled, no_limit, regions, notes, log)
    parameters = {
        "method": "linear_scale",
        "log": log,
        "batch_columns": list(batches.columns),
        "equations": {label: _plain(texts[label]) for label in batches.labels},
    }
    table = with_values(table, regions, scaled)
    return Harmonised(table, parameters, findings, no_site_effects())


def scale_as_saved(
    table: pd.DataFrame, regions: Sequence[str], parameters: Mapping[str, Any], log: bool
) -> Harmonised:
    """Scale by the saved equations of the batches and regions that the table has.

    Parameters
    ----------
    parameters
        Of an earlier ``linear_scale``.
    """
    batches = read_batches(table, parameters["batch_columns"])
    equations = {
        label: {key: part for key, part in equation.items() if key in regions}
        if _by_region(equation)
        else equation
        for label, equation in parameters["equations"].items()
        if label in batches.labels
    }
    return scale_linearly(table, regions, batches.columns, equations, log=log)


def _coefficients(
    equations: Equations, batches: Batches, regions: Sequence[str]
) -> tuple[Array, Array]:
    """Slopes and intercepts, each (batch, region)."""
    problems = [
        Problem("equations", f'batch "{label}" of {batches.name} has no equation')
        for label in batches.labels
        if label not in equations
    ]
    for label in equations:
        if label not in batches.labels:
            hint = did_you_mean(label, batches.labels)
            problems.append(Problem("equations", f'no batch "{label}" in {batches.name}', hint))
    for label in equations:
        problems += _equation_problems(label, equations[label], regions)
    if problems:
        raise UserError(problems)
    found = np.array(
        [
            [[_of_region(equations[label], region)[part] for region in regions] for part in _PARTS]
            for label in batches.labels
        ],
        dtype=float,
    )
    return found[:, 0], found[:, 1]


def _equation_problems(label: str, equation: Any, regions: Sequence[str]) -> Iterator[Problem]:
    if not isinstance(equation, Mapping) or not _by_region(equation):
        yield from _one_problem(f"equations.{label}", equation)
        return
    for region in regions:
        if region in equation:
            yield from _one_problem(f"equations.{label}.{region}", equation[region])
        else:
            yield Problem(f"equations.{label}", f'region "{region}" has no equation')
    for region in equation:
        if region not in regions:
            hint = did_you_mean(region, regions)
            yield Problem(f"equations.{label}", f'no region "{region}"', hint)


def _one_problem(where: str, equation: Any) -> Iterator[Problem]:
    if not isinstance(equation, Mapping) or set(equation) != set(_PARTS):
        yield Problem(where, "wants slope and intercept, nothing else")
        return
    for part in _PARTS:
        value = equation[part]
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not number or not np.isfinite(value):
            yield Problem(where, f'{part} "{value}" is not a number')
        elif part == "slope" and value <= 0:
            yield Problem(where, f"slope {value:g} is not above 0")


def _by_region(equation: Mapping[str, Any]) -> bool:
    return bool(equation) and all(isinstance(part, Mapping) for part in equation.values())


def _of_region(equation: Mapping[str, Any], region: str) -> Mapping[str, float]:
    return equation[region] if _by_region(equation) else equation


def _plain(equation: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(key): _plain(part) if isinstance(part, Mapping) else float(part)
        for key, part in equation.items()
    }


def _lost(scaled: Array, regions: Sequence[str], notes: Notes) -> Iterator[Finding]:
    for region in np.flatnonzero((scaled <= 0).any(axis=0)).tolist():
        rows = np.flatnonzero(scaled[:, region] <= 0)
        message = (
            f'{rows.size} values of "{regions[region]}" are 0 or less by their equation and have '
            "no logarithm: missing"
        )
        fields = {"action": "missing", "region": regions[region], "value": str(rows.size)}
        yield notes.of_scans(rows, "not_positive_by_equation", message, **fields)


def _harmonised(
    table: pd.DataFrame,
    regions: Sequence[str],
    batch: str | Sequence[str],
    preserve: str | None,
    options: Options,
) -> Harmonised:
    return scale_linearly(table, regions, batch, options.equations or {}, preserve, options.log)


LINEAR_SCALE = GivenMethod(
    "linear_scale", _harmonised, scale_as_saved, ("batch_columns", "equations")
)
