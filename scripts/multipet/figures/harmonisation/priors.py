"""Estimated shifts and scales over regions, and the prior that they were shrunk towards."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.figures.harmonisation.drawing import BatchNames
from multipet.figures.panels import legend_above
from multipet.figures.style import BLUE, GRID, TEXT, shortened

PANEL_HEIGHT = 1.25  # inches
MOST_DOTS = 30  # regions that are marked one by one
QUANTITIES = {"shift": "shift, residual SD", "log_scale": "log scale"}


def priors_height(table: pd.DataFrame) -> float:
    """Height in inches of a row of panels a batch."""
    return 0.95 + PANEL_HEIGHT * table["batch"].nunique()


def draw_priors(table: pd.DataFrame, figure: Figure, names: BatchNames) -> Figure:
    """Draw cumulative distributions, a row of panels a batch, a column a quantity.

    Parameters
    ----------
    table
        Columns ``check_columns.PRIOR_CURVES``.
    """
    batches = [batch for batch in names.order if batch in set(table["batch"])]
    shown = [quantity for quantity in QUANTITIES if quantity in set(table["quantity"])]
    grid = figure.subplots(len(batches), len(shown), squeeze=False, sharex="col", sharey=True)
    for row, batch in zip(grid, batches, strict=True):
        for axes, quantity in zip(row, shown, strict=True):
            part = table[(table["batch"] == batch) & (table["quantity"] == quantity)]
            steps, prior = (part[part["curve"] == curve] for curve in ("estimated", "prior"))
            axes.axvline(0, color=GRID, linewidth=1)
            first = steps["value"].iloc[:1]
            axes.vlines(first, 0, steps["cumulative"].iloc[:1], color=BLUE, linewidth=1.4)
            axes.step(steps["value"], steps["cumulative"], where="post", color=BLUE, linewidth=1.4)
            if len(steps) <= MOST_DOTS:
                axes.plot(steps["value"], steps["cumulative"], "o", color=BLUE, markersize=3.2)
            axes.plot(prior["value"], prior["cumulative"], color=TEXT, linewidth=1.2)
            axes.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        row[0].set_title(shortened(names.text(batch), 40))
    for axes, quantity in zip(grid[-1], shown, strict=True):
        axes.set_xlabel(QUANTITIES[quantity])
    figure.supylabel("share of regions at or below", fontsize=11)
    handles = [
        Line2D([], [], color=BLUE, linewidth=1.4),
        Line2D([], [], color=TEXT, linewidth=1.3),
    ]
    legend_above(figure, handles, ["estimated", "prior"])
    return figure
