"""The effect without each site and each scanner, beside that of all scans."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from multipet.core.columns import names
from multipet.core.columns.robustness import LEFT_OUT_DRAWN
from multipet.figures.contrast.by_site import (
    RowStyle,
    draw_band,
    draw_row,
    frame,
    panels_height,
    region_rows,
)
from multipet.figures.contrast.source import (
    ContrastSource,
    Row,
    of_row,
    on_shown_scale,
    smallest_p_rows,
    why_without_interval,
)
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels
from multipet.figures.style import BLUE, COLUMNS, TEXT, Look, new_figure, panel_title, region_panels

MOST_PANELS = 4
MOST_ROWS = 16  # sites and scanners of a panel
MOST_LETTERS = 22  # of a line of a title
ROWS = RowStyle(0.26, 1.6, 6)


def _draw(source: ContrastSource) -> Drawn | None:
    left_out, labels = source.tables["left_out"], source.labels
    rows = smallest_p_rows(source.contrast, MOST_PANELS)
    if not rows or left_out.empty:
        return None
    drawn = left_out_drawn(source.contrast, left_out, rows, labels.is_log, MOST_ROWS)
    figure = draw_left_out(drawn, new_figure(panels_height(drawn, ROWS)), labels)
    refits = drawn[drawn["left_out"] != ""]
    fields = {
        "interval": labels.interval,
        "rows": source.rows(drawn),
        "counted": _counted(source, refits),
        "bare": why_without_interval(refits, left_out),
    }
    count = refits["left_out"].nunique()
    alt = f"Effect without each of {count} sites and scanners, beside that of all scans, in "
    return Drawn(figure, drawn, f"{alt}{fields['rows']}.", fields)


def _counted(source: ContrastSource, shown: pd.DataFrame) -> str:
    """How many refits are not shown, and which are; empty where all are."""
    row = (shown["region"].iloc[0], shown["comparison"].iloc[0])
    count, total = len(of_row(shown, row)), len(of_row(source.tables["left_out"], row))
    if count == total:
        return ""
    region = source.labels.region(row[0])
    return f" Shown: {count} of {total} refits, those that move the effect in {region} most."


LEFT_OUT = FigureKind(
    name="left_out",
    section="robustness",
    part="left out",
    title="Without each site and scanner",
    shows="Effect with its {interval} when the scans of one site or scanner are left out and the "
    "same model is fitted anew, in {rows}. First, and shaded: all scans.{counted}{bare}",
    well="every point lies within the shaded range, and no single site or scanner decides on "
    "which side of 0 the effect is.",
    columns=LEFT_OUT_DRAWN,
    draw=_draw,
)


def left_out_drawn(
    contrast: pd.DataFrame,
    left_out: pd.DataFrame,
    rows: Sequence[Row],
    percent: bool,
    most: int,
) -> pd.DataFrame:
    """Estimates without each site and scanner, and first that of all scans.

    Parameters
    ----------
    contrast, left_out
        Columns ``columns.CONTRAST`` and ``robustness_columns.LEFT_OUT``.
    rows
        Regions and comparisons that are shown.
    percent
        As for ``by_site_drawn``.
    most
        Sites and scanners that are shown: those that move the first of ``rows`` most.
    """
    kept = _moving_most(of_row(left_out, rows[0]), most)
    parts = []
    for row in rows:
        whole = of_row(contrast, row).assign(factor="", left_out="")
        refits = of_row(left_out, row)
        parts += [whole, refits[[key in kept for key in _keys(refits)]]]
    drawn = pd.concat([part.dropna(axis=1, how="all") for part in parts], ignore_index=True)
    drawn = drawn.reindex(columns=left_out.columns.union(contrast.columns))
    return on_shown_scale(drawn, percent)[names(LEFT_OUT_DRAWN)]


def _keys(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["factor"], table["left_out"], strict=True))


def _moving_most(refits: pd.DataFrame, most: int) -> set[tuple[str, str]]:
    size = refits["shift"].abs().fillna(-1.0).sort_values(ascending=False, kind="stable")
    return set(_keys(refits.loc[size.index[:most]]))


def draw_left_out(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw a panel a region and comparison: a row a refit, the estimate of all scans as a band.

    Parameters
    ----------
    table
        Columns ``robustness_columns.LEFT_OUT_DRAWN``; a row that leaves out nothing is that of
        all scans.
    figure
        ``panels_height(table, ROWS)`` inches high.
    """
    parts = list(region_rows(table))
    several = table["comparison"].nunique() > 1
    every = region_panels(figure, len(parts), sharex=True)
    for i, (axes, ((region, comparison), part)) in enumerate(zip(every, parts, strict=True)):
        for y, row in enumerate(part.itertuples()):
            if not row.left_out:
                draw_band(row, axes)
                axes.axvline(row.effect, color=BLUE, linewidth=0.9)
            draw_row(row, -y, axes, _refit_look(row, labels), ROWS)
        frame(axes, part, (lambda row: _refit_name(row, labels)) if i % COLUMNS == 0 else None)
        lines = [labels.region(region), *([labels.comparison(comparison)] if several else [])]
        panel_title(axes, "\n".join(lines), MOST_LETTERS)
    figure.supxlabel(labels.effect, fontsize=11)
    return figure


def _refit_look(row: Any, labels: Labels) -> Look:
    """That of the site, a scanner having that of its site."""
    if not row.left_out:
        return Look(TEXT, "D")
    site = row.left_out if row.factor == "site" else row.left_out.partition("/")[0]
    return labels.site_look(site)


def _refit_name(row: Any, labels: Labels) -> str:
    if not row.left_out:
        return "all scans"
    return f"without {labels.level(row.factor, row.left_out)}"
