"""What was taken out of every batch and region, and the prior that it was shrunk towards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.core.columns import names
from multipet.core.columns.harmonisation import PRIOR_CURVES
from multipet.core.columns.harmonisation import SHIFTS as SHIFT_COLUMNS
from multipet.figures.figure import Drawn, FigureKind, in_regions
from multipet.figures.harmonisation.source import BatchNames, HarmonisationSource, largest
from multipet.figures.style import (
    BLUE,
    EFFECTS,
    GRID,
    TEXT,
    fixed,
    legend_above,
    name_rows,
    new_figure,
    panel_title,
    shortened,
)

MOST_REGIONS, MOST_BATCHES = 40, 20  # of a heat map
MOST_PANELS = 6
ROW_HEIGHT = 0.25  # inches
MOST_NUMBERED = 8  # batches whose cells have room for a number
DARK = 0.62  # of the scale's end: cells beyond get white numbers
MOST_SLANTED = 12  # batches whose names stand aslant
NARROW = 7  # points: letters no wider than a column
LABEL = 30  # characters of a batch
PANEL_HEIGHT = 1.25  # inches
MOST_DOTS = 30  # regions that are marked one by one
QUANTITIES = {"shift": "shift, residual SD", "log_scale": "log scale"}


def _draw_shifts(source: HarmonisationSource) -> Drawn | None:
    table, batches = source.tables["shifts"], source.batches
    if table["shift"].isna().all():
        return None
    drawn = shifts_drawn(table, MOST_REGIONS, MOST_BATCHES)
    figure = draw_shifts(drawn, new_figure(shifts_height(drawn, batches)), batches)
    rows = source.rows(drawn, "those with the largest shifts")
    what = "Shift and scale" if len(panels_of(drawn)) > 1 else "Shift"
    alt = f"Heat map: {what.lower()} of {drawn['batch'].nunique()} batches in {rows}."
    return Drawn(figure, drawn, alt, {"rows": rows, "what": what})


def _draw_priors(source: HarmonisationSource) -> Drawn | None:
    curves, batches = source.tables["prior_curves"], source.batches
    if curves.empty:
        return None
    drawn = priors_drawn(curves, source.tables["priors"], MOST_PANELS)
    figure = draw_priors(drawn, new_figure(priors_height(drawn)), batches)
    shown, total = drawn["batch"].nunique(), curves["batch"].nunique()
    some = f"{shown} of {total} batches (those that fit worst)"
    words = f"all {total} batches" if shown == total else some
    alt = f"Cumulative distributions of estimated shifts and scales and priors of {words}."
    return Drawn(figure, drawn, alt, {"batches": words})


SHIFTS = FigureKind(
    name="harmonisation_shifts",
    section="shifts",
    title="What was taken out of each batch",
    shows="{what} of each batch in {rows}. Red: the batch measured more (or scattered more) and "
    "was brought down; blue: less. Grey: the batch lacks the region.",
    well="a column has one colour, as a scanner is off in all regions alike, and no shift is "
    "beyond 1 or 2 SD; single deep cells are mostly errors of a region at one site.",
    columns=SHIFT_COLUMNS,
    draw=_draw_shifts,
)

PRIORS = FigureKind(
    name="harmonisation_priors",
    section="shifts",
    title="Estimates and their prior",
    shows="Shifts and logarithms of scales as estimated, over regions (steps), and the "
    "distribution that they were shrunk towards (curve), in {batches}.",
    well="the steps follow the curve. A region far from it was pulled towards values that do not "
    "describe it: then compare with the method without empirical Bayes.",
    columns=PRIOR_CURVES,
    draw=_draw_priors,
)


def shifts_drawn(shifts: pd.DataFrame, most_regions: int, most_batches: int) -> pd.DataFrame:
    """Shifts and scales of the regions and batches with the largest |shift|, regions as sorted."""
    size = shifts.assign(size=shifts["shift"].abs())
    regions = largest(size.groupby("region", sort=False)["size"].max(), most_regions)
    batches = largest(size.groupby("batch", sort=False)["size"].max(), most_batches)
    kept = shifts[shifts["batch"].isin(batches)]
    mean = kept.groupby("region", sort=False)["shift"].mean().reindex(regions)
    return in_regions(kept, mean.sort_values(ascending=False, kind="stable").index.tolist())


def priors_drawn(curves: pd.DataFrame, priors: pd.DataFrame, most: int) -> pd.DataFrame:
    """Curves of the batches that fit their prior worst; batches keep their order."""
    worst = priors.groupby("batch", sort=False)["distance"].max().dropna()
    chosen = worst.sort_values(ascending=False, kind="stable").index[:most]
    return curves[curves["batch"].isin(chosen)][names(PRIOR_CURVES)].reset_index(drop=True)


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
        _name_columns(axes, [shortened(names.text(batch), LABEL) for batch in batches])
        shown = [] if place else regions
        name_rows(axes, range(len(shown)), map(names.labels.region, shown), 26)
    return figure


def _name_columns(axes: Axes, texts: Sequence[str]) -> None:
    """Name the columns aslant; upright and small where they are narrower than slanted letters."""
    many = len(texts) > MOST_SLANTED
    axes.set_xticks(
        range(len(texts)), texts, rotation=90 if many else 55, ha="right",
        va="center" if many else "baseline", rotation_mode="anchor",
    )  # fmt: skip
    size = 10.5 if len(texts) <= MOST_NUMBERED else 8.5
    axes.tick_params(axis="x", labelsize=NARROW if many else size)


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
        panel_title(row[0], names.text(batch), 30)
    for axes, quantity in zip(grid[-1], shown, strict=True):
        axes.set_xlabel(QUANTITIES[quantity])
    figure.supylabel("share of regions at or below", fontsize=11)
    handles = [
        Line2D([], [], color=BLUE, linewidth=1.4),
        Line2D([], [], color=TEXT, linewidth=1.3),
    ]
    legend_above(figure, handles, ["estimated", "prior"])
    return figure
