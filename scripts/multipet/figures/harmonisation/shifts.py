"""Shifts and scales of every batch and region, as heat maps."""

from collections.abc import Callable
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from multipet.figures.harmonisation.drawing import BatchNames
from multipet.figures.style import EFFECTS, GRID, TEXT, fixed, shortened

ROW_HEIGHT = 0.25  # inches
MOST_NUMBERED = 8  # batches whose cells have room for a number
DARK = 0.62  # of the scale's end: cells beyond get white numbers
LABEL = 20  # characters of a batch


@dataclass(frozen=True)
class Panel:
    """One heat map: a column of the table, the name of its colours, how numbers are written."""

    column: str
    bar: str
    number: Callable[[float], str]


SHIFT = Panel("shift", "shift, residual SD", lambda value: fixed(value, 1))
SCALE = Panel("log_scale", "scale, factor", lambda value: fixed(np.exp(value), 2))


def shifts_height(table: pd.DataFrame, names: BatchNames) -> float:
    """Height in inches that regions and the names of the batches need."""
    longest = max(len(shortened(names.text(b), LABEL)) for b in table["batch"].unique())
    return 1.5 + 0.08 * longest + ROW_HEIGHT * max(table["region"].nunique(), 2)


def panels_of(table: pd.DataFrame) -> list[Panel]:
    """Heat maps to draw: no scales where none was taken out."""
    return [SHIFT, SCALE] if table["log_scale"].abs().max() > 0 else [SHIFT]


def draw_shifts(table: pd.DataFrame, figure: Figure, names: BatchNames) -> Figure:
    """Draw a heat map of the shifts, and one of the scales where there are any.

    Parameters
    ----------
    table
        Columns ``check_columns.SHIFTS``, regions in the order of their rows.
    figure
        ``shifts_height(table, names)`` inches high.
    """
    panels = panels_of(table)
    regions = list(table["region"].unique())
    batches = [batch for batch in names.order if batch in set(table["batch"])]
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for place, (axes, panel) in enumerate(zip(grid, panels, strict=True)):
        wide = table.pivot(index="region", columns="batch", values=panel.column)
        _draw_panel(wide.loc[regions, batches].to_numpy(float), axes, panel)
        texts = [shortened(names.text(batch), LABEL) for batch in batches]
        axes.set_xticks(range(len(batches)), texts, rotation=55, ha="right", rotation_mode="anchor")
        axes.tick_params(axis="x", labelsize=10.5 if len(batches) <= MOST_NUMBERED else 8.5)
        labels = [shortened(names.labels.region(region), 24) for region in regions]
        axes.set_yticks(range(len(regions)), [] if place else labels)
    return figure


def _draw_panel(values: np.ndarray, axes: Axes, panel: Panel) -> None:
    end = max(float(np.nanmax(np.abs(values), initial=0.0)), 1e-3)
    norm = Normalize(-end, end)
    colours = matplotlib.colormaps[EFFECTS].with_extremes(bad=GRID)
    mesh = np.arange(values.shape[1] + 1) - 0.5, np.arange(values.shape[0] + 1) - 0.5
    shown = np.ma.masked_invalid(values)
    axes.pcolormesh(*mesh, shown, cmap=colours, norm=norm, edgecolors="white", linewidth=0.8)
    axes.set_ylim(values.shape[0] - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    if values.shape[1] <= MOST_NUMBERED:
        _write_numbers(values, axes, panel, DARK * end)
    bar = axes.figure.colorbar(
        ScalarMappable(norm, colours), ax=axes, location="top", shrink=0.85, aspect=30, pad=0.02
    )
    ticks = [-end, 0.0, end]
    bar.set_ticks(ticks, labels=[panel.number(tick) for tick in ticks])
    bar.set_label(panel.bar)
    bar.outline.set_visible(False)


def _write_numbers(values: np.ndarray, axes: Axes, panel: Panel, dark: float) -> None:
    for (y, x), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if abs(value) > dark else TEXT
            style = {"ha": "center", "va": "center_baseline", "fontsize": 8.5, "color": colour}
            axes.text(x, y, panel.number(value), **style)
