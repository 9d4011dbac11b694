"""Partial residuals over what is compared, a panel a site, with its line and that of all sites."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.core.columns.robustness import PARTIAL_RESIDUALS as COLUMNS
from multipet.figures.contrast.source import ContrastSource, of_row
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels, analysis_axis, variable_axis
from multipet.figures.style import (
    BLUE,
    GREY,
    GRID,
    QUIET,
    TEXT,
    Look,
    legend_above,
    new_figure,
    outcome_ticks,
    panel_title,
    wrapped,
)

MOST_SITES = 12  # with a panel each
MOST_COLOURED = 6  # sites that have a colour and marker each; more share one
MOST_VECTORS = 1500  # points of a figure; more are drawn as a bitmap
GOLDEN = (5**0.5 - 1) / 2
JITTER = 0.5  # width over which the points of a level are spread


def _draw(source: ContrastSource) -> Drawn | None:
    every, labels = source.tables["partial_residuals"], source.labels
    points, lines = partial_drawn(every, source.tables["partial_lines"], MOST_SITES)
    if points.empty:
        return None
    figure = new_figure(partial_height(points, lines))
    draw_partial_residuals(points, lines, figure, labels)
    fields = _fields(source, points, lines)
    by_site, sites = (lines["site"] != "").any(), lines["site"].nunique()
    where = f"at {sites} sites" if by_site else "of all sites together"
    alt = (
        f"Scatter plot of partial residuals over {fields['compared']} {where}, with means, in "
        f"{labels.region(points['region'].iloc[0])}."
    )
    return Drawn(figure, points, alt, fields)


def _fields(source: ContrastSource, points: pd.DataFrame, lines: pd.DataFrame) -> dict[str, str]:
    labels, name = source.labels, points["x_name"].iloc[0]
    sites, total = lines["site"].nunique(), source.tables["partial_residuals"]["site"].nunique()
    shown = f" A panel a site: {sites} of {total}, those with the most scans."
    by_site, is_level = (lines["site"] != "").any(), (points["x_level"] != "").any()
    return {
        "region": source.row_words(points),
        "compared": variable_axis(name, labels) if name else "what is compared",
        "sites": (shown if sites < total else " A panel a site.") if by_site else "",
        "line": "Large markers: mean" if is_level else "Line: mean",
        "interval": labels.interval,
        "common": " Dashed: the effect of all sites, laid through the site." if by_site else "",
        "well": "the full lines run along the dashed ones, " if by_site else "",
    }


PARTIAL_RESIDUALS = FigureKind(
    name="partial_residuals",
    section="by_site",
    part="points",
    title="Every scan, by site",
    shows="One point a scan in {region}: what the model leaves over, plus what it fits for "
    "{compared}; other covariates are held at their mean.{sites} {line}, with the {interval} "
    "of the effect: the level is taken as it is.{common}",
    well="{well}points scatter evenly around the means, and no few of them carry the effect.",
    columns=COLUMNS,
    draw=_draw,
)


def partial_drawn(
    points: pd.DataFrame, lines: pd.DataFrame, most: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points and lines of the first region and comparison, of ``most`` sites at most.

    Of more sites those with the most scans are shown, in the order of all.
    """
    if points.empty:
        return points, lines
    row = (points["region"].iloc[0], points["comparison"].iloc[0])
    points, lines = of_row(points, row), of_row(lines, row)
    counts = points["site"].value_counts()
    sites = set(counts.index[:most]) if (lines["site"] != "").any() else set(counts.index)
    shown = lines["site"].isin(sites | {""})
    return points[points["site"].isin(sites)], lines[shown]


def partial_height(points: pd.DataFrame, lines: pd.DataFrame) -> float:
    """Height in inches of ``draw_partial_residuals``."""
    sites = len(_facets(lines))
    return 1.15 + 2.0 * -(-sites // _columns(sites))


def draw_partial_residuals(
    points: pd.DataFrame, lines: pd.DataFrame, figure: Figure, labels: Labels
) -> Figure:
    """Draw every scan, the mean of each site with its interval, and the effect of all sites.

    Parameters
    ----------
    points, lines
        Columns ``robustness_columns.PARTIAL_RESIDUALS`` and ``PARTIAL_LINES``, of one region
        and comparison; lines without a site are those of all sites together.
    figure
        ``partial_height(points, lines)`` inches high.
    """
    sites = _facets(lines)
    columns = _columns(len(sites))
    rows = -(-len(sites) // columns)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axes in grid[len(sites) :]:
        axes.remove()
    for i, (axes, site) in enumerate(zip(grid, sites, strict=False)):
        own = points[points["site"] == site] if site else points
        look = _look(site, sites, labels)
        _draw_points(own, axes, look)
        _draw_line(lines[lines["site"] == site], axes, look)
        axes.grid(axis="y", color=GRID)
        axes.tick_params(labelbottom=i + columns >= len(sites))
        name = labels.site(site) if site else "all sites"
        panel_title(axes, f"{name} ({len(own)})", 22)
    _name_levels(lines, grid[: len(sites)], labels)
    figure.supxlabel(_x_label(points, labels), fontsize=11)
    if labels.is_log:
        outcome_ticks(grid[0].yaxis)
    figure.supylabel(analysis_axis(labels), fontsize=11)
    _legend(figure, by_site=sites != [""])
    return figure


def jittered(points: pd.DataFrame) -> np.ndarray:
    """Places on the x axis: numbers as they are, levels spread by the rank of their points."""
    x = points["x"].to_numpy(float)
    if not (points["x_level"] != "").any():
        return x
    rank = points.groupby("x")["partial"].rank(method="first").to_numpy(float)
    return x + JITTER * (rank * GOLDEN % 1 - 0.5)


def _columns(count: int) -> int:
    """Panels side by side; four stand in a square."""
    return min(count, 2 if count == 4 else 3)


def _facets(lines: pd.DataFrame) -> list[str]:
    return lines["site"].unique().tolist()


def _look(site: str, sites: Sequence[str], labels: Labels) -> Look:
    if not site or len(sites) > MOST_COLOURED:
        return Look(BLUE, "o")
    return labels.site_look(site)


def _draw_points(points: pd.DataFrame, axes: Axes, look: Look) -> None:
    axes.plot(
        jittered(points), points["partial"], look.marker, color=look.colour, alpha=0.55,
        markersize=3.2, markeredgewidth=0, rasterized=len(points) > MOST_VECTORS,
    )  # fmt: skip


def _draw_line(lines: pd.DataFrame, axes: Axes, look: Look) -> None:
    x = lines["x"]
    dashed = {"color": TEXT, "linewidth": 1.2, "linestyle": (0, (4, 2)), "zorder": 4}
    axes.plot(x, lines["common"], **dashed)
    if (lines["x_level"] == "").all():
        band = {"color": look.colour, "alpha": 0.2, "linewidth": 0}
        axes.fill_between(x, lines["low"], lines["high"], **band)
        axes.plot(x, lines["fitted"], color=look.colour, linewidth=2, zorder=5)
        return
    axes.plot(x, lines["fitted"], color=TEXT, linewidth=1.6, zorder=5)
    for row in lines.itertuples():
        axes.plot([row.x, row.x], [row.low, row.high], color=TEXT, linewidth=2.4, zorder=5)
    axes.plot(
        x, lines["fitted"], look.marker, color=look.colour, markeredgecolor=TEXT, markersize=7.5,
        linestyle="", zorder=6,
    )  # fmt: skip


def _name_levels(lines: pd.DataFrame, grid: Sequence[Axes], labels: Labels) -> None:
    levels = lines[lines["x_level"] != ""].drop_duplicates("x").sort_values("x")
    if levels.empty:
        return
    factor = levels["x_name"].iloc[0]
    texts = [wrapped(labels.level(factor, level), 12) for level in levels["x_level"]]
    for axes in grid:
        axes.set_xticks(levels["x"], texts)
        axes.set_xlim(0.5, len(texts) + 0.5)


def _x_label(points: pd.DataFrame, labels: Labels) -> str:
    if (points["x_level"] != "").any():
        return ""
    name = points["x_name"].iloc[0]
    return variable_axis(name, labels) if name else "what is compared, in units of the contrast"


def _legend(figure: Figure, by_site: bool) -> None:
    handles = [
        Line2D([], [], color=QUIET, linewidth=2),
        Line2D([], [], color=GREY, linestyle="", marker="s", markersize=9),
    ]
    texts = ["mean at this site" if by_site else "mean", "interval of the effect"]
    if by_site:
        handles.append(Line2D([], [], color=TEXT, linewidth=1.2, linestyle=(0, (4, 2))))
        texts.append("effect of all sites")
    legend_above(figure, handles, texts)
