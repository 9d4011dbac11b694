"""The effect at each site, beside that of all sites together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multipet.core.columns import names
from multipet.core.columns.figures import BY_SITE as COLUMNS_DRAWN
from multipet.figures.contrast.source import (
    ContrastSource,
    on_shown_scale,
)
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels
from multipet.figures.style import (
    BLUE,
    COLUMNS,
    GRID,
    QUIET,
    TEXT,
    Look,
    name_rows,
    new_figure,
    panel_title,
    region_panels,
)

FRAME_HEIGHT = 0.95  # inches
NAME = 30  # letters of a line of a row's name
MOST_PANELS = 6
MOST_ROWS = 60  # over all panels

#: Under words that stand on a line or a band.
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}


@dataclass(frozen=True)
class RowStyle:
    """How a row is drawn: its height in inches, width of its interval, size of its marker."""

    height: float
    line: float
    marker: float


SITE_ROWS = RowStyle(0.32, 1.8, 7)


def _draw(source: ContrastSource) -> Drawn | None:
    by_site, labels = source.tables["by_site"], source.labels
    if by_site.empty:
        return None
    drawn = by_site_drawn(source.contrast, by_site, labels.is_log, MOST_ROWS, MOST_PANELS)
    figure = draw_by_site(drawn, new_figure(panels_height(drawn, SITE_ROWS)), labels)
    rows, sites = source.rows(drawn), drawn.loc[drawn["site"] != "", "site"].nunique()
    alt = f"Effect with interval at each of {sites} sites and over all, in {rows}."
    return Drawn(figure, drawn, alt, {"rows": rows, "interval": labels.interval})


BY_SITE = FigureKind(
    name="by_site",
    section="by_site",
    part="effects",
    title="Effect by site",
    shows="Effect at each site with its {interval}, and its scans, in {rows}, from a model in "
    "which the effect may differ between sites. Last, and shaded: the effect over all sites.",
    well="the intervals of the sites overlap the shaded range, and no site points the other way "
    "with an interval clear of 0.",
    columns=COLUMNS_DRAWN,
    draw=_draw,
)


def by_site_drawn(
    contrast: pd.DataFrame, by_site: pd.DataFrame, percent: bool, most_rows: int, most_panels: int
) -> pd.DataFrame:
    """Effects at each site, and last that of all sites, of the rows with the smallest p.

    Parameters
    ----------
    contrast, by_site
        Columns ``columns.CONTRAST`` and ``columns.BY_SITE``.
    percent
        Whether to show percent (log scale) instead of the analysis scale.
    most_rows, most_panels
        How many rows, and how many rows of ``contrast``, are shown at most; one at least.

    Returns
    -------
    DataFrame
        Columns ``figure_columns.BY_SITE``.
    """
    of_rows = dict(iter(by_site.groupby(["region", "comparison"], sort=False)))
    parts: list[pd.DataFrame] = []
    every = contrast.sort_values("p_value", kind="stable", na_position="last")
    for _, row in every.iterrows():
        part = of_rows.get((row["region"], row["comparison"]))
        if part is None:
            continue
        both = pd.concat([part, row.to_frame().T.assign(site="")], ignore_index=True)
        if parts and (len(parts) == most_panels or sum(map(len, parts)) + len(both) > most_rows):
            break
        parts.append(both)
    drawn = pd.concat(parts, ignore_index=True)
    return on_shown_scale(drawn, percent)[names(COLUMNS_DRAWN)]


def panels_height(table: pd.DataFrame, style: RowStyle) -> float:
    """Height in inches of a panel a region and comparison, in two columns."""
    heights = [FRAME_HEIGHT + style.height * len(part) for _, part in region_rows(table)]
    return sum(max(heights[i : i + COLUMNS]) for i in range(0, len(heights), COLUMNS))


def draw_by_site(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw a panel a region and comparison, a row a site, all on one scale.

    Parameters
    ----------
    table
        Columns ``figure_columns.BY_SITE``; a row with an empty site is that of all sites
        together, whose interval is drawn as a band too.
    figure
        ``panels_height(table, SITE_ROWS)`` inches high.
    """
    parts = list(region_rows(table))
    several = table["comparison"].nunique() > 1
    every = region_panels(figure, len(parts), sharex=True)
    for axes, ((region, comparison), part) in zip(every, parts, strict=True):
        for y, row in enumerate(part.itertuples()):
            if not row.site:
                draw_band(row, axes)
            look = labels.site_look(row.site) if row.site else Look(TEXT, "D")
            draw_row(row, -y, axes, look, SITE_ROWS)
        frame(axes, part, lambda row: _site_name(row, labels))
        title = labels.region(region) + (f": {labels.comparison(comparison)}" if several else "")
        panel_title(axes, title, 18)
    figure.supxlabel(labels.effect, fontsize=11)
    return figure


def region_rows(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    return iter(table.groupby(["region", "comparison"], sort=False))


def draw_band(row: Any, axes: Axes) -> None:
    axes.axvspan(row.effect_low, row.effect_high, color=BLUE, alpha=0.12, linewidth=0)


def draw_row(row: Any, y: float, axes: Axes, look: Look, style: RowStyle) -> None:
    if pd.isna(row.effect):
        axes.annotate(
            "not estimated", (1, y), (-4, 0), xycoords=axes.get_yaxis_transform(),
            textcoords="offset points", ha="right", va="center_baseline", fontsize=10, color=QUIET,
            bbox=ON_WHITE,
        )  # fmt: skip
        return
    ends = [row.effect_low, row.effect_high]
    axes.plot(ends, [y, y], color=look.colour, linewidth=style.line)
    axes.plot(row.effect, y, look.marker, color=look.colour, markersize=style.marker)


def frame(axes: Axes, table: pd.DataFrame, name: Callable[[Any], str] | None) -> None:
    """Zero, limits and grid; the rows' names where there is a function ``name``."""
    axes.axvline(0, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_ylim(-len(table) + 0.4, 0.6)
    places = [-y for y in range(len(table))]
    name_rows(axes, places, [name(row) if name else "" for row in table.itertuples()], NAME)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID)


def _site_name(row: Any, labels: Labels) -> str:
    if not row.site:
        return "all sites"
    return f"{labels.site(row.site)} ({row.n_scans:.0f})"
