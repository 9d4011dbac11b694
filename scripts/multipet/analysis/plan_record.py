"""The record of how a model was fitted and to what, kept as JSON for the reports."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from multipet.analysis.fit_file import Fit
from multipet.analysis.model_plan import ModelPlan
from multipet.analysis.people_counts import SCAN_KEY, people_counts
from multipet.mixed_model.fit import FailedFit, MixedFit


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
    scanners = scans["scanner"]
    return {
        "site": site,
        **people_counts(scans),
        "scanners": [str(name) for name in scanners.cat.categories if (scanners == name).any()],
    }
