"""All checks of one harmonisation: its tables, and the numbers of its summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipet.core.columns import Column
from multipet.core.columns.harmonisation import TABLES
from multipet.harmonisation.before_after.batch_tests import batch_test_counts, batch_tests
from multipet.harmonisation.before_after.components import Complete, complete_part, component_tables
from multipet.harmonisation.before_after.covariates import (
    batch_table,
    covariate_effects,
    effect_agreement,
    share_table,
)
from multipet.harmonisation.before_after.scans import BeforeAfter, before_after
from multipet.harmonisation.before_after.shift_distribution import prior_tables, shift_table
from multipet.harmonisation.before_after.values import (
    moved_table,
    moves,
    repeat_table,
    residual_sds,
)


@dataclass(frozen=True, eq=False)
class Checks:
    """What a harmonisation did.

    Attributes
    ----------
    tables
        By the names of ``columns.harmonisation.TABLES``.
    columns
        Their columns.
    overview
        Counts and medians over all; JSON-able.
    """

    tables: dict[str, pd.DataFrame]
    columns: dict[str, Sequence[Column]]
    overview: dict[str, Any]


def check_harmonisation(
    pooled: pd.DataFrame,
    harmonised: pd.DataFrame,
    site_effects: pd.DataFrame,
    parameters: Mapping[str, Any],
    spec: Mapping[str, Any],
    described: Sequence[Column],
) -> Checks:
    """Check one harmonisation.

    Parameters
    ----------
    pooled, harmonised
        One row = scan x region, the same rows in both.
    site_effects
        Columns ``columns.harmonisation.SITE_EFFECTS``.
    parameters
        Of the harmonisation, as saved: ``batch_columns``, ``preserve``, ``batches`` with their
        priors, ``regions`` with ``residual_sd``; whatever a method does not have is absent.
    spec
        ``settings`` (batch, preserve, tested), ``scale`` and ``alpha``.
    described
        Columns of ``pooled``.
    """
    settings = spec["settings"]
    batch = parameters.get("batch_columns") or settings["batch"]
    preserve = parameters.get("preserve") or settings["preserve"]
    splines = (parameters.get("covariates") or {}).get("splines") or ()
    data = before_after(pooled, harmonised, batch, preserve, spec["scale"], splines)
    sds = _residual_sds(data, parameters)
    part = complete_part(data)
    tests = batch_tests(data)
    shifts = shift_table(site_effects, sds)
    effects = covariate_effects(data)
    tables = {
        "batches": batch_table(data),
        "covariate_shares": share_table(data, settings.get("tested") or ()),
        "batch_tests": tests,
        "batch_test_counts": batch_test_counts(tests, spec["alpha"]),
        "shifts": shifts,
        **dict(zip(("priors", "prior_curves"), prior_tables(shifts, parameters), strict=True)),
        **dict(zip(("components", "component_shares"), component_tables(data, part), strict=True)),
        "covariate_effects": effects,
        "effect_agreement": effect_agreement(effects),
        "moved": moved_table(data, sds),
        "repeats": repeat_table(data),
    }
    overview = {**_overview(data, sds), "components": _components(data, part)}
    return Checks(tables, _columns(data, described), overview)


def _columns(data: BeforeAfter, described: Sequence[Column]) -> dict[str, Sequence[Column]]:
    known = {column.name: column for column in described}
    covariates = [known[name] for name in data.covariates]
    return {**TABLES, "components": (*TABLES["components"], *covariates)}


def _residual_sds(data: BeforeAfter, parameters: Mapping[str, Any]) -> dict[str, float]:
    """As the harmonisation estimated them, so that its findings and these tables agree."""
    saved = parameters.get("regions") or {}
    return {
        region: float((saved.get(region) or {}).get("residual_sd") or own)
        for region, own in residual_sds(data).items()
    }


def _overview(data: BeforeAfter, sds: Mapping[str, float]) -> dict[str, Any]:
    in_sd, percent = moves(data, sds)
    per_person = pd.DataFrame({"person": data.people, "batch": data.batches.codes})
    batches = per_person.groupby("person")["batch"].nunique()
    return {
        "batch_columns": list(data.batches.columns),
        "batches": list(data.batches.labels),
        "preserve": data.preserved.text,
        "n_scans": len(data.scans),
        "n_people": len(batches),
        "n_left_out": data.n_left_out,
        "n_regions": int((~np.isnan(data.values["after"])).any(axis=0).sum()),
        "n_values": int((~np.isnan(data.values["after"])).sum()),
        "n_repeated": int((per_person["person"].value_counts() > 1).sum()),
        "n_crossing": int((batches > 1).sum()),
        "n_tested": int(data.independent.sum()),
        "median_move_sd": _number(np.nanmedian(in_sd)),
        "median_move_percent": _number(np.nanmedian(percent)),
        "largest_move_sd": _number(np.nanmax(in_sd)),
    }


def _components(data: BeforeAfter, part: Complete) -> dict[str, Any]:
    """What components were made of, and what was left out of them."""
    return {
        "n_scans": int(part.scans.sum()),
        "n_regions": int(part.regions.sum()),
        "n_filled": part.n_filled,
        "regions_left_out": [
            region for region, used in zip(data.regions, part.regions, strict=True) if not used
        ],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
