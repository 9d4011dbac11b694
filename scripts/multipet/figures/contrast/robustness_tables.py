"""What the figures of robustness draw, taken from the result tables: which rows, in which order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from multipet.core.columns import names
from multipet.core.columns.robustness import CURVES_DRAWN, LEFT_OUT_DRAWN, SPECIFICATIONS_DRAWN

SHOWN = ("effect", "effect_low", "effect_high")
MAIN = "main"
NOTHING = "nothing"


def smallest_p_rows(contrast: pd.DataFrame, most: int) -> list[tuple[str, str]]:
    """Region and comparison of the ``most`` rows with the smallest p."""
    ordered = contrast[contrast["status"] == "ok"].sort_values("p_value", kind="stable")
    return list(zip(ordered["region"][:most], ordered["comparison"][:most], strict=True))


def specifications_drawn(
    specifications: pd.DataFrame,
    row: tuple[str, str],
    alpha: float,
    percent: bool,
    most: int,
) -> pd.DataFrame:
    """Specifications of one region and comparison with an estimate, smallest first.

    Parameters
    ----------
    specifications
        Columns ``robustness_columns.SPECIFICATIONS``.
    row
        Region and comparison.
    alpha
        Level of the tests.
    percent
        Whether to show percent (log scale) instead of the analysis scale.
    most
        Of more than these, the left-out sites and scanners that move the estimate least are
        not shown.
    """
    own = _of_row(specifications, row)
    own = own[own["estimate"].notna()]
    main = own.loc[own["specification"] == MAIN, "estimate"]
    move = (own["estimate"] - (main.iloc[0] if len(main) else 0.0)).abs()
    chosen = move.where(own["left_out"] != NOTHING, np.inf)
    own = own.loc[chosen.sort_values(ascending=False, kind="stable").index[:most]]
    detected = (own["p_value"] < alpha).astype(float).where(own["p_value"].notna())
    drawn = _on_shown_scale(own, percent).assign(detected=detected)
    drawn = drawn.sort_values("effect", kind="stable", ignore_index=True)
    return drawn.assign(rank=np.arange(1.0, len(drawn) + 1))[names(SPECIFICATIONS_DRAWN)]


def left_out_drawn(
    contrast: pd.DataFrame,
    left_out: pd.DataFrame,
    rows: Sequence[tuple[str, str]],
    percent: bool,
    most: int,
) -> pd.DataFrame:
    """Answers without each site and scanner, and first that of all scans.

    Parameters
    ----------
    contrast, left_out
        Columns ``columns.CONTRAST`` and ``robustness_columns.LEFT_OUT``.
    rows
        Regions and comparisons that are shown.
    percent
        As for ``specifications_drawn``.
    most
        Sites and scanners that are shown: those that move the first of ``rows`` most.
    """
    kept = _moving_most(_of_row(left_out, rows[0]), most)
    parts = []
    for row in rows:
        whole = _of_row(contrast, row).assign(factor="", left_out="")
        own = _of_row(left_out, row)
        parts += [whole, own[[key in kept for key in _keys(own)]]]
    drawn = pd.concat([part.dropna(axis=1, how="all") for part in parts], ignore_index=True)
    drawn = drawn.reindex(columns=left_out.columns.union(contrast.columns))
    return _on_shown_scale(drawn, percent)[names(LEFT_OUT_DRAWN)]


def curves_drawn(curves: pd.DataFrame, linearity: pd.DataFrame, most: int) -> pd.DataFrame:
    """Curves of the first ``most`` regions, each with the p of its line."""
    p = {(row.region, row.comparison): row.p_value for row in linearity.itertuples()}
    kept = curves[curves["region"].isin(curves["region"].unique()[:most])]
    keys = zip(kept["region"], kept["comparison"], strict=True)
    return kept.assign(p_line=[p.get(key, np.nan) for key in keys])[names(CURVES_DRAWN)]


def partial_drawn(
    points: pd.DataFrame, lines: pd.DataFrame, most: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points and lines of the first region and comparison, of ``most`` sites at most.

    Of more sites those with the most scans are shown, in the order of all.
    """
    if points.empty:
        return points, lines
    row = (points["region"].iloc[0], points["comparison"].iloc[0])
    points, lines = _of_row(points, row), _of_row(lines, row)
    counts = points["site"].value_counts()
    sites = set(counts.index[:most]) if (lines["site"] != "").any() else set(counts.index)
    shown = lines["site"].isin(sites | {""})
    return points[points["site"].isin(sites)], lines[shown]


def _of_row(table: pd.DataFrame, row: tuple[str, str]) -> pd.DataFrame:
    return table[(table["region"] == row[0]) & (table["comparison"] == row[1])]


def _keys(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["factor"], table["left_out"], strict=True))


def _moving_most(own: pd.DataFrame, most: int) -> set[tuple[str, str]]:
    size = own["shift"].abs().fillna(-1.0).sort_values(ascending=False, kind="stable")
    return set(_keys(own.loc[size.index[:most]]))


def _on_shown_scale(table: pd.DataFrame, percent: bool) -> pd.DataFrame:
    ends = ("percent", "percent_low", "percent_high")
    given = ends if percent else ("estimate", "ci_low", "ci_high")
    values = {name: table[end].astype(float) for name, end in zip(SHOWN, given, strict=True)}
    return table.assign(**values)
