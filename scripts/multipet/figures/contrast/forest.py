"""Forest plot: one line a region, its effect with interval and number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.core.columns import names
from multipet.core.columns.figures import FOREST as COLUMNS
from multipet.figures.contrast.source import ContrastSource, on_shown_scale
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels
from multipet.figures.style import (
    BLUE,
    GRID,
    QUIET,
    decimals_for,
    fixed,
    legend_above,
    name_rows,
    new_figure,
)

ROW_HEIGHT = 0.27  # inches
FRAME_HEIGHT = 1.3
MOST_NAME = 30  # letters of a line of a row's name
MOST_LETTERS = 48  # of a comparison named at the axis
FIRST_ROWS = 20  # of a forest plot whose other rows have one of their own
MOST_TOGETHER = 25  # rows that one forest plot shows together
MOST_OTHERS = 160  # of the second forest plot


def _draw_first(source: ContrastSource) -> Drawn | None:
    first = _first_rows(source.contrast)
    return _drawn(source, first, 0, "those with the smallest p") if first else None


def _draw_rest(source: ContrastSource) -> Drawn | None:
    first = _first_rows(source.contrast)
    if first == len(source.contrast):
        return None
    return _drawn(source, MOST_OTHERS, first, "after those above")


def _first_rows(contrast: pd.DataFrame) -> int:
    return len(contrast) if len(contrast) <= MOST_TOGETHER else FIRST_ROWS


def _drawn(source: ContrastSource, most: int, skipped: int, which: str) -> Drawn:
    labels, total = source.labels, len(source.contrast)
    drawn = forest_table(source.contrast, labels.alpha, labels.is_log, most, skipped)
    figure = new_figure(forest_height(drawn))
    draw_forest(drawn, figure.subplots(), labels)
    shown, detected = len(drawn), int(drawn["detected"].sum())
    fields = {
        "rows": "each row of the table" if shown == total else f"{shown} of {total} rows ({which})",
        "interval": labels.interval,
        "p": labels.p,
        "alpha": labels.alpha,
    }
    alt = f"Forest plot of {shown} effects on {labels.effect}; {detected} of them detected."
    return Drawn(figure, drawn, alt, fields)


FOREST = FigureKind(
    name="forest",
    section="where",
    title="Effect by region",
    shows="Effect with its {interval} in {rows}, smallest first; intervals are not adjusted. "
    "Filled: {p} below {alpha:g}; open: not. The dashed line is zero.",
    well="neighbouring regions agree in direction, and no interval is far wider than the rest.",
    columns=COLUMNS,
    draw=_draw_first,
)

FOREST_REST = FigureKind(
    name="forest_rest",
    section="where",
    title="Effect in the other regions",
    shows="Effect with its {interval} in {rows}, smallest first; otherwise as above. Filled: {p} "
    "below {alpha:g}; open: not.",
    well="as above: no interval is far wider than the rest.",
    columns=COLUMNS,
    draw=_draw_rest,
    folded=True,
)


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
    place = {value: i for i, value in enumerate(contrast["comparison"].unique())}
    decisive = kept["p_adjusted"].fillna(kept["p_value"])
    shown = on_shown_scale(kept, percent).assign(
        detected=(decisive < alpha).astype(float),
        place=kept["comparison"].map(place),
    )
    ordered = shown.sort_values(["place", "effect"], kind="stable", na_position="last")
    return ordered[names(COLUMNS)].reset_index(drop=True)


@dataclass(frozen=True)
class Line:
    """One line of the plot: the heading of a comparison (no row) or a region's row."""

    y: float
    text: str
    row: Any = None


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
    name_rows(axes, [line.y for line in lines], [line.text for line in lines], MOST_NAME)
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
            yield Line(y, labels.comparison(last))
        y -= 1.0
        yield Line(y, labels.region(row["region"]), row)


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
