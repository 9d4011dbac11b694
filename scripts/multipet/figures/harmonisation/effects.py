"""Coefficients of the preserved covariates before and after, against each other."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multipet.core.columns.harmonisation import COVARIATE_EFFECTS
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.harmonisation.source import HarmonisationSource
from multipet.figures.labels import Labels
from multipet.figures.style import (
    BLUE,
    COLUMNS,
    GRID,
    QUIET,
    new_figure,
    panel_title,
    region_panels,
)

MOST_PANELS = 6
REACH = 1.96
PANEL_HEIGHT = 2.75  # inches
MANY = 30  # regions whose intervals are drawn paler


def _draw(source: HarmonisationSource) -> Drawn | None:
    drawn = effects_drawn(source.tables["covariate_effects"], MOST_PANELS)
    if drawn.empty:
        return None
    figure = draw_effects(drawn, new_figure(effects_height(drawn)), source.labels)
    shown = drawn["column"].nunique()
    alt = f"Coefficients of {shown} covariate columns after against before, a point a region."
    return Drawn(figure, drawn, alt)


EFFECTS = FigureKind(
    name="harmonisation_effects",
    section="effects",
    title="Effects of the preserved covariates",
    shows="Coefficient of each covariate in each region with its 95 % interval: from raw values "
    "with batch in the model (across) and from harmonised values without (up). The line is "
    "equality. Intervals say how large a change is; they leave out what harmonisation cost.",
    well="points lie on the line, well within their own intervals.",
    columns=COVARIATE_EFFECTS,
    draw=_draw,
)


def effects_drawn(effects: pd.DataFrame, most: int) -> pd.DataFrame:
    """Coefficients of the first covariate columns that have any."""
    known = effects.dropna(subset=["before", "after"])
    return known[known["column"].isin(known["column"].unique()[:most])].reset_index(drop=True)


def effects_height(table: pd.DataFrame) -> float:
    """Height in inches of a panel a covariate column, in two columns."""
    return 0.5 + PANEL_HEIGHT * -(-table["column"].nunique() // COLUMNS)


def draw_effects(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw a point a region with both intervals, a panel a covariate column.

    Parameters
    ----------
    table
        Columns ``check_columns.COVARIATE_EFFECTS``.
    """
    columns = table["column"].unique()
    for axes, column in zip(region_panels(figure, len(columns)), columns, strict=True):
        part = table[table["column"] == column]
        axes.axline((0, 0), slope=1, color=QUIET, linewidth=0.9, zorder=1)
        reach = REACH * part["before_se"], REACH * part["after_se"]
        bars = {"color": BLUE, "linewidth": 0.8, "alpha": 1 if len(part) <= MANY else 0.2}
        axes.hlines(part["after"], part["before"] - reach[0], part["before"] + reach[0], **bars)
        axes.vlines(part["before"], part["after"] - reach[1], part["after"] + reach[1], **bars)
        axes.plot(part["before"], part["after"], "o", color=BLUE, markersize=4.2)
        _square(axes, part, reach)
        axes.grid(color=GRID)
        panel_title(axes, coefficient_label(column, labels), 27)
    figure.supxlabel(f"before: raw values, batch in the model; {labels.analysis}", fontsize=11)
    figure.supylabel("after: harmonised", fontsize=11)
    return figure


def coefficient_label(column: str, labels: Labels) -> str:
    """Name of a coefficient: ``group: patients`` for ``group[patient]``."""
    parts = []
    for piece in column.split(":"):
        name, bracket, level = piece.removesuffix("]").partition("[")
        known = bracket and name in labels.variables
        parts.append(f"{name}: {labels.level(name, level)}" if known else piece)
    return " × ".join(parts)


def _square(axes: Axes, part: pd.DataFrame, reach: tuple[pd.Series, pd.Series]) -> None:
    """Give both axes the same limits, around all intervals."""
    ends = [part[s] + sign * r for s, r in zip(("before", "after"), reach, strict=True)
            for sign in (-1, 1)]  # fmt: skip
    low, high = np.nanmin(ends), np.nanmax(ends)
    pad = 0.05 * (high - low) or 1.0
    axes.set_xlim(low - pad, high + pad)
    axes.set_ylim(low - pad, high + pad)
    axes.locator_params(nbins=5)
