"""Residual spread by scanner: the distribution on each, and its SD with interval."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multipet.analysis.diagnostics.residual_shapes import spread_table
from multipet.core.columns.figures import SPREAD
from multipet.figures.contrast.source import ContrastSource
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels
from multipet.figures.style import GRID, QUIET, Look, name_rows, new_figure, panel_title

MOST_REGIONS = 4
LABEL = 27  # characters of a scanner's name
ROW_HEIGHT = 0.25  # inches
FRAME_HEIGHT = 0.75


def _draw(source: ContrastSource) -> Drawn | None:
    residuals = source.tables["residuals"]
    if residuals.empty:
        return None
    drawn = spread_table(source.focus(residuals, MOST_REGIONS))
    figure = draw_scanner_spread(drawn, new_figure(spread_height(drawn)), source.labels)
    rows, scanners = source.rows(drawn), drawn["scanner"].nunique()
    alt = f"Residuals of {scanners} scanners as boxes, and their SD with interval, in {rows}."
    return Drawn(figure, drawn, alt, {"rows": rows})


RESIDUAL_SPREAD = FigureKind(
    name="residual_spread",
    section="checks",
    part="residuals",
    title="Residual spread by scanner",
    shows="Scaled residuals of each scanner in {rows}. Left: box from quartile to quartile with "
    "the median, line from 5 % to 95 %, dots at the extremes. Right: their SD with its "
    "95 % interval; the dashed line is the SD of all scanners together.",
    well="boxes sit around 0, and the intervals of the SD cross the dashed line.",
    columns=SPREAD,
    draw=_draw,
)


def spread_height(table: pd.DataFrame) -> float:
    """Height in inches that the rows of ``table`` need."""
    return 0.4 + table["region"].nunique() * FRAME_HEIGHT + ROW_HEIGHT * len(table)


def draw_scanner_spread(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw a box and an SD for each scanner, a row of panels a region.

    Parameters
    ----------
    table
        Columns ``figure_columns.SPREAD``.
    """
    regions = table["region"].unique()
    rows_of = {region: table[table["region"] == region] for region in regions}
    grid = figure.subplots(
        len(regions),
        2,
        squeeze=False,
        sharex="col",
        width_ratios=(3, 2),
        height_ratios=[FRAME_HEIGHT + ROW_HEIGHT * len(part) for part in rows_of.values()],
    )
    for (boxes, sds), (region, part) in zip(grid, rows_of.items(), strict=True):
        panel_title(boxes, labels.region(region), 40)
        for y, (_, row) in enumerate(part.iterrows()):
            look = labels.site_look(row["site"])
            _draw_box(row, -y, boxes, look)
            _draw_sd(row, -y, sds, look)
        sds.axvline(part["sd_all"].iloc[0], color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)))
        for axes in (boxes, sds):
            _frame(axes, len(part))
        places = [-y for y in range(len(part))]
        name_rows(boxes, places, map(labels.scanner, part["scanner"]), LABEL)
        sds.set_yticks([])
    grid[-1][0].set_xlabel("scaled residual")
    grid[-1][1].set_xlabel("its SD, 95 % interval")
    return figure


def _draw_box(row: pd.Series, y: float, axes: Axes, look: Look) -> None:
    axes.plot([row["p5"], row["p95"]], [y, y], color=look.colour, linewidth=1.4, zorder=2)
    axes.barh(
        y, row["q3"] - row["q1"], 0.56, row["q1"], color="white", ec=look.colour, lw=1.4, zorder=3
    )
    axes.plot([row["median"]] * 2, [y - 0.28, y + 0.28], color=look.colour, linewidth=2, zorder=4)
    ends = [row["minimum"], row["maximum"]]
    axes.plot(ends, [y, y], ".", color=look.colour, markersize=4, zorder=2)


def _draw_sd(row: pd.Series, y: float, axes: Axes, look: Look) -> None:
    axes.plot([row["sd_low"], row["sd_high"]], [y, y], color=look.colour, linewidth=1.6)
    axes.plot(row["sd"], y, marker=look.marker, color=look.colour, markersize=6)


def _frame(axes: Axes, count: int) -> None:
    axes.set_ylim(-count + 0.4, 0.6)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelbottom=True)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID)
