"""The record of how a model was fitted and to what, kept as JSON for the reports."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from multipet.analysis.fit_file import Fit
from multipet.analysis.model_plan import ModelPlan
from multipet.mixed_model.fit import FailedFit, MixedFit

SCAN_KEY = ["site", "participant_id", "session", "scanner"]


def plan_record(plan: ModelPlan, fits: Sequence[Fit], used: pd.DataFrame) -> dict[str, Any]:
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
        ``formula``, ``site``, ``scanner``, counts, ``per_site``, ``convergence``, ``failed``.
    """
    scans = used.drop_duplicates(SCAN_KEY)
    return {
        "formula": plan.formula,
        **{name: asdict(choice) for name, choice in plan.choices.items()},
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
    people = scans.drop_duplicates("participant_id")
    covariates = people.drop(columns=[*SCAN_KEY, "region", "value"], errors="ignore")
    levels = covariates.select_dtypes("category").columns
    numbers = covariates.select_dtypes("number")
    return {
        "site": site,
        "n_subjects": len(people),
        "n_scans": len(scans),
        "scanners": [
            str(s) for s in scans["scanner"].cat.categories if (scans["scanner"] == s).any()
        ],
        "levels": {str(n): _counts(scans, n) for n in levels},
        "numbers": {str(n): _spread(column) for n, column in numbers.items()},
    }


def _counts(scans: pd.DataFrame, factor: str) -> dict[str, int]:
    """People with a scan at each level; who was scanned at several counts at each of them."""
    people = scans.groupby(factor, observed=False)["participant_id"].nunique()
    return {str(level): int(n) for level, n in people.items()}


def _spread(people: pd.Series) -> dict[str, float | None]:
    sizes = {name: float(getattr(people, name)()) for name in ("mean", "std", "min", "max")}
    sizes["sd"] = sizes.pop("std")
    return {name: None if pd.isna(size) else size for name, size in sizes.items()}
