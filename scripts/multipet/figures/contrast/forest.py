"""Forest plot: one line a region, its effect with interval and number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.figures.labels import Labels
from multipet.figures.panels import legend_above
from multipet.figures.style import BLUE, GRID, QUIET, decimals_for, fixed, shortened

ROW_HEIGHT = 0.27  # inches
FRAME_HEIGHT = 1.3
MOST_LETTERS = 48  # of a comparison named at the axis


@dataclass(frozen=True)
class Line:
    """One line of the plot: the heading of a comparison (no row) or a region's row."""

    y: float
    text: str
    row: pd.Series | None = None


def forest_height(table: pd.DataFrame) -> float:
    """Height in inches that the rows and headings of ``table`` need."""
    return FRAME_HEIGHT + ROW_HEIGHT * max(len(list(_lines(table, Labels(outcome="")))), 2)


def draw_forest(table: pd.DataFrame, axes: Axes, labels: Labels) -> Axes:
    """Draw effects with intervals, filled where detected, and their numbers at the right.

    Parameters
    ----------
    table
        Columns ``figure_columns.FOREST``, in the order to draw; several comparisons are
        drawn as groups under headings.
    axes
        Of a figure ``forest_height(table)`` inches high.
    labels
        Readable names.
    """
    lines = list(_lines(table, labels))
    decimals = decimals_for(table[["effect", "effect_low", "effect_high"]])
    axes.axvline(0, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    for line in lines:
        if line.row is not None:
            _draw_row(line, axes, decimals)
    _head_numbers(axes, labels)
    axes.set_ylim(lines[-1].y - 0.7, 1.5)
    axes.set_yticks([line.y for line in lines], [line.text for line in lines])
    for tick, line in zip(axes.get_yticklabels(), lines, strict=True):
        tick.set_fontweight("bold" if line.row is None else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID)
    axes.set_xlabel(_axis_title(table, labels))
    axes.margins(x=0.04)
    _legend(axes.figure, labels)
    return axes


def _lines(table: pd.DataFrame, labels: Labels) -> Iterator[Line]:
    grouped = table["comparison"].nunique() > 1
    y, last = 1.0, None  # the place of the line before
    for _, row in table.iterrows():
        if grouped and row["comparison"] != last:
            last = row["comparison"]
            y -= 1.0 if y == 1.0 else 1.35
            yield Line(y, shortened(labels.comparison(last), 34))
        y -= 1.0
        yield Line(y, shortened(labels.region(row["region"]), 28), row)


def _draw_row(line: Line, axes: Axes, decimals: int) -> None:
    row, y = line.row, line.y
    near = _beside(axes)
    if pd.isna(row["effect"]):
        axes.annotate("not estimated", (1, y), (10, 0), ha="left", color=QUIET, **near)
        return
    axes.plot([row["effect_low"], row["effect_high"]], [y, y], color=BLUE, linewidth=1.6)
    face = BLUE if row["detected"] == 1 else "white"
    axes.plot(row["effect"], y, "o", color=BLUE, markerfacecolor=face, markersize=6.5, mew=1.5)
    low, high = (fixed(row[end], decimals) for end in ("effect_low", "effect_high"))
    axes.annotate(fixed(row["effect"], decimals), (1, y), (52, 0), ha="right", **near)
    axes.annotate(f"[{low}, {high}]", (1, y), (60, 0), ha="left", **near)


def _head_numbers(axes: Axes, labels: Labels) -> None:
    style = {"fontsize": 10, "color": QUIET, **_beside(axes)}
    axes.annotate("effect", (1, 1), (52, 0), ha="right", **style)
    axes.annotate(f"[{labels.interval}]", (1, 1), (60, 0), ha="left", **style)


def _beside(axes: Axes) -> dict[str, Any]:
    """How a text is placed at the right of a row."""
    return {
        "xycoords": axes.get_yaxis_transform(),
        "textcoords": "offset points",
        "va": "center_baseline",
    }


def _legend(figure: Figure, labels: Labels) -> None:
    point = {"linestyle": "", "marker": "o", "color": BLUE, "markersize": 6.5, "mew": 1.5}
    handles = [Line2D([], [], **point), Line2D([], [], markerfacecolor="white", **point)]
    legend_above(figure, handles, [f"{labels.p} < {labels.alpha:g}", "not"])


def _axis_title(table: pd.DataFrame, labels: Labels) -> str:
    comparisons = table["comparison"].unique()
    shown = labels.comparison(comparisons[0]) if len(comparisons) == 1 else ""
    # a combination is too long for the axis; the report's title asks it
    return f"{shown}: {labels.effect}" if 0 < len(shown) <= MOST_LETTERS else labels.effect
