"""Who was scanned: people and scans of a group, their levels, and how their numbers spread."""

from typing import Any

import pandas as pd

SCAN_KEY = ["site", "participant_id", "session", "scanner"]


def people_counts(scans: pd.DataFrame) -> dict[str, Any]:
    """Count the people of ``scans``.

    Parameters
    ----------
    scans
        One row a scan: the columns ``SCAN_KEY`` and covariates, levels as categoricals.

    Returns
    -------
    dict
        ``n_subjects``, ``n_scans``, ``levels`` (people at each level of each covariate; who was
        scanned at several counts at each of them) and ``numbers`` (mean, sd, min and max over
        people at their first scan).
    """
    people = scans.drop_duplicates("participant_id")
    covariates = people.drop(columns=[*SCAN_KEY, "region", "value"], errors="ignore")
    levels = covariates.select_dtypes("category").columns
    return {
        "n_subjects": len(people),
        "n_scans": len(scans),
        "levels": {str(name): _at_levels(scans, name) for name in levels},
        "numbers": {
            str(name): _spread(column)
            for name, column in covariates.select_dtypes("number").items()
        },
    }


def _at_levels(scans: pd.DataFrame, factor: str) -> dict[str, int]:
    people = scans.groupby(factor, observed=False)["participant_id"].nunique()
    return {str(level): int(n) for level, n in people.items()}


def _spread(people: pd.Series) -> dict[str, float | None]:
    sizes = {name: float(getattr(people, name)()) for name in ("mean", "std", "min", "max")}
    sizes["sd"] = sizes.pop("std")
    return {name: None if pd.isna(size) else size for name, size in sizes.items()}
