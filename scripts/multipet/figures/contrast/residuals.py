"""Residuals against fitted values, their distribution, and what all panels of residuals share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from multipet.analysis.diagnostics.residual_shapes import (
    WITH,
    WITHOUT,
    band_table,
    distribution_table,
)
from multipet.core.columns import names
from multipet.core.columns.figures import DISTRIBUTION, RESIDUAL_POINTS
from multipet.figures.contrast.source import ContrastSource
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels, analysis_axis
from multipet.figures.style import (
    COLUMNS,
    GREY,
    OKABE_ITO,
    QUIET,
    TEXT,
    Look,
    level_legend,
    looks,
    new_figure,
    outcome_ticks,
    panel_title,
    region_panels,
)

MOST_SCANNERS = len(OKABE_ITO)
MOST_VECTORS = 1500  # points of a panel; more are drawn as a bitmap
MANY = 500  # points of a panel that are drawn smaller
POINT = {"linestyle": "", "alpha": 0.75, "markeredgewidth": 0}
MOST_PANELS = 6  # regions of the figure with one panel each
MOST_PAIRS = 4  # regions of the figure with a row of panels each
BOUGHT = ", and residuals are smaller than without random effects"


def _draw_fitted(source: ContrastSource) -> Drawn | None:
    residuals, labels = source.tables["residuals"], source.labels
    if residuals.empty:
        return None
    drawn = source.focus(residuals, MOST_PANELS)[names(RESIDUAL_POINTS)]
    figure = new_figure(panels_height(drawn))
    draw_residuals_fitted(drawn, band_table(drawn), figure, labels)
    rows, group = source.rows(drawn), grouping(drawn, labels)
    alt = f"Scatter plots of residual against fitted value by {group.column}, in {rows}."
    return Drawn(figure, drawn, alt, {"rows": rows, "group": group.caption})


def _draw_distribution(source: ContrastSource) -> Drawn | None:
    residuals, models = source.tables["residuals"], residual_models(source)
    if residuals.empty:
        return None
    drawn = distribution_table(source.focus(residuals, MOST_PAIRS), models)
    figure = draw_distribution(drawn, new_figure(pairs_height(drawn)), source.labels)
    fields = {
        "rows": source.rows(drawn),
        "beside": beside(models),
        "bought": BOUGHT if WITH in models else "",
    }
    alt = f"Histograms of the residuals with a normal curve, in {fields['rows']}."
    return Drawn(figure, drawn, alt, fields)


RESIDUALS_FITTED = FigureKind(
    name="residuals_fitted",
    section="checks",
    part="residuals",
    title="Residuals against fitted values",
    shows="One point a scan in {rows}.{group} Shaded: ± 1.96 SD of the residuals in stretches of "
    "equally many scans.",
    well="the shaded band has the same height everywhere and no colour keeps to one side. A "
    "slight upward tilt is natural: shrunken effects leave a part of each offset over.",
    columns=RESIDUAL_POINTS,
    draw=_draw_fitted,
)

RESIDUAL_DISTRIBUTION = FigureKind(
    name="residual_distribution",
    section="checks",
    part="residuals",
    title="Distribution of the residuals",
    shows="Histogram of the residuals, with the normal curve of the same SD, in {rows}{beside}.",
    well="bars follow the curve{bought}.",
    columns=DISTRIBUTION,
    draw=_draw_distribution,
)


def panels_height(points: pd.DataFrame) -> float:
    """Height in inches of one panel a region, in two columns."""
    return 0.9 + 2.25 * -(-points["region"].nunique() // COLUMNS)


def draw_residuals_fitted(
    points: pd.DataFrame, bands: pd.DataFrame, figure: Figure, labels: Labels
) -> Figure:
    """Draw residual against fitted value, one panel a region.

    Parameters
    ----------
    points
        Columns ``figure_columns.RESIDUAL_POINTS``.
    bands
        Columns ``figure_columns.BANDS``; a region without rows gets no band.
    """
    group = grouping(points, labels)
    regions = points["region"].unique()
    for axes, region in zip(region_panels(figure, len(regions)), regions, strict=True):
        band = bands[bands["region"] == region]
        axes.fill_between(band["fitted"], band["low"], band["high"], color=GREY, alpha=0.3, lw=0)
        for edge in ("low", "high"):
            axes.plot(band["fitted"], band[edge], color=QUIET, linewidth=0.9, zorder=4)
        axes.axhline(0, color=TEXT, linewidth=0.9)
        draw_points(points[points["region"] == region], "fitted", "residual", axes, group)
        panel_title(axes, labels.region(region), 26)
        _symmetric(axes)
        if labels.is_log:
            outcome_ticks(axes.xaxis)
    figure.supxlabel(f"fitted {analysis_axis(labels)}", fontsize=11)
    figure.supylabel(f"residual, {labels.analysis}", fontsize=11)
    level_legend(figure, group.looks, group.labels)
    return figure


def draw_distribution(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw histogram and normal curve; a row a region, a column a model.

    Parameters
    ----------
    table
        Columns ``figure_columns.DISTRIBUTION``.
    """
    for axes, part in region_by_model(table, figure, labels, sharex=True):
        bars, curve = (part[part["shape"] == shape] for shape in ("histogram", "normal"))
        axes.add_patch(PathPatch(_bars(bars), facecolor="#9ecae8", edgecolor="white", lw=0.3))
        axes.plot(curve["residual"], curve["density"], color=TEXT, linewidth=1.3)
        axes.set_ylim(0, 1.2 * part["density"].max())
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    figure.supxlabel(f"residual, {labels.analysis}", fontsize=11)
    return figure


def _bars(bars: pd.DataFrame) -> Path:
    """All bars as one path."""
    left, right = bars["residual"] - bars["width"] / 2, bars["residual"] + bars["width"] / 2
    bottom = 0 * bars["density"]
    corners = [(left, bottom), (left, bars["density"]), (right, bars["density"]), (right, bottom)]
    polygons = np.stack([np.column_stack(corner) for corner in corners], axis=1)
    return Path.make_compound_path(*(Path(polygon, closed=False) for polygon in polygons))


def _symmetric(axes: Axes) -> None:
    reach = max(map(abs, axes.get_ylim()))
    axes.set_ylim(-reach, reach)


@dataclass(frozen=True)
class Grouping:
    """What colour and marker tell apart.

    Attributes
    ----------
    column
        ``scanner``, or ``site`` where there are more scanners than colours.
    looks
        Look of each level.
    labels
        Their labels, in the same order.
    """

    column: str
    looks: Mapping[str, Look]
    labels: Sequence[str]

    @property
    def caption(self) -> str:
        """What a caption says of it; nothing where all levels look alike."""
        distinct = len(set(self.looks.values())) == len(self.looks)
        return f" Colour and marker: {self.column}." if distinct else ""


def grouping(table: pd.DataFrame, labels: Labels) -> Grouping:
    """Choose scanner, or site where there are more than six scanners."""
    scanners = _levels(table["scanner"])
    if len(scanners) <= MOST_SCANNERS:
        return Grouping("scanner", looks(scanners), [labels.scanner(s) for s in scanners])
    sites = _levels(table["site"])
    look = {site: labels.site_look(site) for site in sites}
    return Grouping("site", look, [labels.site(site) for site in sites])


def pairs_height(table: pd.DataFrame) -> float:
    """Height in inches of a row of panels a region."""
    return 0.8 + 2.05 * table["region"].nunique()


def _levels(values: pd.Series) -> list[str]:
    present = set(values.dropna().unique())
    return [level for level in values.cat.categories if level in present]


def draw_points(part: pd.DataFrame, x: str, y: str, axes: Axes, group: Grouping) -> None:
    options = {"rasterized": len(part) > MOST_VECTORS, "markersize": 2.6 if len(part) > MANY else 4}
    for level, look in group.looks.items():
        own = part[part[group.column] == level]
        axes.plot(own[x], own[y], marker=look.marker, color=look.colour, **options, **POINT)


def region_by_model(
    table: pd.DataFrame, figure: Figure, labels: Labels, **shared: bool | str
) -> Iterator[tuple[Axes, pd.DataFrame]]:
    """Panels with their rows of ``table``: a row a region, a column a model."""
    regions, models = table["region"].unique(), table["model"].unique()
    grid = figure.subplots(len(regions), len(models), squeeze=False, **shared)
    for row, region in zip(grid, regions, strict=True):
        panel_title(row[0], labels.region(region), 26)
        for axes, model in zip(row, models, strict=True):
            if len(models) > 1:
                axes.text(0.02, 0.98, model, color=QUIET, va="top", transform=axes.transAxes)
            axes.tick_params(labelbottom=True)
            yield axes, table[(table["region"] == region) & (table["model"] == model)]


def residual_models(source: ContrastSource) -> tuple[str, ...]:
    """Models whose residuals are shown; one without random effects stands alone."""
    return (WITHOUT,) if source.tables["random_effects"].empty else (WITH, WITHOUT)


def beside(models: Sequence[str]) -> str:
    """What a caption adds where the model without random effects stands beside."""
    return ", beside the same model without its random effects" if WITH in models else ""
