"""The tables that figures draw, taken from the result tables: which rows, in which order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from multipet.core.columns import names
from multipet.core.columns.figures import (
    BY_SITE,
    CATERPILLAR,
    FOREST,
    RESIDUAL_POINTS,
    SHRINKAGE_DRAWN,
)

REACH = -ndtri(0.025)


def focus_regions(contrast: pd.DataFrame, present: Sequence[str], most: int) -> list[str]:
    """Of the regions ``present``, at most ``most``: the smallest p first, those without last.

    Parameters
    ----------
    contrast
        Columns ``columns.CONTRAST``.
    present
        Regions to choose from.
    most
        How many.
    """
    smallest = contrast.groupby("region", sort=False)["p_value"].min().reindex(present)
    return smallest.sort_values(kind="stable", na_position="last").index[:most].tolist()


def in_regions(table: pd.DataFrame, regions: Sequence[str]) -> pd.DataFrame:
    """Rows of ``regions``, in the order of ``regions``."""
    place = {region: i for i, region in enumerate(regions)}
    kept = table[table["region"].isin(place)]
    return kept.sort_values("region", key=lambda r: r.map(place), kind="stable", ignore_index=True)


def forest_table(
    contrast: pd.DataFrame, alpha: float, percent: bool, most: int, skipped: int = 0
) -> pd.DataFrame:
    """Effects as the forest plot shows them, smallest first within a comparison.

    Parameters
    ----------
    contrast
        Columns ``columns.CONTRAST``.
    alpha
        Level at which an effect counts as detected, by the adjusted p where there is one.
    percent
        Whether to show percent (log scale) instead of the analysis scale.
    most
        Of more rows than this, those with the smallest p are kept.
    skipped
        Rows with the smallest p that are left out: another figure shows them.

    Returns
    -------
    DataFrame
        Columns ``figure_columns.FOREST``.
    """
    kept = contrast.sort_values("p_value", kind="stable", na_position="last")
    kept = kept.iloc[skipped : skipped + most]
    ends = ("percent", "percent_low", "percent_high") if percent else _ANALYSIS_SCALE
    decisive = kept["p_adjusted"].fillna(kept["p_value"])
    shown = kept.assign(
        **{name: kept[end] for name, end in zip(_SHOWN, ends, strict=True)},
        detected=(decisive < alpha).astype(float),
        place=kept["comparison"].map(_places(contrast["comparison"])),
    )
    ordered = shown.sort_values(["place", "effect"], kind="stable", na_position="last")
    return ordered[names(FOREST)].reset_index(drop=True)


def by_site_drawn(
    contrast: pd.DataFrame, by_site: pd.DataFrame, percent: bool, most_rows: int, most_panels: int
) -> pd.DataFrame:
    """Effects at each site, and last that of all sites, of the rows with the smallest p.

    Parameters
    ----------
    contrast, by_site
        Columns ``columns.CONTRAST`` and ``columns.BY_SITE``.
    percent
        As for ``forest_table``.
    most_rows, most_panels
        How many rows, and how many rows of ``contrast``, are shown at most; one at least.

    Returns
    -------
    DataFrame
        Columns ``figure_columns.BY_SITE``.
    """
    of_row = dict(iter(by_site.groupby(["region", "comparison"], sort=False)))
    parts: list[pd.DataFrame] = []
    every = contrast.sort_values("p_value", kind="stable", na_position="last")
    for _, row in every.iterrows():
        part = of_row.get((row["region"], row["comparison"]))
        if part is None:
            continue
        both = pd.concat([part, row.to_frame().T.assign(site="")], ignore_index=True)
        if parts and (len(parts) == most_panels or sum(map(len, parts)) + len(both) > most_rows):
            break
        parts.append(both)
    ends = ("percent", "percent_low", "percent_high") if percent else _ANALYSIS_SCALE
    drawn = pd.concat(parts, ignore_index=True)
    shown = {name: drawn[end].astype(float) for name, end in zip(_SHOWN, ends, strict=True)}
    return drawn.assign(**shown)[names(BY_SITE)]


def residual_points(residuals: pd.DataFrame) -> pd.DataFrame:
    """Columns ``figure_columns.RESIDUAL_POINTS`` of the residuals."""
    return residuals[names(RESIDUAL_POINTS)]


def caterpillar_table(random_effects: pd.DataFrame) -> pd.DataFrame:
    """Conditional modes with their 95 % intervals and ranks."""
    reach = REACH * random_effects["sd"]
    return random_effects.assign(
        low=random_effects["mode"] - reach,
        high=random_effects["mode"] + reach,
        rank=_rank(random_effects, ["region", "factor", "effect"], "mode"),
    )[names(CATERPILLAR)]


def shrinkage_drawn(shrinkage: pd.DataFrame) -> pd.DataFrame:
    """Shrinkage of every level, with the rank of its conditional mode."""
    rank = _rank(shrinkage, ["region", "factor"], "partial_pooling")
    return shrinkage.assign(effect="(Intercept)", rank=rank)[names(SHRINKAGE_DRAWN)]


_ANALYSIS_SCALE = ("estimate", "ci_low", "ci_high")
_SHOWN = ("effect", "effect_low", "effect_high")


def _places(values: pd.Series) -> dict[str, int]:
    return {value: i for i, value in enumerate(values.unique())}


def _rank(table: pd.DataFrame, within: list[str], column: str) -> pd.Series:
    if table.empty:
        return pd.Series(np.array([], dtype=float), index=table.index)
    return table.groupby(within, sort=False)[column].rank(method="first")
