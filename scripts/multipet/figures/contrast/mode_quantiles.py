"""Q-Q plots of the random effects, with their envelopes."""

import pandas as pd
from matplotlib.figure import Figure

from multipet.figures.labels import Labels
from multipet.figures.panels import region_panels
from multipet.figures.style import BLUE, GREY, TEXT, shortened

KEYS = ["region", "factor", "effect"]
COLUMNS = 2


def modes_height(table: pd.DataFrame) -> float:
    """Height in inches of ``draw_mode_quantiles``."""
    return 0.7 + 2.05 * -(-table.groupby(KEYS).ngroups // COLUMNS)


def draw_mode_quantiles(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw a panel a region and factor.

    Parameters
    ----------
    table
        Columns ``robustness_columns.MODE_QUANTILES``.
    figure
        ``modes_height(table)`` inches high.
    """
    groups = list(table.groupby(KEYS, sort=False))
    several = table[["factor", "effect"]].drop_duplicates().shape[0] > 1
    for axes, ((region, factor, effect), part) in zip(
        region_panels(figure, len(groups), sharey=True), groups, strict=True
    ):
        x = part["theoretical"]
        axes.fill_between(x, part["low"], part["high"], color=GREY, alpha=0.35, linewidth=0)
        axes.plot(x, x, color=TEXT, linewidth=0.9)
        axes.plot(x, part["mode"], "o", color=BLUE, alpha=0.75, markersize=4, markeredgewidth=0)
        name = f": {labels.factor(factor, effect)}" if several else ""
        axes.set_title(shortened(labels.region(region) + name, 32))
    figure.supxlabel("standard normal quantile", fontsize=11)
    figure.supylabel("random effect / its SD", fontsize=11)
    return figure
