"""Random effects: the caterpillar plot, and what pooling does to each level."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.figures.contrast.level_rows import LevelGroup, frame_rows, level_blocks, level_look
from multipet.figures.labels import Labels
from multipet.figures.panels import COLUMNS, legend_above
from multipet.figures.style import BLUE, GRID, QUIET, shortened

TITLE_HEIGHT, AXIS_HEIGHT = 0.3, 0.42  # inches
THIN = "#9cc3e0"


def rows_height(table: pd.DataFrame, labels: Labels) -> float:
    """Height in inches of a figure of ``table``: panels in two columns, a row a level."""
    blocks = sum(block.height + AXIS_HEIGHT for block in level_blocks(table, labels))
    return 0.6 + -(-table["region"].nunique() // COLUMNS) * (TITLE_HEIGHT + blocks)


def draw_caterpillar(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw conditional modes with their intervals, regions in two columns.

    Parameters
    ----------
    table
        Columns ``figure_columns.CATERPILLAR``.
    figure
        ``rows_height(table, labels)`` inches high.
    """
    for axes, group, rows in _groups(table, figure, labels):
        if group.is_band:
            _segments(axes, rows, "low", "high", color=THIN, linewidth=0.6)
            axes.plot(rows["mode"], rows["y"], color=BLUE, linewidth=1.6)
            continue
        for row in rows.itertuples():
            look = level_look(group, row.level, labels)
            axes.plot([row.low, row.high], [row.y, row.y], color=look.colour, linewidth=1.6)
            axes.plot(row.mode, row.y, look.marker, color=look.colour, markersize=6)
    figure.supxlabel(f"random effect, {labels.analysis}", fontsize=11)
    return figure


def draw_shrinkage(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw each level's own mean (open), its conditional mode (filled), and 0 (line).

    Parameters
    ----------
    table
        Columns ``figure_columns.SHRINKAGE_DRAWN``.
    figure
        ``rows_height(table, labels)`` inches high.
    """
    for axes, group, rows in _groups(table, figure, labels):
        if group.is_band:
            _segments(axes, rows, "no_pooling", "partial_pooling", color=THIN, linewidth=0.8)
            axes.plot(rows["partial_pooling"], rows["y"], color=BLUE, linewidth=1.6)
            continue
        for row in rows.itertuples():
            look = level_look(group, row.level, labels)
            ends = [row.no_pooling, row.partial_pooling]
            axes.plot(ends, [row.y, row.y], color=look.colour, linewidth=1.4)
            point = {"marker": look.marker, "color": look.colour, "linestyle": ""}
            axes.plot(ends[0], row.y, markerfacecolor="white", markersize=8, mew=1.3, **point)
            axes.plot(ends[1], row.y, markersize=4.5, **point)
    figure.supxlabel(f"offset, {labels.analysis}", fontsize=11)
    _pooling_legend(figure)
    return figure


def _groups(
    table: pd.DataFrame, figure: Figure, labels: Labels
) -> Iterator[tuple[Axes, LevelGroup, pd.DataFrame]]:
    """Every group of levels in every region with its axes, framed; a block shares its scale."""
    blocks, regions = level_blocks(table, labels), table["region"].unique()
    columns = min(len(regions), COLUMNS)
    bands = -(-len(regions) // columns)
    heights = [block.height for block in blocks] * bands
    grid = figure.subplots(len(heights), columns, squeeze=False, height_ratios=heights)
    for place in range(bands * columns):
        for i, block in enumerate(blocks):
            axes = grid[place // columns * len(blocks) + i][place % columns]
            if place >= len(regions):
                axes.remove()
                continue
            axes.sharex(grid[i][0]) if place else None
            axes.grid(axis="x", color=GRID)
            frame_rows(axes, block, labels, named=place % columns == 0)
            if i == 0:
                axes.set_title(shortened(labels.region(regions[place]), 26))
            for group in block.groups:
                yield axes, group, group.placed(table[table["region"] == regions[place]])


def _segments(axes: Axes, rows: pd.DataFrame, start: str, end: str, **style: object) -> None:
    """Draw a horizontal line for each row, all as one path."""
    gap = np.full(len(rows), np.nan)
    x = np.column_stack([rows[start], rows[end], gap]).ravel()
    axes.plot(x, np.repeat(rows["y"].to_numpy(), 3), **style)


def _pooling_legend(figure: Figure) -> None:
    point = {"linestyle": "", "marker": "o", "color": QUIET}
    handles = [
        Line2D([], [], markerfacecolor="white", markersize=8, mew=1.3, **point),
        Line2D([], [], markersize=4.5, **point),
        Line2D([], [], color=QUIET, linewidth=0.9),
    ]
    legend_above(figure, handles, ["no pooling", "partial pooling", "complete pooling"])
