"""Q-Q plots of the residuals and of the random effects, with their envelopes."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from multipet.analysis.diagnostics.mode_quantiles import mode_quantiles_table
from multipet.analysis.diagnostics.residual_shapes import quantile_table
from multipet.core.columns.figures import QUANTILES
from multipet.core.columns.robustness import MODE_QUANTILES
from multipet.figures.contrast.residuals import (
    beside,
    draw_points,
    grouping,
    pairs_height,
    region_by_model,
    residual_models,
)
from multipet.figures.contrast.source import ContrastSource
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels
from multipet.figures.style import (
    BLUE,
    COLUMNS,
    GREY,
    TEXT,
    level_legend,
    new_figure,
    panel_title,
    region_panels,
)

MOST_REGIONS = 4
KEYS = ["region", "factor", "effect"]


def _draw_residuals(source: ContrastSource) -> Drawn | None:
    residuals, models = source.tables["residuals"], residual_models(source)
    if residuals.empty:
        return None
    drawn = quantile_table(source.focus(residuals, MOST_REGIONS), models)
    figure = draw_quantiles(drawn, new_figure(pairs_height(drawn)), source.labels)
    rows, group = source.rows(drawn), grouping(drawn, source.labels)
    fields = {"rows": rows, "group": group.caption, "beside": beside(models)}
    alt = f"Normal Q-Q plots of the residuals by {group.column}, in {rows}."
    return Drawn(figure, drawn, alt, fields)


def _draw_random_effects(source: ContrastSource) -> Drawn | None:
    effects, labels = source.tables["random_effects"], source.labels
    chosen = source.focus(effects, MOST_REGIONS)
    drawn = mode_quantiles_table(chosen, source.tables["variance_components"])
    if drawn.empty:
        return None
    figure = draw_mode_quantiles(drawn, new_figure(modes_height(drawn)), labels)
    rows = source.rows(drawn)
    alt = f"Normal Q-Q plots of the random effects of {labels.factors(drawn)}, in {rows}."
    return Drawn(figure, drawn, alt, {"rows": rows})


RESIDUAL_QUANTILES = FigureKind(
    name="residual_quantiles",
    section="checks",
    part="residuals",
    title="Normal quantiles of the residuals",
    shows="Each residual, in units of their SD, against where it would lie if residuals were "
    "normal, in {rows}{beside}.{group} Shaded: where 95 % of a normal sample lie, point by "
    "point.",
    well="points follow the line within the shaded range, at both ends too.",
    columns=QUANTILES,
    draw=_draw_residuals,
)

RANDOM_EFFECT_QUANTILES = FigureKind(
    name="random_effect_quantiles",
    section="checks",
    part="random effects",
    title="Normal quantiles of the random effects",
    shows="Conditional mode of each level, in units of its SD over repeated studies, against where "
    "it would lie if random effects were normal, in {rows}. Shaded: where 95 % of a normal "
    "sample lie, point by point.",
    well="points follow the line within the shaded range. Single points beyond it are people, or "
    "scanners, unlike the others.",
    columns=MODE_QUANTILES,
    draw=_draw_random_effects,
)


def draw_quantiles(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw Q-Q plots with their envelopes; a row a region, a column a model.

    Parameters
    ----------
    table
        Columns ``figure_columns.QUANTILES``.
    """
    group = grouping(table, labels)
    for axes, part in region_by_model(table, figure, labels, sharey=True):
        x = part["theoretical"]
        axes.fill_between(x, part["low"], part["high"], color=GREY, alpha=0.35, linewidth=0)
        axes.plot(x, x, color=TEXT, linewidth=0.9)
        draw_points(part, "theoretical", "residual", axes, group)
        axes.yaxis.set_major_locator(MultipleLocator(2))
    figure.supxlabel("standard normal quantile", fontsize=11)
    figure.supylabel("residual / its SD", fontsize=11)
    level_legend(figure, group.looks, group.labels)
    return figure


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
        panel_title(axes, labels.region(region) + name, 27)
    figure.supxlabel("standard normal quantile", fontsize=11)
    figure.supylabel("random effect / its SD", fontsize=11)
    return figure
