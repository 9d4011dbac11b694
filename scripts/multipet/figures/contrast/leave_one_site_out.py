"""The effect without each site and each scanner, beside that of all scans."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multipet.figures.labels import Labels
from multipet.figures.panels import COLUMNS, region_panels
from multipet.figures.style import BLUE, GRID, QUIET, TEXT, Look, shortened

ROW_HEIGHT = 0.26  # inches
FRAME_HEIGHT = 0.95
MOST_LETTERS = 25  # of a line of a title


def left_out_height(table: pd.DataFrame) -> float:
    """Height in inches of ``draw_left_out``."""
    heights = [FRAME_HEIGHT + ROW_HEIGHT * len(part) for _, part in _panels(table)]
    return sum(max(heights[i : i + COLUMNS]) for i in range(0, len(heights), COLUMNS))


def draw_left_out(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw a panel a region and comparison: a row a refit, the answer of all scans as a band.

    Parameters
    ----------
    table
        Columns ``robustness_columns.LEFT_OUT_DRAWN``; a row that leaves out nothing is that of
        all scans.
    figure
        ``left_out_height(table)`` inches high.
    """
    parts = list(_panels(table))
    several = table["comparison"].nunique() > 1
    every = region_panels(figure, len(parts), sharex=True)
    for i, (axes, ((region, comparison), part)) in enumerate(zip(every, parts, strict=True)):
        _draw_rows(part, axes, labels, named=i % COLUMNS == 0)
        lines = [labels.region(region), *([labels.comparison(comparison)] if several else [])]
        axes.set_title("\n".join(shortened(line, MOST_LETTERS) for line in lines))
    figure.supxlabel(labels.effect, fontsize=11)
    return figure


def _panels(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    return iter(table.groupby(["region", "comparison"], sort=False))


def _draw_rows(table: pd.DataFrame, axes: Axes, labels: Labels, named: bool) -> None:
    for y, row in enumerate(table.itertuples()):
        look = _look(row, labels)
        if not row.left_out:
            axes.axvspan(row.effect_low, row.effect_high, color=BLUE, alpha=0.12, linewidth=0)
            axes.axvline(row.effect, color=BLUE, linewidth=0.9)
        if pd.isna(row.effect):
            axes.annotate(
                "not estimated", (1, -y), (-4, 0), xycoords=axes.get_yaxis_transform(),
                textcoords="offset points", ha="right", va="center_baseline", fontsize=10,
                color=QUIET,
            )  # fmt: skip
            continue
        axes.plot([row.effect_low, row.effect_high], [-y, -y], color=look.colour, linewidth=1.6)
        axes.plot(row.effect, -y, look.marker, color=look.colour, markersize=6)
    axes.axvline(0, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_ylim(-len(table) + 0.4, 0.6)
    names = [_name(row, labels) for row in table.itertuples()] if named else [""] * len(table)
    axes.set_yticks([-y for y in range(len(table))], names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID)


def _look(row: Any, labels: Labels) -> Look:
    """That of the site, a scanner having that of its site."""
    if not row.left_out:
        return Look(TEXT, "D")
    return labels.site_look(
        row.left_out if row.factor == "site" else row.left_out.partition("/")[0]
    )


def _name(row: Any, labels: Labels) -> str:
    if not row.left_out:
        return "all scans"
    return f"without {shortened(labels.level(row.factor, row.left_out), 22)}"
