"""A harmonisation made ready once, and then repeated for any number of draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.config.methods import METHODS
from multipet.harmonisation.batch_design import batch_design
from multipet.harmonisation.batch_effects import (
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.batches import label_text, read_batches
from multipet.harmonisation.harmonise import harmonise
from multipet.harmonisation.methods.guarded import AS_SVA, shrinkage
from multipet.harmonisation.methods.longitudinal import harmonise_with
from multipet.harmonisation.methods.longitudinal_design import longitudinal_design
from multipet.harmonisation.preserved import preserved_columns
from multipet.harmonisation.usable_scans import (
    UsableScans,
    region_values,
    subject_codes,
    subset_rows,
    usable_part,
)

Array = NDArray[np.float64]
Repeat = Callable[[Array], Array]
#: Methods that take nothing from the data: there is nothing to repeat.
GIVEN = ("linear_scale", "saved")


@dataclass(frozen=True, eq=False)
class HarmonisationChain:
    """One harmonisation of one table.

    Attributes
    ----------
    values
        Raw values, (scan, region); NaN = missing, or made missing by the harmonisation.
    repeat
        From values in the same cells, (draw, scan, region), to harmonised ones, each draw by
        itself.
    """

    values: Array
    repeat: Repeat


def harmonisation_chain(
    table: pd.DataFrame, regions: Sequence[str], settings: Mapping[str, Any]
) -> HarmonisationChain:
    """Make a harmonisation ready.

    What ``harmonise`` decides once, which cells are missing and which regions stay as
    delivered, is decided here once too.

    Raises
    ------
    UserError
        Where ``harmonise`` refuses.
    """
    at = (regions, settings["batch"], settings["preserve"], settings["method"])
    done = harmonise(table, *at, **method_options(settings))
    kept = region_values(done.table, regions)
    values = np.where(np.isnan(kept), np.nan, region_values(table, regions))
    rows, scans = _usable_scans(table, values, regions, settings)
    alone = _batches_measured(scans) < 2  # these regions stay as delivered
    scans = replace(scans, values=np.where(alone, np.nan, scans.values))
    make = _longitudinal if settings["method"] == "longitudinal_combat" else _combat
    part = make(scans, settings)

    def repeat(sheets: Array) -> Array:
        harmonised, used = sheets.copy(), sheets[:, rows]
        harmonised[:, rows] = np.where(alone, used, part(np.where(alone, np.nan, used)))
        return harmonised

    return HarmonisationChain(values, repeat)


def method_options(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Options of ``harmonise`` that are set, of those that the method knows."""
    known = METHODS.get(settings["method"], ())
    options = {name: settings.get(name) for name in known}
    if "subject" in known:
        options["subject"] = options["subject"] or "participant_id"
    return {name: value for name, value in options.items() if value}


def _usable_scans(
    table: pd.DataFrame, values: Array, regions: Sequence[str], settings: Mapping[str, Any]
) -> tuple[NDArray[np.int64], UsableScans]:
    """Positions of the scans that can be harmonised, and what is known of them."""
    options = method_options(settings)
    subset = options.get("fit_on")
    fitted = None if subset is None else subset_rows(table, subset)
    splines = options.get("spline") if settings["method"] == "combat_spline" else ()
    preserved = preserved_columns(table, settings["preserve"], "preserve", fitted, splines)
    batches, usable = read_batches(table, settings["batch"]), preserved.usable
    reference = options.get("reference")
    return np.flatnonzero(usable), UsableScans(
        values[usable],
        preserved.columns,
        preserved.names,
        usable_part(batches, usable),
        (np.ones(len(table), bool) if fitted is None else fitted)[usable],
        regions,
        None if reference is None else batches.labels.index(label_text(reference)),
        subject_codes(table, options.get("subject"), usable),
    )


def _batches_measured(scans: UsableScans) -> NDArray[np.int64]:
    """Batches with a value of each region among the fitted scans, (region,)."""
    member = np.eye(len(scans.batches.labels))[scans.fitted_batches.codes]
    return ((member.T @ ~np.isnan(scans.values[scans.fitted])) > 0).sum(axis=0)


def _combat(scans: UsableScans, settings: Mapping[str, Any]) -> Repeat:
    method, fitted, reference = settings["method"], scans.fitted, scans.reference
    shrink = shrinkage(method, settings.get("prior") or "parametric")
    at = (scans.fitted_batches.codes, scans.columns[fitted])
    design = batch_design(scans.values[fitted], *at)

    def repeat(sheets: Array) -> Array:
        part = sheets if fitted.all() else sheets[:, fitted]
        effects = estimate_batch_effects(part, design, reference, method in AS_SVA)
        adjustment = leave_reference(shrink(effects), reference)
        return remove_batch_effects(sheets, scans.batches.codes, scans.columns, effects, adjustment)

    return repeat


def _longitudinal(scans: UsableScans, settings: Mapping[str, Any]) -> Repeat:
    shrink = shrinkage(settings["method"], "parametric")
    at = (scans.batches.codes, scans.columns, scans.names, scans.subjects)
    design = longitudinal_design(scans.values, *at)
    variance = settings.get("variance") or "reml"

    def repeat(sheets: Array) -> Array:
        return harmonise_with(design, sheets, variance, scans.reference, shrink).harmonised

    return repeat
