"""Specification curve: every way in which an effect was estimated, and what was chosen in each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.core.columns import names
from multipet.core.columns.robustness import CHOICES, SPECIFICATIONS_DRAWN
from multipet.figures.contrast.source import (
    ContrastSource,
    Row,
    of_row,
    on_shown_scale,
    smallest_p_rows,
    why_without_interval,
)
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.labels import Labels
from multipet.figures.style import (
    BLUE,
    GRID,
    OKABE_ITO,
    QUIET,
    TEXT,
    legend_above,
    name_rows,
    new_figure,
)

MOST_SPECIFICATIONS = 40
CURVE_HEIGHT = 2.3  # inches
ROW_HEIGHT = 0.2
MOST_NAMED = 16  # sites and scanners left out that get a row each
MAIN, NOTHING = "main", "nothing"
MAIN_COLOUR = OKABE_ITO[1]
HEADINGS = {
    "site": "Site effect",
    "harmonisation": "Values",
    "covariates": "Covariates",
    "left_out": "Left out",
    "method": "Model",
}


def _draw(source: ContrastSource) -> Drawn | None:
    rows, labels = smallest_p_rows(source.contrast, 1), source.labels
    every = source.tables["specifications"]
    if not rows:
        return None
    drawn = specifications_drawn(every, rows[0], labels.alpha, labels.is_log, MOST_SPECIFICATIONS)
    if len(drawn) < 2:
        return None
    figure = new_figure(specification_height(drawn, labels))
    draw_specification_curve(drawn, figure, labels)
    fields = {
        "region": source.row_words(drawn),
        "count": _count(drawn, every),
        "interval": labels.interval,
        "alpha": labels.alpha,
        "bare": why_without_interval(drawn, every),
    }
    negative = int((drawn["effect"] < 0).sum())
    alt = (
        f"Specification curve: {len(drawn)} estimates in {labels.region(rows[0][0])}, {negative} "
        f"below 0 and {len(drawn) - negative} above, over a matrix of the choices made."
    )
    return Drawn(figure, drawn, alt, fields)


def _count(drawn: pd.DataFrame, specifications: pd.DataFrame) -> str:
    keys = ["region", "comparison"]
    known = specifications[specifications["estimate"].notna()]
    total = len(known.merge(drawn[keys].drop_duplicates(), on=keys))
    return str(total) if len(drawn) == total else f"{len(drawn)} of {total}"


SPECIFICATIONS = FigureKind(
    name="specifications",
    section="robustness",
    part="specifications",
    title="Every way it was estimated",
    shows="Effect on {region} in {count} specifications, smallest first, with {interval}. Below "
    "each: what was chosen. Filled: p below {alpha:g} (not adjusted); open: not.{bare}",
    well="all effects have one sign, and the main analysis (diamond) lies among the others, not "
    "at an end.",
    columns=SPECIFICATIONS_DRAWN,
    draw=_draw,
)


def specifications_drawn(
    specifications: pd.DataFrame,
    row: Row,
    alpha: float,
    percent: bool,
    most: int,
) -> pd.DataFrame:
    """Specifications of one region and comparison with an estimate, smallest first.

    Parameters
    ----------
    specifications
        Columns ``robustness_columns.SPECIFICATIONS``.
    row
        Region and comparison.
    alpha
        Level of the tests.
    percent
        Whether to show percent (log scale) instead of the analysis scale.
    most
        Of more than these, the left-out sites and scanners that move the estimate least are
        not shown.
    """
    own = of_row(specifications, row)
    own = own[own["estimate"].notna()]
    main = own.loc[own["specification"] == MAIN, "estimate"]
    move = (own["estimate"] - (main.iloc[0] if len(main) else 0.0)).abs()
    chosen = move.where(own["left_out"] != NOTHING, np.inf)
    own = own.loc[chosen.sort_values(ascending=False, kind="stable").index[:most]]
    detected = (own["p_value"] < alpha).astype(float).where(own["p_value"].notna())
    drawn = on_shown_scale(own, percent).assign(detected=detected)
    drawn = drawn.sort_values("effect", kind="stable", ignore_index=True)
    return drawn.assign(rank=np.arange(1.0, len(drawn) + 1))[names(SPECIFICATIONS_DRAWN)]


@dataclass(frozen=True)
class ChoiceRow:
    """One row of the matrix: a heading (no ranks), or a choice with the ranks that made it."""

    text: str
    ranks: tuple[float, ...] | None = None


def specification_height(table: pd.DataFrame, labels: Labels) -> float:
    """Height in inches that the curve and the choices of ``table`` need."""
    return CURVE_HEIGHT + 0.5 + ROW_HEIGHT * len(choice_rows(table, labels))


def draw_specification_curve(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw the estimates by size, and below them a matrix of what was chosen.

    Parameters
    ----------
    table
        Columns ``robustness_columns.SPECIFICATIONS_DRAWN``, of one region and comparison.
    figure
        ``specification_height(table, labels)`` inches high.
    """
    rows = choice_rows(table, labels)
    heights = [CURVE_HEIGHT, max(ROW_HEIGHT * len(rows), ROW_HEIGHT)]
    curve, matrix = figure.subplots(2, 1, sharex=True, height_ratios=heights)
    main = table[table["specification"] == MAIN]
    for axes in (curve, matrix):
        for rank in main["rank"]:
            axes.axvspan(rank - 0.5, rank + 0.5, color=MAIN_COLOUR, alpha=0.13, linewidth=0)
    _draw_curve(table, curve, labels)
    _draw_matrix(rows, matrix, main["rank"].tolist(), len(table))
    _legend(figure, table, labels)
    return figure


def choice_rows(table: pd.DataFrame, labels: Labels) -> list[ChoiceRow]:
    """Rows of the matrix: each choice in which the specifications differ, its values below."""
    rows: list[ChoiceRow] = []
    for name in names(CHOICES):
        values = _values(table, name, labels)
        if values.nunique() < 2:
            continue
        rows.append(ChoiceRow(HEADINGS[name]))
        ranks = table["rank"].loc[values.index]
        rows.extend(ChoiceRow(v, tuple(ranks[values == v])) for v in values.unique())
    return rows


def _values(table: pd.DataFrame, name: str, labels: Labels) -> pd.Series:
    """The choice of every specification in words, in the order of the rows."""
    if name == "left_out":
        return _left_out(table, labels)
    words = {"none": "raw"} if name == "harmonisation" else {}
    texts = table[name].map(lambda value: words.get(value, value.replace("_", " ")))
    main_first = (table["specification"] != MAIN).sort_values(kind="stable").index
    return texts.loc[main_first]


def _left_out(table: pd.DataFrame, labels: Labels) -> pd.Series:
    """What is left out, by name, sites before scanners; by kind where there are too many."""
    places: dict[tuple[str, str], int] = {}
    for factor in (NOTHING, "site", "scanner"):
        levels = table.loc[table["left_out"] == factor, "level"].unique()
        for level in labels.order(factor, levels):
            places[factor, level] = len(places)
    keys = pd.Series(list(zip(table["left_out"], table["level"], strict=True)), table.index)
    keys = keys.loc[keys.map(places).sort_values(kind="stable").index]
    named = (table["level"] != "").sum() <= MOST_NAMED
    words = {key: labels.level(*key) if named else f"a {key[0]}" for key in keys}
    return keys.map(words | {(NOTHING, ""): NOTHING})


def _draw_curve(table: pd.DataFrame, axes: Axes, labels: Labels) -> None:
    axes.axhline(0, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    for row in table.itertuples():
        is_main = row.specification == MAIN
        colour = MAIN_COLOUR if is_main else BLUE
        face = colour if row.detected == 1 else "white"
        line = [row.effect_low, row.effect_high]
        axes.plot([row.rank, row.rank], line, color=colour, linewidth=1.5)
        marker = "D" if is_main else "o" if row.detected in (0, 1) else "x"
        axes.plot(row.rank, row.effect, marker, color=colour, markerfacecolor=face, markersize=5.5)
    axes.set_ylabel(labels.effect)
    axes.grid(axis="y", color=GRID)
    axes.tick_params(axis="x", length=0, labelbottom=False)


def _draw_matrix(rows: Sequence[ChoiceRow], axes: Axes, main: list[float], count: int) -> None:
    every = np.arange(1, count + 1)
    for y, row in enumerate(rows):
        if row.ranks is None:
            continue
        axes.plot(every, np.full(count, -y), "o", color=GRID, markersize=2.2, zorder=1)
        others = [rank for rank in row.ranks if rank not in main]
        axes.plot(others, [-y] * len(others), "o", color=TEXT, markersize=4.5)
        own = [rank for rank in row.ranks if rank in main]
        axes.plot(own, [-y] * len(own), "D", color=MAIN_COLOUR, markersize=5)
    name_rows(axes, [-y for y in range(len(rows))], [row.text for row in rows], 28)
    for tick, row in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_fontweight("bold" if row.ranks is None else "normal")
    axes.tick_params(axis="both", length=0, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.set_xlim(0.3, count + 0.7)


def _legend(figure: Figure, table: pd.DataFrame, labels: Labels) -> None:
    point = {"linestyle": "", "marker": "o", "color": BLUE, "markersize": 5.5}
    handles = [
        Line2D([], [], **point | {"marker": "D", "color": MAIN_COLOUR}),
        Line2D([], [], **point),
        Line2D([], [], markerfacecolor="white", **point),
    ]
    texts = ["main analysis", f"p < {labels.alpha:g}", "not"]
    if table["detected"].isna().any():
        handles.append(Line2D([], [], **point | {"marker": "x"}))
        texts.append("no valid p")
    legend_above(figure, handles, texts)
