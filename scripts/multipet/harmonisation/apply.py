"""New scans harmonised with saved parameters."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.config.methods import NEW_BATCHES
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import Batches, read_batches, subset_rows
from multipet.harmonisation.findings import (
    Notes,
    covariate_findings,
    incomplete_scan_findings,
    lost_findings,
    moved_findings,
)
from multipet.harmonisation.methods import IMPLEMENTED
from multipet.harmonisation.methods.linear_scale import GivenMethod
from multipet.harmonisation.new_batches import rows_from, with_new_batches
from multipet.harmonisation.parameters import (
    SavedHarmonisation,
    batch_parameters,
    check_parameters,
    check_regions,
    read_parameters,
)
from multipet.harmonisation.scan_values import (
    Harmonised,
    UsableScans,
    region_values,
    site_effects_table,
    subject_codes,
    usable_part,
    with_values,
)
from multipet.mixed_model.variables import require_columns


def apply_parameters(
    table: pd.DataFrame,
    regions: Sequence[str],
    parameters: Mapping[str, Any],
    *,
    new_batches: Literal["error", "estimate"] = "error",
    log: bool = False,
) -> Harmonised:
    """Harmonise scans with what an earlier harmonisation found.

    The scans of that run come out as they did there, whichever of them are given. Of
    ``longitudinal_combat`` that holds for subjects with all their scans: a subject's level is
    predicted from those given.

    Parameters
    ----------
    table
        One row a scan, one row will do; with the batch columns and covariates of that run.
    regions
        Value columns, all in the parameters.
    parameters
        ``Harmonised.parameters``, as read from JSON.
    new_batches
        What to do with a batch that the parameters do not know. ``estimate``: its shift and
        scale against the saved mean, covariate effects and residual SD, shrunk with a prior
        of its own, where it has at least 20 scans.
    log
        Whether values are logarithms, as they must be in both or none.

    Returns
    -------
    Harmonised
        ``parameters`` are those given, for ``regions``, with new batches added.

    Raises
    ------
    UserError
        If the parameters do not fit the table, or a covariate has a level or a batch a label
        that they do not know; for ``covbat``, whose parameters hold no components.

    Examples
    --------
    A scan of a scanner that an earlier run knows:

    >>> import pandas as pd
    >>> from multipet.harmonisation import harmonise
    >>> scanner, values = ["GE"] * 4 + ["HRRT"] * 4, [3.4, 3.6, 3.5, 3.5, 2.9, 3.1, 3.0, 3.0]
    >>> table = pd.DataFrame({"scanner": scanner, "caudate": values})
    >>> parameters = harmonise(table, ["caudate"], "scanner", None, "combat_no_eb").parameters
    >>> new = pd.DataFrame({"scanner": ["HRRT"], "caudate": [3.0]})
    >>> apply_parameters(new, ["caudate"], parameters).table["caudate"].round(2).tolist()
    [3.25]
    """
    check_parameters(parameters, log)
    method = IMPLEMENTED[parameters["method"]]
    if new_batches not in NEW_BATCHES:
        hint = did_you_mean(new_batches, NEW_BATCHES)
        raise UserError(Problem("new_batches", f'no choice "{new_batches}"', hint))
    if table.empty:
        raise UserError(Problem("table", "has no scan"))
    if isinstance(method, GivenMethod):
        return method.apply(table, regions, parameters, log)
    if method.not_applicable:
        message = f"{method.name} cannot be applied to other scans: {method.not_applicable}"
        raise UserError(Problem("parameters", message, "harmonise all scans together anew"))
    check_regions(regions, parameters["regions"])
    return _applied(table, regions, parameters, new_batches)


def _applied(
    table: pd.DataFrame, regions: Sequence[str], parameters: Mapping[str, Any], new_batches: str
) -> Harmonised:
    saved = read_parameters(parameters, regions)
    batches = read_batches(table, parameters["batch_columns"])
    values, notes = region_values(table, regions), Notes(table, batches)
    require_columns(saved.recipe.covariates, table, "parameters")
    usable = saved.recipe.usable(table)
    scans = _usable_scans(table, values, batches, usable, regions, saved, parameters)
    complete, added = with_new_batches(saved, scans, new_batches, notes)
    harmonised = np.full_like(values, np.nan)
    harmonised[usable] = _removed(complete, scans)
    sd = saved.effects.pooled_sd
    findings = [
        *incomplete_scan_findings(usable, saved.recipe.text, notes),
        *covariate_findings(saved.recipe, table, usable, notes),
        *added,
        *lost_findings(harmonised[usable], scans, notes),
        *saved.method.applied_findings(),
        *moved_findings(values, harmonised, sd, regions, notes, parameters["log"]),
    ]
    every = Batches(batches.columns, complete.labels, np.empty(0, np.int64))
    return Harmonised(
        with_values(table, regions, harmonised),
        _record(parameters, scans, saved, complete),
        findings,
        site_effects_table(every, regions, complete.effects, complete.adjustment),
    )


def _usable_scans(
    table: pd.DataFrame,
    values: Array,
    batches: Batches,
    usable: NDArray[np.bool_],
    regions: Sequence[str],
    saved: SavedHarmonisation,
    parameters: Mapping[str, Any],
) -> UsableScans:
    """Scans with every covariate; new batches are estimated from the kind that the saved were."""
    known = set(batches.labels) <= set(saved.labels)
    inside = _subset(table[usable], None if known else parameters["fit_on"])
    return UsableScans(
        values[usable],
        saved.recipe.columns(table[usable], "parameters"),
        saved.recipe.names,
        usable_part(batches, usable),
        inside,
        regions,
        subjects=subject_codes(table, parameters["subject"], usable),
    )


def _subset(table: pd.DataFrame, fit_on: Any) -> NDArray[np.bool_]:
    if fit_on == "rows":
        message = "the parameters are from scans chosen one by one: a new batch has no such choice"
        raise UserError(Problem("new_batches", message, "harmonise all scans together anew"))
    return subset_rows(table, fit_on)


def _removed(saved: SavedHarmonisation, scans: UsableScans) -> Array:
    position = np.array([saved.labels.index(label) for label in scans.batches.labels])
    batch = position[scans.batches.codes]
    estimated = (saved.effects, saved.adjustment, saved.of_regions)
    harmonised = saved.method.applied(scans, batch, *estimated)
    for region, label in saved.alone.items():
        own = batch == saved.labels.index(label)
        harmonised[own, region] = scans.values[own, region]
    return harmonised


def _record(
    parameters: Mapping[str, Any],
    scans: UsableScans,
    saved: SavedHarmonisation,
    complete: SavedHarmonisation,
) -> dict[str, Any]:
    """Parameters for the regions given, with new batches."""
    known, regions = len(saved.labels), scans.regions
    labels = complete.labels[known:]
    position = {label: k for k, label in enumerate(labels)}
    codes = [position.get(scans.batches.labels[c], -1) for c in scans.fitted_batches.codes]
    own = np.array(codes, dtype=np.int64)
    effects, adjustment = rows_from(known, complete.effects, complete.adjustment)
    batches = Batches((), labels, own[own >= 0])
    return {
        **parameters,
        "regions": {region: parameters["regions"][region] for region in regions},
        "batches": {
            label: entry | {"regions": {r: entry["regions"][r] for r in regions}}
            for label, entry in parameters["batches"].items()
        }
        | batch_parameters(batches, regions, effects, adjustment),
    }
