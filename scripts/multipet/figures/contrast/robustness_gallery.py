"""Every figure that tells how far the answer of a contrast rests on what was chosen."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pandas as pd

from multipet.analysis.diagnostics.mode_quantiles import mode_quantiles_table
from multipet.core.columns import robustness as columns
from multipet.figures.contrast import robustness_captions as names
from multipet.figures.contrast.curves import SPLINE, curves_height, draw_curves
from multipet.figures.contrast.leave_one_site_out import draw_left_out, left_out_height
from multipet.figures.contrast.mode_quantiles import draw_mode_quantiles, modes_height
from multipet.figures.contrast.partial_residuals import draw_partial_residuals, partial_height
from multipet.figures.contrast.robustness_drawing import (
    RobustnessDrawing,
    RobustnessTables,
    robustness_drawing,
)
from multipet.figures.contrast.robustness_tables import (
    curves_drawn,
    left_out_drawn,
    partial_drawn,
    smallest_p_rows,
    specifications_drawn,
)
from multipet.figures.contrast.specification_curve import (
    draw_specification_curve,
    specification_height,
)
from multipet.figures.contrast.tables import focus_regions, in_regions
from multipet.figures.labels import Labels, variable_axis
from multipet.figures.style import new_figure

MOST_SPECIFICATIONS = 40
MOST_LEFT_OUT = 16  # sites and scanners of a panel
MOST_PANELS = 4  # regions with a panel each
MOST_FACETS = 12  # sites with a panel each
STRAIGHT = "dashed and full lines lie close together, and no p is small"
SPLINE_WORDS = (
    " Dashed: with a natural cubic spline (3 df) in place of the line; p: test that the line is"
    " enough."
)


def draw_robustness(tables: RobustnessTables, labels: Labels) -> list[RobustnessDrawing]:
    """Draw every figure that the tables have rows for, in the report's order.

    To be called, and the figures to be saved, within ``style.figure_style``.
    """
    points = tables.partial_residuals
    orders = [
        tuple(points[name].cat.categories) if hasattr(points[name], "cat") else ()
        for name in ("site", "scanner")
    ]
    labels = replace(labels, site_order=orders[0], scanner_order=orders[1])
    drawings = [drawing for draw in _DRAW for drawing in draw(tables, labels)]
    return [replace(drawing, symbol=labels.symbol) for drawing in drawings]


def _partial_residuals(tables: RobustnessTables, labels: Labels) -> Iterator[RobustnessDrawing]:
    points, lines = partial_drawn(tables.partial_residuals, tables.partial_lines, MOST_FACETS)
    if points.empty:
        return
    figure = new_figure(partial_height(points, lines))
    draw_partial_residuals(points, lines, figure, labels)
    region, name = points["region"].iloc[0], points["x_name"].iloc[0]
    sites, all_sites = lines["site"].nunique(), tables.partial_residuals["site"].nunique()
    by_site, is_level = (lines["site"] != "").any(), (points["x_level"] != "").any()
    shown = f" A panel a site: {sites} of {all_sites}, those with the most scans."
    fields = {
        "region": _row_words(points, labels),
        "compared": variable_axis(name, labels) if name else "what is compared",
        "sites": (shown if sites < all_sites else " A panel a site.") if by_site else "",
        "line": "Large markers: mean" if is_level else "Line: mean",
        "interval": labels.interval,
        "common": " Dashed: the effect of all sites, laid through the site." if by_site else "",
        "well": "the full lines run along the dashed ones, " if by_site else "",
    }
    where = f"at {sites} sites" if by_site else "of all sites together"
    alt = (
        f"Scatter plot of partial residuals over {fields['compared']} {where}, with means, in "
        f"{labels.region(region)}."
    )
    described = columns.PARTIAL_RESIDUALS
    yield robustness_drawing(names.PARTIAL_RESIDUALS, figure, points, described, alt, **fields)


def _curves(tables: RobustnessTables, labels: Labels) -> Iterator[RobustnessDrawing]:
    drawn = curves_drawn(tables.curves, tables.linearity, MOST_PANELS)
    if drawn.empty:
        return
    figure = draw_curves(drawn, new_figure(curves_height(drawn)), labels)
    variable, rows = drawn["variable"].iloc[0], tables.rows(drawn)
    has_spline = (drawn["shape"] == SPLINE).any()
    fields = {
        "variable": variable,
        "interval": labels.interval,
        "rows": rows,
        "spline": SPLINE_WORDS if has_spline else "",
        "well": STRAIGHT if has_spline else "curves bend no more than the subject leads to expect",
    }
    alt = f"Mean outcome over {variable} with its interval, in {rows}."
    yield robustness_drawing(names.CURVES, figure, drawn, columns.CURVES_DRAWN, alt, **fields)


def _left_out(tables: RobustnessTables, labels: Labels) -> Iterator[RobustnessDrawing]:
    rows = smallest_p_rows(tables.contrast, MOST_PANELS)
    if not rows or tables.left_out.empty:
        return
    drawn = left_out_drawn(tables.contrast, tables.left_out, rows, labels.is_log, MOST_LEFT_OUT)
    figure = draw_left_out(drawn, new_figure(left_out_height(drawn)), labels)
    refits = drawn[drawn["left_out"] != ""]
    fields = {
        "interval": labels.interval,
        "rows": tables.rows(drawn),
        "bare": _without_interval(refits, tables.left_out),
    }
    count = refits["left_out"].nunique()
    alt = f"Effect without each of {count} sites and scanners, beside that of all scans, in "
    alt += f"{fields['rows']}."
    yield robustness_drawing(names.LEFT_OUT, figure, drawn, columns.LEFT_OUT_DRAWN, alt, **fields)


def _specifications(tables: RobustnessTables, labels: Labels) -> Iterator[RobustnessDrawing]:
    rows = smallest_p_rows(tables.contrast, 1)
    if not rows:
        return
    drawn = specifications_drawn(
        tables.specifications, rows[0], labels.alpha, labels.is_log, MOST_SPECIFICATIONS
    )
    if len(drawn) < 2:
        return
    figure = new_figure(specification_height(drawn, labels))
    draw_specification_curve(drawn, figure, labels)
    fields = {
        "region": _row_words(drawn, labels),
        "count": _count(drawn, tables.specifications),
        "interval": labels.interval,
        "alpha": labels.alpha,
        "bare": _without_interval(drawn, tables.specifications),
    }
    negative = int((drawn["effect"] < 0).sum())
    alt = (
        f"Specification curve: {len(drawn)} estimates in {labels.region(rows[0][0])}, {negative} "
        f"below 0 and {len(drawn) - negative} above, over a matrix of the choices made."
    )
    yield robustness_drawing(
        names.SPECIFICATIONS, figure, drawn, columns.SPECIFICATIONS_DRAWN, alt, **fields
    )


def _mode_quantiles(tables: RobustnessTables, labels: Labels) -> Iterator[RobustnessDrawing]:
    effects = tables.random_effects
    chosen = focus_regions(tables.contrast, effects["region"].unique(), MOST_PANELS)
    drawn = mode_quantiles_table(in_regions(effects, chosen), tables.variance)
    if drawn.empty:
        return
    figure = draw_mode_quantiles(drawn, new_figure(modes_height(drawn)), labels)
    rows = tables.rows(drawn)
    factors = ", ".join(labels.factor(name) for name in drawn["factor"].unique())
    alt = f"Normal Q-Q plots of the random effects of {factors}, in {rows}."
    described = columns.MODE_QUANTILES
    yield robustness_drawing(names.MODE_QUANTILES, figure, drawn, described, alt, rows=rows)


_DRAW: tuple[Callable[[RobustnessTables, Labels], Iterator[RobustnessDrawing]], ...] = (
    _partial_residuals,
    _curves,
    _left_out,
    _specifications,
    _mode_quantiles,
)


def _row_words(table: pd.DataFrame, labels: Labels) -> str:
    """Region and comparison of the first row."""
    region, comparison = table["region"].iloc[0], table["comparison"].iloc[0]
    return f"{labels.region(region)} ({labels.comparison(comparison)})"


def _count(drawn: pd.DataFrame, specifications: pd.DataFrame) -> str:
    keys = ["region", "comparison"]
    known = specifications[specifications["estimate"].notna()]
    total = len(known.merge(drawn[keys].drop_duplicates(), on=keys))
    return str(total) if len(drawn) == total else f"{len(drawn)} of {total}"


def _without_interval(drawn: pd.DataFrame, table: pd.DataFrame) -> str:
    """Why points have no interval; empty where all have."""
    if not (drawn["effect"].notna() & drawn["effect_low"].isna()).any():
        return ""
    if table["p_naive"].notna().any():
        return " Without interval: on harmonised values, where nothing calibrates the p."
    return " Without interval: too few degrees of freedom for a test."
