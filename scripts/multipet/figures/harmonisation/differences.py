"""Differences between batches in every region, before and after harmonisation."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from multipet.core.columns.harmonisation import BATCH_TESTS, FLIGNER_KILLEEN, MEAN
from multipet.figures.figure import Drawn, FigureKind, in_regions
from multipet.figures.harmonisation.source import STAGE_LOOKS, HarmonisationSource, largest
from multipet.figures.labels import Labels
from multipet.figures.style import GREY, GRID, QUIET, legend_above, name_rows, new_figure

MOST_REGIONS = 40
ROW_HEIGHT = 0.25  # inches
FRAME_HEIGHT = 1.6
#: What is added where the differences were estimated from the same values.
BY_CONSTRUCTION = (
    " They do by construction: the same differences were estimated and taken out, so that it is "
    "no proof."
)


def _draw(source: HarmonisationSource) -> Drawn | None:
    drawn = drawn_tests(source.tables["batch_tests"], MOST_REGIONS)
    if drawn["size"].isna().all():
        return None
    figure = draw_differences(drawn, new_figure(differences_height(drawn)), source.labels)
    rows = source.rows(drawn, "those that differed most between batches")
    alt = f"Partial R² of batch and ratio of SDs before and after harmonisation, in {rows}."
    construction = "" if source.is_given else BY_CONSTRUCTION
    fields = {"rows": rows, "alpha": source.labels.alpha, "construction": construction}
    return Drawn(figure, drawn, alt, fields)


DIFFERENCES = FigureKind(
    name="harmonisation_tests",
    section="differences",
    title="Differences between batches, before and after",
    shows="In {rows}, the largest first. Left: share of what the covariates leave of a region's "
    "variance that lies between batches (partial R²). Right: largest over smallest residual "
    "SD of a batch. Filled: adjusted p below {alpha:g} (F; Brown and Forsythe's test); open: "
    "not.",
    well="all squares lie at the left edge of their panel and are open.{construction}",
    columns=BATCH_TESTS,
    draw=_draw,
)


def drawn_tests(tests: pd.DataFrame, most: int) -> pd.DataFrame:
    """Tests of mean and of spread (Brown-Forsythe), the largest batch effect before first."""
    shown = tests[tests["test"] != FLIGNER_KILLEEN]
    first = shown[(shown["test"] == MEAN) & (shown["stage"] == "before")]
    return in_regions(shown, largest(first.set_index("region")["size"], most))


def differences_height(table: pd.DataFrame) -> float:
    """Height in inches that the regions of ``table`` need."""
    return FRAME_HEIGHT + ROW_HEIGHT * table["region"].nunique()


def draw_differences(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw partial R² and ratio of SDs, a row a region, before and after joined by a line.

    Parameters
    ----------
    table
        Columns ``check_columns.BATCH_TESTS``; tests ``mean`` and ``brown_forsythe``.
    figure
        ``differences_height(table)`` inches high.
    """
    means, spreads = figure.subplots(1, 2)
    regions = list(table["region"].unique())
    for axes, test in ((means, "mean"), (spreads, "brown_forsythe")):
        _draw_pairs(table[table["test"] == test], regions, axes, labels)
        axes.margins(x=0.06)
        axes.set_ylim(len(regions) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color=GRID)
    name_rows(means, range(len(regions)), map(labels.region, regions), 28)
    spreads.set_yticks([])
    means.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    for axes, nothing in ((means, 0), (spreads, 1)):
        axes.axvline(nothing, color=QUIET, linewidth=0.9, zorder=1)
        axes.update_datalim([(nothing, 0)], updatey=False)
        axes.autoscale_view(scaley=False)
    means.set_title("mean")
    means.set_xlabel("partial R² of batch")
    spreads.set_title("spread")
    spreads.set_xlabel("largest / smallest SD")
    _legend(figure, labels)
    return figure


def _draw_pairs(table: pd.DataFrame, regions: list[str], axes: Axes, labels: Labels) -> None:
    place = {region: y for y, region in enumerate(regions)}
    wide = table.pivot(index="region", columns="stage", values="size")
    for region, row in wide.iterrows():
        axes.plot(row, [place[region]] * len(row), color=GREY, linewidth=1.6, zorder=1)
    for stage, look in STAGE_LOOKS.items():
        part = table[table["stage"] == stage]
        for found in (True, False):
            chosen = part[(part["p_adjusted"] < labels.alpha) == found]
            axes.plot(
                chosen["size"],
                chosen["region"].map(place),
                marker=look.marker,
                linestyle="",
                color=look.colour,
                markerfacecolor=look.colour if found else "white",
                markersize=6,
                mew=1.4,
                zorder=3,
            )


def _legend(figure: Figure, labels: Labels) -> None:
    point = {"linestyle": "", "markersize": 6, "mew": 1.4}
    handles = [
        Line2D([], [], marker=look.marker, color=look.colour, markerfacecolor="white", **point)
        for look in STAGE_LOOKS.values()
    ]
    filled = Line2D([], [], marker="o", color=QUIET, **point)
    texts = [*STAGE_LOOKS, f"filled: adjusted p < {labels.alpha:g}"]
    legend_above(figure, [*handles, filled], texts)
