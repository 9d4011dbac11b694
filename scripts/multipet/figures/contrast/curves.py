"""The fitted outcome over a number, at each level, with a spline beside the line."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.core.columns import names
from multipet.core.columns.robustness import CURVES_DRAWN
from multipet.figures.contrast.source import ContrastSource
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels, outcome_axis, variable_axis
from multipet.figures.style import (
    COLUMNS,
    GRID,
    QUIET,
    TEXT,
    Look,
    fixed,
    legend_above,
    looks,
    new_figure,
    panel_title,
    region_panels,
)

MOST_REGIONS = 4
STRAIGHT = "dashed and full lines lie close together, and no p is small"
SPLINE_WORDS = (
    " Dashed: with a natural cubic spline (3 df) in place of the line; p: test that the line is"
    " enough."
)
MODEL, SPLINE = "model", "spline"
DASHED = (0, (3, 2))
Key = tuple[str, str, str, str]
LEVELS = ["factor_1", "level_1", "factor_2", "level_2"]


def _draw(source: ContrastSource) -> Drawn | None:
    labels = source.labels
    drawn = curves_drawn(source.tables["curves"], source.tables["linearity"], MOST_REGIONS)
    if drawn.empty:
        return None
    figure = draw_curves(drawn, new_figure(curves_height(drawn)), labels)
    variable, rows = drawn["variable"].iloc[0], source.rows(drawn)
    has_spline = (drawn["shape"] == SPLINE).any()
    fields = {
        "variable": variable,
        "interval": labels.interval,
        "rows": rows,
        "spline": SPLINE_WORDS if has_spline else "",
        "well": STRAIGHT if has_spline else "curves bend no more than the subject leads to expect",
    }
    alt = f"Mean outcome over {variable} with its interval, in {rows}."
    return Drawn(figure, drawn, alt, fields)


CURVES = FigureKind(
    name="curves",
    section="by_site",
    part="curves",
    title="Outcome over {variable}",
    shows="Mean outcome over {variable} at each level, other covariates at their mean, in {rows}. "
    "Shaded: {interval} of the change with {variable}, the level being taken as it is.{spline}",
    well="{well}.",
    columns=CURVES_DRAWN,
    draw=_draw,
)


def curves_drawn(curves: pd.DataFrame, linearity: pd.DataFrame, most: int) -> pd.DataFrame:
    """Curves of the first ``most`` regions, each with the p of its line."""
    p = {(row.region, row.comparison): row.p_value for row in linearity.itertuples()}
    kept = curves[curves["region"].isin(curves["region"].unique()[:most])]
    keys = zip(kept["region"], kept["comparison"], strict=True)
    return kept.assign(p_line=[p.get(key, np.nan) for key in keys])[names(CURVES_DRAWN)]


def curves_height(table: pd.DataFrame) -> float:
    """Height in inches of a panel a region, in two columns."""
    return 1.2 + 2.3 * -(-table["region"].nunique() // COLUMNS)


def draw_curves(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw the mean outcome over the number with its band; dashed: with a spline instead.

    Parameters
    ----------
    table
        Columns ``robustness_columns.CURVES_DRAWN``.
    figure
        ``curves_height(table)`` inches high.
    """
    keys = [tuple(key) for key in table[LEVELS].drop_duplicates().to_numpy()]
    look = dict(zip(keys, looks([str(i) for i in range(len(keys))]).values(), strict=True))
    regions = table["region"].unique()
    for axes, region in zip(region_panels(figure, len(regions)), regions, strict=True):
        part = table[table["region"] == region]
        _draw_region(part, axes, look)
        panel_title(axes, labels.region(region), 26)
        axes.grid(axis="y", color=GRID)
    figure.supxlabel(variable_axis(table["variable"].iloc[0], labels), fontsize=11)
    figure.supylabel(outcome_axis(labels), fontsize=11)
    _legend(figure, look, labels, (table["shape"] == SPLINE).any())
    return figure


def p_text(p: float) -> str:
    """``p = .24``, or ``p < .001``."""
    return "p < .001" if p < 0.001 else f"p = {fixed(p, 3 if p < 0.1 else 2).lstrip('0')}"


def _draw_region(table: pd.DataFrame, axes: Axes, look: Mapping[Key, Look]) -> None:
    for key, part in table.groupby(LEVELS, sort=False):
        own = look[key]
        line, spline = (part[part["shape"] == shape] for shape in (MODEL, SPLINE))
        axes.fill_between(
            line["x"], line["low"], line["high"], color=own.colour, alpha=0.1, linewidth=0
        )
        axes.plot(
            line["x"], line["fitted"], color=own.colour, linewidth=2, marker=own.marker,
            markersize=5.5, markevery=(0, len(line) - 1),
        )  # fmt: skip
        axes.plot(spline["x"], spline["fitted"], color=own.colour, linewidth=1.3, linestyle=DASHED)
    p = table["p_line"].iloc[0]
    if pd.notna(p):
        axes.text(
            0.98, 0.97, f"curve against line: {p_text(p)}", color=QUIET, fontsize=10, ha="right",
            va="top", transform=axes.transAxes,
        )  # fmt: skip


def _legend(figure: Figure, look: Mapping[Key, Look], labels: Labels, has_spline: bool) -> None:
    handles = [
        Line2D([], [], color=own.colour, marker=own.marker, markersize=5.5, linewidth=2)
        for own in look.values()
    ]
    texts = [_name(key, labels) for key in look]
    if has_spline:
        handles.append(Line2D([], [], color=TEXT, linewidth=1.3, linestyle=DASHED))
        texts.append("with a spline")
    legend_above(figure, handles, texts)


def _name(key: Key, labels: Labels) -> str:
    pairs = [(key[0], key[1]), (key[2], key[3])]
    return ", ".join(labels.level(f, level) for f, level in pairs if f) or "all"
