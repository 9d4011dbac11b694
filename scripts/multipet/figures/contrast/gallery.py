"""Every figure of one contrast."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure

from multipet.analysis.diagnostics.residual_shapes import (
    WITH,
    WITHOUT,
    band_table,
    distribution_table,
    quantile_table,
    spread_table,
)
from multipet.core.columns import VARIANCE_COMPONENTS, Column
from multipet.core.columns import figures as figure_columns
from multipet.figures.contrast import names
from multipet.figures.contrast.brain_map_words import AtlasTables, brain_map
from multipet.figures.contrast.by_site import by_site_panels_height, draw_by_site_panels
from multipet.figures.contrast.captions import CAPTIONS
from multipet.figures.contrast.forest import draw_forest, forest_height
from multipet.figures.contrast.random_effects import draw_caterpillar, draw_shrinkage, rows_height
from multipet.figures.contrast.residuals import (
    draw_distribution,
    draw_quantiles,
    draw_residuals_fitted,
    grouping,
    pairs_height,
    panels_height,
)
from multipet.figures.contrast.scanner_spread import draw_scanner_spread, spread_height
from multipet.figures.contrast.tables import (
    by_site_drawn,
    caterpillar_table,
    focus_regions,
    forest_table,
    in_regions,
    residual_points,
    shrinkage_drawn,
)
from multipet.figures.contrast.variance import draw_variance, variance_height
from multipet.figures.figure import Drawing
from multipet.figures.labels import Labels
from multipet.figures.style import MOST_LOOKS, new_figure

MOST_ROWS = 30  # of a variance partition
FIRST_ROWS = 20  # of a forest plot whose other rows have one of their own
MOST_TOGETHER = 25  # rows that one forest plot shows together
MOST_OTHERS = 160  # of the second forest plot
MOST_PANELS = 6  # regions of a figure with one panel each
MOST_SITE_ROWS = 60  # of a figure with a row a site, over all its panels
MOST_PAIRS = 4  # regions of a figure with a row of panels each


@dataclass(frozen=True, eq=False)
class ContrastTables:
    """What the figures of a contrast are drawn from, as the steps before wrote it.

    Columns ``CONTRAST``, ``BY_SITE``, ``RESIDUALS``, ``RANDOM_EFFECTS``, ``SHRINKAGE`` and
    ``VARIANCE_COMPONENTS`` of ``multipet.core.columns``.
    """

    contrast: pd.DataFrame
    by_site: pd.DataFrame
    residuals: pd.DataFrame
    random_effects: pd.DataFrame
    shrinkage: pd.DataFrame
    variance: pd.DataFrame

    def focus(self, table: pd.DataFrame, most: int) -> pd.DataFrame:
        """Rows of ``table`` in those of its regions that have the smallest p."""
        regions = focus_regions(self.contrast, table["region"].unique(), most)
        return in_regions(table, regions)

    def rows(self, drawn: pd.DataFrame) -> str:
        """Regions that ``drawn`` shows, in words."""
        shown, total = drawn["region"].nunique(), self.contrast["region"].nunique()
        if not drawn["region"].isin(self.contrast["region"]).any():
            return "the model of all regions"
        if shown == total:
            return "the region" if total == 1 else f"all {total} regions"
        return f"{shown} of {total} regions (those with the smallest p)"

    @property
    def models(self) -> tuple[str, ...]:
        """Models whose residuals are shown; one without random effects stands alone."""
        return (WITHOUT,) if self.random_effects.empty else (WITH, WITHOUT)


def draw_contrast(
    tables: ContrastTables, labels: Labels, atlas: AtlasTables | None = None
) -> list[Drawing]:
    """Draw every figure that the tables have rows for, in the report's order.

    To be called, and the figures to be saved, within ``style.figure_style``. Without an
    atlas there is no brain map.
    """
    residuals = tables.residuals
    labels = replace(
        labels,
        site_order=tuple(residuals["site"].cat.categories),
        scanner_order=tuple(residuals["scanner"].cat.categories),
    )
    needs = {
        names.FOREST: tables.contrast,
        names.FOREST_REST: tables.contrast[_first_rows(tables) :],
        names.BY_SITE: tables.by_site,
        names.VARIANCE: tables.random_effects,
        names.RANDOM_EFFECTS: tables.random_effects,
        names.SHRINKAGE: tables.shrinkage,
    }
    drawings = [
        draw(tables, labels) for name, draw in _DRAW.items() if len(needs.get(name, residuals))
    ]
    in_brain = brain_map(tables.contrast, atlas, labels) if atlas else None
    drawings = [in_brain, *drawings] if in_brain else drawings
    return [replace(drawing, symbol=labels.symbol) for drawing in drawings]


def _forest(tables: ContrastTables, labels: Labels) -> Drawing:
    return _forest_of(tables, labels, names.FOREST, _first_rows(tables))


def _forest_rest(tables: ContrastTables, labels: Labels) -> Drawing:
    return _forest_of(tables, labels, names.FOREST_REST, MOST_OTHERS, _first_rows(tables))


def _first_rows(tables: ContrastTables) -> int:
    total = len(tables.contrast)
    return total if total <= MOST_TOGETHER else FIRST_ROWS


def _forest_of(
    tables: ContrastTables, labels: Labels, name: str, most: int, skipped: int = 0
) -> Drawing:
    drawn = forest_table(tables.contrast, labels.alpha, labels.is_log, most, skipped)
    figure = new_figure(forest_height(drawn))
    draw_forest(drawn, figure.subplots(), labels)
    shown, total = len(drawn), len(tables.contrast)
    which = "after those above" if skipped else "those with the smallest p"
    fields = {
        "rows": "each row of the table" if shown == total else f"{shown} of {total} rows ({which})",
        "interval": labels.interval,
        "p": labels.p,
        "alpha": labels.alpha,
    }
    detected = int(drawn["detected"].sum())
    alt = f"Forest plot of {shown} effects on {labels.effect}; {detected} of them detected."
    return _drawing(name, figure, drawn, figure_columns.FOREST, alt, **fields)


def _by_site(tables: ContrastTables, labels: Labels) -> Drawing:
    drawn = by_site_drawn(
        tables.contrast, tables.by_site, labels.is_log, MOST_SITE_ROWS, MOST_PANELS
    )
    figure = new_figure(by_site_panels_height(drawn))
    draw_by_site_panels(drawn, figure, labels)
    fields = {"rows": tables.rows(drawn), "interval": labels.interval}
    sites = drawn.loc[drawn["site"] != "", "site"].nunique()
    alt = f"Effect with interval at each of {sites} sites and over all, in {fields['rows']}."
    return _drawing(names.BY_SITE, figure, drawn, figure_columns.BY_SITE, alt, **fields)


def _variance(tables: ContrastTables, labels: Labels) -> Drawing:
    chosen = tables.focus(tables.variance, MOST_ROWS)["region"].unique()
    drawn = tables.variance[tables.variance["region"].isin(chosen)].reset_index(drop=True)
    figure = new_figure(variance_height(drawn))
    draw_variance(drawn, figure.subplots(), labels)
    rows = tables.rows(drawn)
    alt = f"Stacked bars: share of each variance component in {rows}."
    return _drawing(names.VARIANCE, figure, drawn, VARIANCE_COMPONENTS, alt, rows=rows)


def _random_effects(tables: ContrastTables, labels: Labels) -> Drawing:
    drawn = caterpillar_table(tables.focus(tables.random_effects, MOST_PAIRS))
    figure = draw_caterpillar(drawn, new_figure(rows_height(drawn, labels)), labels)
    fields = {"rows": tables.rows(drawn), "group": ""}
    if len(labels.site_order) <= MOST_LOOKS:
        fields["group"] = " Colour and marker: site."
    alt = f"Caterpillar plots of {_factors(drawn, labels)} around 0, in {fields['rows']}."
    return _drawing(names.RANDOM_EFFECTS, figure, drawn, figure_columns.CATERPILLAR, alt, **fields)


def _shrinkage(tables: ContrastTables, labels: Labels) -> Drawing:
    drawn = shrinkage_drawn(tables.focus(tables.shrinkage, MOST_PAIRS))
    figure = draw_shrinkage(drawn, new_figure(rows_height(drawn, labels)), labels)
    rows = tables.rows(drawn)
    alt = f"Own mean and conditional mode of each level of {_factors(drawn, labels)}, in {rows}."
    return _drawing(names.SHRINKAGE, figure, drawn, figure_columns.SHRINKAGE_DRAWN, alt, rows=rows)


def _residuals_fitted(tables: ContrastTables, labels: Labels) -> Drawing:
    drawn = residual_points(tables.focus(tables.residuals, MOST_PANELS))
    figure = new_figure(panels_height(drawn))
    draw_residuals_fitted(drawn, band_table(drawn), figure, labels)
    rows, group = tables.rows(drawn), grouping(drawn, labels)
    alt = f"Scatter plots of residual against fitted value by {group.column}, in {rows}."
    fields = {"rows": rows, "group": group.caption}
    columns = figure_columns.RESIDUAL_POINTS
    return _drawing(names.RESIDUALS_FITTED, figure, drawn, columns, alt, **fields)


def _residual_spread(tables: ContrastTables, labels: Labels) -> Drawing:
    drawn = spread_table(tables.focus(tables.residuals, MOST_PAIRS))
    figure = draw_scanner_spread(drawn, new_figure(spread_height(drawn)), labels)
    rows, scanners = tables.rows(drawn), drawn["scanner"].nunique()
    alt = f"Residuals of {scanners} scanners as boxes, and their SD with interval, in {rows}."
    return _drawing(names.RESIDUAL_SPREAD, figure, drawn, figure_columns.SPREAD, alt, rows=rows)


def _residual_distribution(tables: ContrastTables, labels: Labels) -> Drawing:
    drawn = distribution_table(tables.focus(tables.residuals, MOST_PAIRS), tables.models)
    figure = draw_distribution(drawn, new_figure(pairs_height(drawn)), labels)
    fields = {"rows": tables.rows(drawn), **_comparison(tables)}
    alt = f"Histograms of the residuals with a normal curve, in {fields['rows']}."
    columns = figure_columns.DISTRIBUTION
    return _drawing(names.RESIDUAL_DISTRIBUTION, figure, drawn, columns, alt, **fields)


def _residual_quantiles(tables: ContrastTables, labels: Labels) -> Drawing:
    drawn = quantile_table(tables.focus(tables.residuals, MOST_PAIRS), tables.models)
    figure = draw_quantiles(drawn, new_figure(pairs_height(drawn)), labels)
    group = grouping(drawn, labels)
    fields = {"rows": tables.rows(drawn), "group": group.caption, **_comparison(tables)}
    alt = f"Normal Q-Q plots of the residuals by {group.column}, in {fields['rows']}."
    columns = figure_columns.QUANTILES
    return _drawing(names.RESIDUAL_QUANTILES, figure, drawn, columns, alt, **fields)


_DRAW: dict[str, Callable[[ContrastTables, Labels], Drawing]] = {
    names.FOREST: _forest,
    names.FOREST_REST: _forest_rest,
    names.BY_SITE: _by_site,
    names.VARIANCE: _variance,
    names.RANDOM_EFFECTS: _random_effects,
    names.SHRINKAGE: _shrinkage,
    names.RESIDUALS_FITTED: _residuals_fitted,
    names.RESIDUAL_SPREAD: _residual_spread,
    names.RESIDUAL_DISTRIBUTION: _residual_distribution,
    names.RESIDUAL_QUANTILES: _residual_quantiles,
}


def _drawing(
    name: str,
    figure: Figure,
    table: pd.DataFrame,
    columns: Sequence[Column],
    alt: str,
    **fields: object,
) -> Drawing:
    return Drawing(name, figure, table, columns, CAPTIONS[name].text(fields), alt)


def _factors(drawn: pd.DataFrame, labels: Labels) -> str:
    return ", ".join(labels.factor(name) for name in drawn["factor"].unique())


def _comparison(tables: ContrastTables) -> dict[str, str]:
    """What a caption says where the model without random effects stands beside."""
    if WITH not in tables.models:
        return {"beside": "", "bought": ""}
    return {
        "beside": ", beside the same model without its random effects",
        "bought": ", and residuals are smaller than without random effects",
    }
