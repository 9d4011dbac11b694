"""Coefficients of the preserved covariates before and after, against each other."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from multipet.figures.labels import Labels
from multipet.figures.panels import COLUMNS, region_panels
from multipet.figures.style import BLUE, GRID, QUIET, shortened

REACH = 1.96
PANEL_HEIGHT = 2.75  # inches
MANY = 30  # regions whose intervals are drawn paler


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
        axes.set_title(shortened(coefficient_label(column, labels), 34))
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


def _square(axes: object, part: pd.DataFrame, reach: tuple[pd.Series, pd.Series]) -> None:
    """Give both axes the same limits, around all intervals."""
    ends = [part[s] + sign * r for s, r in zip(("before", "after"), reach, strict=True)
            for sign in (-1, 1)]  # fmt: skip
    low, high = np.nanmin(ends), np.nanmax(ends)
    pad = 0.05 * (high - low) or 1.0
    axes.set_xlim(low - pad, high + pad)
    axes.set_ylim(low - pad, high + pad)
    axes.locator_params(nbins=5)
