"""What a study's data are: people, scans, levels, ages by site and scanner, and what is missing."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class StudyOverview:
    """The scans of a study that have a value.

    Attributes
    ----------
    n_subjects, n_scans, n_sites, n_scanners, n_regions
        Counts over all of them.
    groups
        One entry a scanner of a site, in the order of their levels: ``site``, ``scanner``
        (``site/camera``), what ``people_counts`` says, ``n_values`` of ``n_cells`` (scans x
        regions) and ``missing``, scans that lack each covariate.
    with_value
        Scans of each site that have a value in a region.
    """

    n_subjects: int
    n_scans: int
    n_sites: int
    n_scanners: int
    n_regions: int
    groups: tuple[dict[str, Any], ...]
    with_value: dict[str, int]


def study_overview(pooled: pd.DataFrame) -> StudyOverview:
    """Describe the pooled table (one row a scan x region, columns ``SCAN_REGION`` and covariates).

    Scans without a value in any region take no part.
    """
    n_regions = len(pooled["region"].cat.categories)
    known = pooled[pooled["value"].notna()]
    scans = known.drop_duplicates(SCAN_KEY).drop(columns=["region", "value"])
    values = known.groupby(["site", "scanner"], observed=True).size()
    return StudyOverview(
        n_subjects=scans["participant_id"].nunique(),
        n_scans=len(scans),
        n_sites=scans["site"].nunique(),
        n_scanners=scans["scanner"].nunique(),
        n_regions=n_regions,
        groups=tuple(
            _group(key, own, int(values[key]), n_regions)
            for key, own in scans.groupby(["site", "scanner"], observed=True)
        ),
        with_value={
            str(site): int(n) for site, n in scans.groupby("site", observed=False).size().items()
        },
    )


def _group(
    key: tuple[str, str], scans: pd.DataFrame, n_values: int, n_regions: int
) -> dict[str, Any]:
    site, scanner = map(str, key)
    lacking = scans.drop(columns=SCAN_KEY).isna().sum()
    return {
        "site": site,
        "scanner": scanner,
        **people_counts(scans),
        "n_values": n_values,
        "n_cells": len(scans) * n_regions,
        "missing": {str(name): int(n) for name, n in lacking.items()},
    }
