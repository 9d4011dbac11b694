"""Scans on their first two principal components, by batch and by a covariate."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from multipet.core.columns import Column
from multipet.core.columns import names as column_names
from multipet.core.columns.harmonisation import COMPONENTS as SCORE_COLUMNS
from multipet.core.columns.harmonisation import STAGES
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.harmonisation.source import BatchNames, HarmonisationSource, largest
from multipet.figures.style import (
    BLUE,
    LEGEND_WIDTH,
    TEXT,
    Look,
    looks,
    marker_handle,
    new_figure,
    shortened,
)

HEIGHT = 3.1  # inches of a row of panels
MOST_VECTORS = 1500  # points of a panel; more are drawn as a bitmap
NUMBERS = "viridis"
LEGEND_LETTERS = 60
#: Scores on the first components side by side, of scans and of the means of batches.
SCORES = (
    Column("kind", "scan, or mean: of the scans of the batch", kind="text"),
    *(column for column in SCORE_COLUMNS if column.name not in ("component", "score")),
    Column("first", "score on the first component", "1"),
    Column("second", "score on the second component", "1"),
)


def _draw(source: HarmonisationSource) -> Drawn | None:
    table, batches = source.tables["components"], source.batches
    if not (table["component"] == 2).any():
        return None
    covariate = shown_covariate(source.tables["component_shares"], source.tested)
    drawn = scores_drawn(table, covariate)
    figure = new_figure(components_height(covariate, len(batches.order)))
    draw_components(drawn, covariate, figure, batches)
    second = f" and by {covariate} (bottom)" if covariate else ""
    fields = {"second": second, "made_of": _made_of(source.overview["components"])}
    alt = f"Scans on two principal components before and after, by batch{second}."
    more = (source.covariates[covariate],) if covariate else ()
    return Drawn(figure, drawn, alt, fields, more)


def _made_of(part: Mapping[str, Any]) -> str:
    """What components were made of, and what was left out."""
    left_out = len(part["regions_left_out"])
    text = f"Made of {part['n_regions']} regions and {part['n_scans']} scans"
    if left_out:
        text += f"; left out because many scans lack them or they do not vary: {left_out}"
    if part["n_filled"]:
        text += f"; missing values that count as the mean of their region: {part['n_filled']}"
    return f"{text}."


COMPONENTS = FigureKind(
    name="harmonisation_components",
    section="components",
    title="Scans by their principal components",
    shows="Each scan on the first two principal components of its regions (standardised), before "
    "(left) and after (right), by batch (top; large: its mean){second}. {made_of}",
    well="the large markers lie together on the right, batches are mixed there, and what there is "
    "of a gradient with the covariate on the left is still there on the right.",
    columns=SCORES,
    draw=_draw,
)


def scores_drawn(components: pd.DataFrame, covariate: str) -> pd.DataFrame:
    """Scores on the first two components, a row a scan and stage, then the means of the batches.

    Parameters
    ----------
    components
        Columns ``COMPONENTS``, then covariates.
    covariate
        One of these; empty: none.

    Returns
    -------
    DataFrame
        Columns ``SCORES``, then the covariate if one is named.
    """
    columns = [*column_names(SCORES), *([covariate] if covariate else [])]
    first, second = (components[components["component"] == k] for k in (1, 2))
    scans = first.assign(kind="scan", first=first["score"], second=second["score"].to_numpy())
    means = scans.groupby(["stage", "batch"], sort=False, as_index=False)[["first", "second"]]
    return pd.concat([scans, means.mean().assign(kind="mean")], ignore_index=True)[columns]


def shown_covariate(shares: pd.DataFrame, tested: Sequence[str]) -> str:
    """The covariate to colour scores by: one that is tested, else the one that explains most."""
    before = shares[(shares["stage"] == "before") & (shares["term"] != "batch")]
    sizes = before.groupby("term", sort=False)["r_squared"].max()
    known = sizes[sizes.index.isin(tested)]
    chosen = largest(known if len(known) else sizes, 1)
    return chosen[0] if chosen else ""


def components_height(covariate: str, n_batches: int) -> float:
    """Height in inches: a row of panels by batch, one by covariate, and legends."""
    return HEIGHT * (2 if covariate else 1) + 0.2 * -(-n_batches // 2) + 0.4


def draw_components(
    table: pd.DataFrame, covariate: str, figure: Figure, names: BatchNames
) -> Figure:
    """Draw scores before (left) and after (right).

    Parameters
    ----------
    table
        Columns ``drawn_tables.SCORES`` and the covariate.
    covariate
        Its column; empty: by batch only.
    """
    parts = figure.subfigures(2 if covariate else 1, 1, squeeze=False)[:, 0]
    grid = parts[0].subplots(1, 2, sharex=True, sharey=True)
    scans = table[table["kind"] == "scan"]
    _by_level(scans, "batch", names.looks, grid)
    means = table[table["kind"] == "mean"]
    _means(means, names.looks, grid)
    if len(set(names.looks.values())) < len(names.looks):
        _name_means(means[means["stage"] == STAGES[0]], grid[0], names)
    _legend(parts[0], {names.text(batch): look for batch, look in names.looks.items()})
    if covariate:
        _by_covariate(scans, covariate, parts[1], names)
    return figure


def _by_covariate(table: pd.DataFrame, covariate: str, part: Figure, names: BatchNames) -> None:
    grid = part.subplots(1, 2, sharex=True, sharey=True)
    labels = names.labels
    if table[covariate].dtype != "category":
        _by_number(table, covariate, grid)
        return
    levels = [str(level) for level in table[covariate].cat.categories]
    look = looks(levels)
    _by_level(table, covariate, look, grid)
    _legend(part, {labels.level(covariate, level): look[level] for level in levels})


def _by_level(table: pd.DataFrame, column: str, look: dict[str, Look], grid: np.ndarray) -> None:
    for axes, rows in _panels(table, grid):
        for level, one in look.items():
            chosen = rows[rows[column].astype(str) == level]
            _points(axes, chosen, len(rows), color=one.colour, marker=one.marker)


def _means(table: pd.DataFrame, look: dict[str, Look], grid: np.ndarray) -> None:
    for axes, rows in _panels(table, grid):
        for row in rows.itertuples():
            one = look[row.batch]
            style = {"markersize": 10, "markeredgecolor": TEXT, "markeredgewidth": 1.3}
            axes.plot(row.first, row.second, one.marker, color=one.colour, **style)


def _name_means(means: pd.DataFrame, axes: Axes, names: BatchNames) -> None:
    """Name the batches that colours do not tell apart, where they lie apart: before."""
    for row in means.itertuples():
        text, place = shortened(names.text(row.batch), 24), (row.first, row.second)
        axes.annotate(text, place, (6, 3), textcoords="offset points", fontsize=7)


def _by_number(table: pd.DataFrame, column: str, grid: np.ndarray) -> None:
    norm = Normalize(table[column].min(), table[column].max())
    colours = matplotlib.colormaps[NUMBERS]
    for axes, rows in _panels(table, grid):
        axes.scatter(
            rows["first"], rows["second"], c=rows[column], cmap=colours, norm=norm, s=16,
            alpha=0.8, linewidths=0, rasterized=len(rows) > MOST_VECTORS,
        )  # fmt: skip
    bar = grid[0].figure.colorbar(
        ScalarMappable(norm, colours), ax=list(grid), location="top", shrink=0.5, aspect=40
    )
    bar.set_label(column)
    bar.outline.set_visible(False)


def _panels(table: pd.DataFrame, grid: np.ndarray) -> Iterator[tuple[Axes, pd.DataFrame]]:
    for axes, stage in zip(grid, STAGES, strict=True):
        axes.set_title(stage)
        axes.set_xlabel("first component")
        yield axes, table[table["stage"] == stage]
    grid[0].set_ylabel("second component")


def _points(axes: Axes, rows: pd.DataFrame, n: int, **style: object) -> None:
    axes.plot(
        rows["first"], rows["second"], linestyle="", markersize=4, alpha=0.75,
        markeredgewidth=0, rasterized=n > MOST_VECTORS, **style,
    )  # fmt: skip


def _legend(part: Figure, looks_of: dict[str, Look]) -> None:
    if set(looks_of.values()) == {Look(BLUE, "o")} and len(looks_of) > 1:
        return
    handles = [marker_handle(look, markersize=6) for look in looks_of.values()]
    legend = part.legend(
        handles, [" "] * len(handles), loc="outside upper left",
        ncols=_legend_columns(looks_of), borderaxespad=0,
    )  # fmt: skip
    for text, label in zip(legend.get_texts(), looks_of, strict=True):
        text.set_text(shortened(label, LEGEND_LETTERS))


def _legend_columns(labels: Iterable[str]) -> int:
    longest = max(len(shortened(label, LEGEND_LETTERS)) for label in labels)
    return max(1, LEGEND_WIDTH // (longest + 5))
