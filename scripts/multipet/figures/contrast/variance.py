"""Variance partition: how much of what varies lies between sites, scanners and people."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from multipet.core.columns import VARIANCE_COMPONENTS
from multipet.figures.contrast.source import ContrastSource
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels
from multipet.figures.style import GREY, legend_above, name_rows, new_figure

MOST_REGIONS = 30
ROW_HEIGHT = 0.3  # inches
FRAME_HEIGHT = 0.95
LABELLED = 0.07  # smallest share that has room for its number
#: Colour and hatch of the usual components, the same in every figure.
FILLS = {
    "site": ("#E69F00", "//"),
    "scanner in site": ("#009E73", "\\\\"),
    "scanner": ("#009E73", "\\\\"),
    "subject": ("#0072B2", ""),
}
OTHER_FILLS = (("#CC79A7", "xx"), ("#D55E00", "--"), ("#56B4E9", "++"))


def _draw(source: ContrastSource) -> Drawn | None:
    if source.tables["random_effects"].empty:
        return None
    variance = source.tables["variance_components"]
    chosen = source.focus(variance, MOST_REGIONS)["region"].unique()
    drawn = variance[variance["region"].isin(chosen)].reset_index(drop=True)
    figure = new_figure(variance_height(drawn))
    draw_variance(drawn, figure.subplots(), source.labels)
    rows = source.rows(drawn)
    alt = f"Stacked bars: share of each variance component in {rows}."
    return Drawn(figure, drawn, alt, {"rows": rows})


VARIANCE = FigureKind(
    name="variance",
    section="sites",
    part="variance",
    title="Where the variance lies",
    shows="Share of each variance component in percent, in {rows}; what the fixed effects "
    "explain is not part of it.",
    well="site and scanner take a small share, and people more than the residual where they "
    "were scanned more than once.",
    columns=VARIANCE_COMPONENTS,
    draw=_draw,
)


def variance_height(table: pd.DataFrame) -> float:
    """Height in inches that the regions of ``table`` need."""
    return FRAME_HEIGHT + ROW_HEIGHT * table["region"].nunique()


def draw_variance(table: pd.DataFrame, axes: Axes, labels: Labels) -> Axes:
    """Draw the shares of the variance components, a stacked bar a region.

    Parameters
    ----------
    table
        Columns ``columns.VARIANCE_COMPONENTS``; components without a share are left out.
    """
    shares = table[table["share"].notna()]
    regions = list(shares["region"].unique())
    components = _ordered(shares["component"].unique())
    left = pd.Series(0.0, index=regions)
    for place, component in enumerate(components):
        own = shares[shares["component"] == component].set_index("region")["share"]
        own = own.reindex(regions, fill_value=0.0)
        axes.barh(range(len(regions)), own, 0.72, left, **_fill(component, place))
        _write_shares(axes, own, left)
        left = left + own
    axes.set_ylim(len(regions) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    name_rows(axes, range(len(regions)), map(labels.region, regions), 28)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.set_xlabel("share of the variance beyond the fixed effects")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    handles = [Patch(**_fill(component, i)) for i, component in enumerate(components)]
    legend_above(axes.figure, handles, components)
    return axes


def _ordered(components: Iterable[str]) -> list[str]:
    """Sites first, then scanners and people, others, and the residual last."""
    place = {component: i for i, component in enumerate(FILLS)} | {"residual": len(FILLS) + 1}
    return sorted(components, key=lambda component: place.get(component, len(FILLS)))


def _fill(component: str, place: int) -> dict[str, Any]:
    if component == "residual":
        return {"facecolor": GREY, "edgecolor": "white", "linewidth": 1}
    colour, hatch = FILLS.get(component, OTHER_FILLS[place % len(OTHER_FILLS)])
    return {"facecolor": colour, "edgecolor": "white", "hatch": hatch, "linewidth": 1}


def _write_shares(axes: Axes, own: pd.Series, left: pd.Series) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.88}
    for y, (share, start) in enumerate(zip(own, left, strict=True)):
        if share >= LABELLED:
            axes.text(
                start + share / 2,
                y,
                f"{100 * share:.0f}",
                ha="center",
                va="center_baseline",
                fontsize=9.5,
                bbox=box,
            )
