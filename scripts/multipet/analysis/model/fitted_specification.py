"""A model's specification as fitted, and its record for the reports."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.model.fit_file import Fit
from multipet.analysis.model.site_terms import (
    Choice,
    choose_scanner,
    choose_site,
    full_formula,
    site_mean_names,
    with_site_means,
)
from multipet.analysis.model.study_overview import SCAN_KEY, people_counts
from multipet.formulas.formula import parse_formula
from multipet.ingest.scans import on_scale, scan_table
from multipet.mixed_model.fit import FailedFit, MixedFit

#: The outcome's column, and the name of its only fit, in a joint model.
JOINT = "value"
#: What stands for the region of a joint model.
ALL_REGIONS = "all regions"


@dataclass(frozen=True)
class FittedSpecification:
    """How one model is fitted.

    Attributes
    ----------
    formula
        With the terms of site and scanner.
    choices
        How ``site`` and ``scanner`` enter.
    outcomes
        Columns that are fitted, one a region; ``("value",)`` for a joint model.
    site_means
        Columns of site means that the table has; in the formula where site is random.
    written
        The formula as the config has it.
    own
        Choices of the regions whose own rows hold fewer sites or scanners, so that they differ.
    """

    formula: str
    choices: Mapping[str, Choice]
    outcomes: tuple[str, ...]
    site_means: tuple[str, ...] = ()
    written: str = ""
    own: Mapping[str, Mapping[str, Choice]] = field(default_factory=dict)

    def formula_of(self, outcome: str) -> str:
        """The formula of one outcome."""
        if outcome not in self.own:
            return self.formula
        return full_formula(self.written, self.own[outcome], self.site_means)

    def formula_with_site(self, used: str, outcome: str) -> str:
        """The same with site ``random`` or ``fixed``, where it has an effect of either kind."""
        choices = dict(self.own.get(outcome, self.choices))
        if choices["site"].used in ("random", "fixed"):
            choices["site"] = replace(choices["site"], used=used)
        return full_formula(self.written, choices, self.site_means)


def fitted_specification(
    spec: Mapping[str, Any], table: pd.DataFrame, outcomes: Sequence[str]
) -> FittedSpecification:
    """Resolve ``auto`` from the data.

    Parameters
    ----------
    spec
        The model's spec: ``formula``, ``site``, ``scanner``, ``site_means``, ``compared``,
        ``few_levels``.
    table
        The table that is fitted, one row a scan (joint: a scan x region).
    outcomes
        Columns that are fitted.
    """
    formula, outcomes = spec["formula"], tuple(outcomes)
    choices = _choices(spec, usable(formula, table, outcomes))
    means = site_mean_names(table, spec["site_means"])
    own = {}
    for names in _same_rows(table, outcomes):
        of_rows = _choices(spec, usable(formula, table, names[:1]))
        if _used(of_rows) != _used(choices):
            own |= dict.fromkeys(names, of_rows)
    whole = full_formula(formula, choices, means)
    return FittedSpecification(whole, choices, outcomes, means, formula, own)


def _choices(spec: Mapping[str, Any], used: pd.DataFrame) -> dict[str, Choice]:
    """How site and scanner enter, decided from the rows ``used``."""
    n_sites, n_scanners = used["site"].nunique(), used["scanner"].nunique()
    minimum, compared = spec["few_levels"]["minimum"], spec["compared"]
    scanner = choose_scanner(
        spec["scanner"],
        n_scanners,
        n_sites,
        minimum=minimum,
        compared="scanner" in compared,
        site=spec["site"],
        site_compared="site" in compared,
    )
    site = choose_site(
        spec["site"],
        n_sites,
        minimum=minimum,
        compared="site" in compared,
        scanner=scanner.used,
    )
    return {"site": site, "scanner": scanner}


def _same_rows(table: pd.DataFrame, outcomes: Sequence[str]) -> list[list[str]]:
    """Outcomes that miss the same rows, together."""
    missing = table[list(outcomes)].isna().to_numpy()
    groups: dict[bytes, list[str]] = {}
    for name, column in zip(outcomes, np.packbits(missing, axis=0).T, strict=True):
        groups.setdefault(column.tobytes(), []).append(name)
    return list(groups.values())


def _used(choices: Mapping[str, Choice]) -> tuple[str, ...]:
    return tuple(choice.used for choice in choices.values())


def region_of(fit: MixedFit) -> str:
    """Region that a fit is about; ``all regions`` for a joint model."""
    return ALL_REGIONS if fit.outcome == JOINT else fit.outcome


def usable(formula: str, table: pd.DataFrame, outcomes: Sequence[str]) -> pd.DataFrame:
    """Rows that have a value and everything that the user's formula names."""
    covariates = [name for name in parse_formula(formula).variables if name in table]
    complete = table[covariates].notna().all(axis=1) & table[list(outcomes)].notna().any(axis=1)
    return table[complete]


def model_table(
    pooled: pd.DataFrame, regions: str, scale: str, site_means: str = ""
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table that a model is fitted to, and its outcome columns.

    Parameters
    ----------
    pooled
        Pooled or harmonised table, one row a scan x region.
    regions
        ``separate`` (one row a scan, a column a region) or ``joint`` (as ``pooled``).
    scale
        ``identity`` or ``log``.
    site_means
        Formula whose covariates get columns of their site means; none where empty.
    """
    if regions == "separate":
        outcomes = tuple(map(str, pooled["region"].cat.categories))
        return with_site_means(scan_table(pooled, scale), site_means), outcomes
    values = on_scale(pooled["value"].to_numpy(float), scale)
    return with_site_means(pooled.assign(**{JOINT: values}), site_means), (JOINT,)


def named_tables(
    pooled: Sequence[pd.DataFrame], regions: str, scale: str, site_means: str = ""
) -> dict[str, pd.DataFrame]:
    """Tables to fit by name: ``main``, and ``raw``, the same where nothing was harmonised."""
    tables = [model_table(table, regions, scale, site_means)[0] for table in pooled]
    return {"main": tables[0], "raw": tables[-1]}


def plan_record(
    plan: FittedSpecification, fits: Sequence[Fit], used: pd.DataFrame
) -> dict[str, Any]:
    """Describe a fitted model.

    Parameters
    ----------
    plan
        How it was fitted.
    fits
        Its fits, one a region.
    used
        Rows of the fitted table that at least one region uses.

    Returns
    -------
    dict
        ``formula``, ``site``, ``scanner``, ``regions`` whose formula differs, counts,
        ``per_site``, ``convergence``, ``failed``.
    """
    scans = used.drop_duplicates(SCAN_KEY)
    return {
        "formula": plan.formula,
        **{name: asdict(choice) for name, choice in plan.choices.items()},
        "regions": {
            region: {"formula": plan.formula_of(region)}
            | {name: asdict(choice) for name, choice in choices.items()}
            for region, choices in plan.own.items()
        },
        "n_scans": len(scans),
        **{f"n_{name}s": scans[name].nunique() for name in ("site", "scanner")},
        "n_subjects": scans["participant_id"].nunique(),
        "per_site": [
            _site(str(site), rows.drop(columns=[*plan.outcomes, *plan.site_means]))
            for site, rows in scans.groupby("site", observed=True)
        ],
        "convergence": [_convergence(fit) for fit in fits if isinstance(fit, MixedFit)],
        "failed": [
            {"region": fit.outcome, "reason": fit.reason}
            for fit in fits
            if isinstance(fit, FailedFit)
        ],
    }


def _convergence(fit: MixedFit) -> dict[str, Any]:
    return {"region": fit.outcome, **asdict(fit.converged), "singular": bool(fit.singular)}


def _site(site: str, scans: pd.DataFrame) -> dict[str, Any]:
    scanners = scans["scanner"]
    return {
        "site": site,
        **people_counts(scans),
        "scanners": [str(name) for name in scanners.cat.categories if (scanners == name).any()],
    }
