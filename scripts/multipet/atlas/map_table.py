"""The rows of a contrast that a brain map shows, each with the place of its region."""

from collections.abc import Iterable

import pandas as pd

from multipet.core.columns import names
from multipet.core.columns.atlas import BRAIN_MAP


def clearest_comparison(contrast: pd.DataFrame, regions: Iterable[str]) -> str:
    """Comparison with the smallest p in ``regions``; empty where none is of these regions.

    Parameters
    ----------
    contrast
        Columns ``columns.CONTRAST``.
    regions
        Those that have a place.
    """
    placed = contrast[contrast["region"].isin(set(regions))]
    if placed.empty:
        return ""
    order = placed["p_value"].sort_values(kind="stable", na_position="last")
    return str(placed.loc[order.index[0], "comparison"])


def map_table(
    contrast: pd.DataFrame, labels: pd.DataFrame, alpha: float, percent: bool
) -> pd.DataFrame:
    """Effect and place of every label, of the comparison with the smallest p.

    Parameters
    ----------
    contrast, labels
        Columns ``columns.CONTRAST`` and ``atlas_columns.LABELS``.
    alpha, percent
        As for ``figure_tables.forest_table``.

    Returns
    -------
    DataFrame
        Columns ``atlas_columns.BRAIN_MAP``, in the order of ``contrast``; empty where the
        contrast has no estimate that is of one region.
    """
    comparison = clearest_comparison(contrast, labels["region"])
    rows = contrast[contrast["comparison"] == comparison]
    decisive = rows["p_adjusted"].fillna(rows["p_value"])
    shown = rows.assign(
        effect=rows["percent" if percent else "estimate"],
        detected=(decisive < alpha).astype(float),
    )
    merged = shown.merge(labels, on="region", how="inner")
    return merged[names(BRAIN_MAP)].reset_index(drop=True)
