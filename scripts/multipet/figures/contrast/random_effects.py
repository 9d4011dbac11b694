"""Random effects: the caterpillar plot, and what pooling does to each level."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.special import ndtri

from multipet.core.columns import names
from multipet.core.columns.figures import CATERPILLAR, SHRINKAGE_DRAWN
from multipet.figures.contrast.level_rows import LevelGroup, frame_rows, level_blocks, level_look
from multipet.figures.contrast.source import ContrastSource
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels
from multipet.figures.style import (
    BLUE,
    COLUMNS,
    GRID,
    MOST_LOOKS,
    QUIET,
    legend_above,
    new_figure,
    panel_title,
)

MOST_REGIONS = 4
REACH = -ndtri(0.025)
SMALLEST = 1e-12  # where all of them are rounding
NOTHING = 1e-6  # of the largest random effect: one that is smaller is rounding
TITLE_HEIGHT, AXIS_HEIGHT = 0.3, 0.42  # inches
THIN = "#9cc3e0"


def _draw_random_effects(source: ContrastSource) -> Drawn | None:
    effects, labels = source.tables["random_effects"], source.labels
    if effects.empty:
        return None
    drawn = caterpillar_table(source.focus(effects, MOST_REGIONS))
    figure = draw_caterpillar(drawn, new_figure(rows_height(drawn, labels)), labels)
    coloured = len(labels.site_order) <= MOST_LOOKS
    group = " Colour and marker: site." if coloured else ""
    fields = {"rows": source.rows(drawn), "group": group}
    alt = f"Caterpillar plots of {labels.factors(drawn)} around 0, in {fields['rows']}."
    return Drawn(figure, drawn, alt, fields)


def _draw_shrinkage(source: ContrastSource) -> Drawn | None:
    labels = source.labels
    if source.tables["random_effects"].empty:
        return None
    drawn = shrinkage_drawn(source.focus(source.tables["shrinkage"], MOST_REGIONS))
    figure = draw_shrinkage(drawn, new_figure(rows_height(drawn, labels)), labels)
    rows = source.rows(drawn)
    alt = f"Own mean and conditional mode of each level of {labels.factors(drawn)}, in {rows}."
    return Drawn(figure, drawn, alt, {"rows": rows})


RANDOM_EFFECTS = FigureKind(
    name="random_effects",
    section="sites",
    part="random effects",
    title="Random effects",
    shows="Conditional mode of each level with its 95 % interval in {rows}.{group} "
    "Where there are too many levels for names, modes are a line in the order of "
    "their size and intervals its thin bars.",
    well="modes scatter evenly around 0, and none stands far from the others.",
    columns=CATERPILLAR,
    draw=_draw_random_effects,
)

SHRINKAGE = FigureKind(
    name="shrinkage",
    section="sites",
    part="random effects",
    title="What pooling does",
    shows="From no pooling (open: the level's own mean, beyond the rest of the model) over "
    "partial pooling (filled: the conditional mode) towards complete pooling (the line at "
    "0: all levels alike), in {rows}. Many levels are thin lines that end on a curve.",
    well="each level moves a little towards 0, and far only where it has few scans.",
    columns=SHRINKAGE_DRAWN,
    draw=_draw_shrinkage,
)


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
    size = table[["low", "high"]].abs().max().max()
    for axes, group, rows in _groups(table, figure, labels):
        if rows[["low", "high"]].abs().max().max() <= max(NOTHING * size, SMALLEST):
            _say_zero(axes, group)
            continue
        if group.is_band:
            _segments(axes, rows, "low", "high", color=THIN, linewidth=0.6)
            axes.plot(rows["mode"], rows["y"], color=BLUE, linewidth=1.6)
            continue
        for row in rows.itertuples():
            look = level_look(group, row.level, labels)
            axes.plot([row.low, row.high], [row.y, row.y], color=look.colour, linewidth=1.6)
            axes.plot(row.mode, row.y, look.marker, color=look.colour, markersize=6)
    _scale_empty(figure, size)
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
                panel_title(axes, labels.region(regions[place]), 22)
            for group in block.groups:
                yield axes, group, group.placed(table[table["region"] == regions[place]])


def _say_zero(axes: Axes, group: LevelGroup) -> None:
    """Say in place of its levels that a variance is estimated as 0."""
    axes.annotate(
        "estimated as 0", (0, group.top), (5, 0), xycoords=("data", "data"),
        textcoords="offset points", va="center_baseline", fontsize=10, color=QUIET,
    )  # fmt: skip


def _scale_empty(figure: Figure, size: float) -> None:
    """Give panels without a random effect that is not 0 a scale that says nothing more."""
    for axes in figure.axes:
        sharing = axes.get_shared_x_axes().get_siblings(axes)
        if not any(one.lines[1:] for one in sharing):  # the first line is that of 0
            axes.set(xlim=(-size, size), xticks=[0])


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


def _rank(table: pd.DataFrame, within: list[str], column: str) -> pd.Series:
    if table.empty:
        return pd.Series(np.array([], dtype=float), index=table.index)
    return table.groupby(within, sort=False)[column].rank(method="first")
