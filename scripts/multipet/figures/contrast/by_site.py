"""The effect at each site, beside that of all sites together."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multipet.figures.labels import Labels
from multipet.figures.panels import COLUMNS, region_panels
from multipet.figures.style import BLUE, GRID, QUIET, TEXT, Look, shortened

ROW_HEIGHT = 0.32  # inches
FRAME_HEIGHT = 0.95


def by_site_panels_height(table: pd.DataFrame) -> float:
    """Height in inches of ``draw_by_site_panels``."""
    heights = [by_site_height(part) for _, part in _panels(table)]
    return sum(max(heights[i : i + COLUMNS]) for i in range(0, len(heights), COLUMNS))


def draw_by_site_panels(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw a panel a region and comparison, all on one scale.

    Parameters
    ----------
    table
        Columns ``figure_columns.BY_SITE``.
    figure
        ``by_site_panels_height(table)`` inches high.
    labels
        Readable names.
    """
    parts = list(_panels(table))
    several = table["comparison"].nunique() > 1
    for axes, ((region, comparison), part) in zip(
        region_panels(figure, len(parts), sharex=True), parts, strict=True
    ):
        draw_by_site(part, axes, labels)
        axes.set_xlabel("")
        title = labels.region(region) + (f": {labels.comparison(comparison)}" if several else "")
        axes.set_title(shortened(title, 34))
    figure.supxlabel(labels.effect, fontsize=11)
    return figure


def by_site_height(table: pd.DataFrame) -> float:
    """Height in inches that the rows of ``table`` need."""
    return FRAME_HEIGHT + ROW_HEIGHT * len(table)


def draw_by_site(table: pd.DataFrame, axes: Axes, labels: Labels) -> Axes:
    """Draw each site's effect with its interval, and the interval of all sites as a band.

    Parameters
    ----------
    table
        Columns ``figure_columns.BY_SITE``, of one region; a row with an empty site is that
        of all sites together.
    """
    for y, row in enumerate(table.itertuples()):
        if not row.site:
            axes.axvspan(row.effect_low, row.effect_high, color=BLUE, alpha=0.12, linewidth=0)
        look = labels.site_look(row.site) if row.site else Look(TEXT, "D")
        if pd.isna(row.effect):
            _say_absent(axes, -y)
            continue
        axes.plot([row.effect_low, row.effect_high], [-y, -y], color=look.colour, linewidth=1.8)
        axes.plot(row.effect, -y, look.marker, color=look.colour, markersize=7)
    axes.axvline(0, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_ylim(-len(table) + 0.4, 0.6)
    names = [_name(row, labels) for row in table.itertuples()]
    axes.set_yticks([-y for y in range(len(table))], names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID)
    axes.set_xlabel(labels.effect)
    return axes


def _panels(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    return iter(table.groupby(["region", "comparison"], sort=False))


def _say_absent(axes: Axes, y: float) -> None:
    axes.annotate(
        "not estimated", (1, y), (-4, 0), xycoords=axes.get_yaxis_transform(),
        textcoords="offset points", ha="right", va="center_baseline", fontsize=10, color=QUIET,
    )  # fmt: skip


def _name(row: Any, labels: Labels) -> str:
    if not row.site:
        return "all sites"
    return f"{shortened(labels.site(row.site), 20)} ({row.n_scans:.0f})"
