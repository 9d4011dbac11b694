"""Agreement of repeated scans before and after harmonisation."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multipet.core.columns.harmonisation import REPEATS as COLUMNS
from multipet.figures.figure import Drawn, FigureKind
from multipet.figures.harmonisation.source import STAGE_LOOKS, HarmonisationSource, largest
from multipet.figures.labels import Labels
from multipet.figures.style import GRID, legend_above, marker_handle, name_rows, new_figure

MOST_REGIONS = 25
ROW_HEIGHT = 0.36  # inches
FRAME_HEIGHT = 0.95
OFFSETS = dict(zip(STAGE_LOOKS, (-0.17, 0.17), strict=True))
TITLES = {"within": "within a batch", "across": "across batches"}


def _draw(source: HarmonisationSource) -> Drawn | None:
    repeats = source.tables["repeats"]
    if repeats.empty:
        return None
    drawn = repeats_drawn(repeats, MOST_REGIONS)
    figure = draw_repeats(drawn, new_figure(repeats_height(drawn)), source.labels)
    rows = source.rows(drawn, "those that changed most")
    alt = f"Agreement of repeated scans before and after harmonisation, in {rows}."
    return Drawn(figure, drawn, alt, {"rows": rows, "people": _people(repeats)})


def _people(repeats: pd.DataFrame) -> str:
    most = repeats.groupby("pairs", sort=False)["n_people"].max()
    words = {"within": "people scanned again in the same batch", "across": "in another"}
    counted = [f"{most[kind]:.0f} {text}" for kind, text in words.items() if kind in most]
    return ", ".join(counted).capitalize() + "."


REPEATS = FigureKind(
    name="harmonisation_repeats",
    section="repeats",
    title="Repeated scans of the same people",
    shows="In {rows}. Left: intraclass correlation (one-way, single scan) with its 95 % interval. "
    "Right: mean difference of successive scans in percent of their mean. {people}",
    well="repeats across batches agree better after than before, and those within a batch differ "
    "by as many percent as before. The correlation within a batch may fall: before, differences "
    "between batches count in it as differences between people.",
    columns=COLUMNS,
    draw=_draw,
)


def repeats_drawn(repeats: pd.DataFrame, most: int) -> pd.DataFrame:
    """Agreement in the regions in which it changed most, in the order of the study."""
    wide = repeats.pivot_table(index=["region", "pairs"], columns="stage", values="icc", sort=False)
    change = (wide["after"] - wide["before"]).abs().groupby("region", sort=False).max()
    chosen = largest(change, most)
    return repeats[repeats["region"].isin(chosen)].reset_index(drop=True)


def repeats_height(table: pd.DataFrame) -> float:
    """Height in inches that the rows of all panels need."""
    rows = table.groupby("pairs")["region"].nunique()
    return 0.4 + FRAME_HEIGHT * len(rows) + ROW_HEIGHT * rows.sum()


def draw_repeats(table: pd.DataFrame, figure: Figure, labels: Labels) -> Figure:
    """Draw intraclass correlation and percent difference, a row of panels a kind of pair.

    Parameters
    ----------
    table
        Columns ``check_columns.REPEATS``.
    figure
        ``repeats_height(table)`` inches high.
    """
    kinds = [kind for kind in TITLES if kind in set(table["pairs"])]
    parts = {kind: table[table["pairs"] == kind] for kind in kinds}
    heights = [FRAME_HEIGHT + ROW_HEIGHT * part["region"].nunique() for part in parts.values()]
    grid = figure.subplots(len(kinds), 2, squeeze=False, height_ratios=heights, sharex="col")
    for (left, right), (kind, part) in zip(grid, parts.items(), strict=True):
        regions = list(part["region"].unique())
        for axes, column in ((left, "icc"), (right, "percent")):
            _draw_rows(part, regions, column, axes)
        name_rows(left, range(len(regions)), map(labels.region, regions), 24)
        right.set_yticks([])
        left.set_title(TITLES[kind])
    for left, right in grid:
        left.set_xlim(right=1)
        right.set_xlim(left=0)
    grid[-1][0].set_xlabel("intraclass correlation, 95 % interval")
    grid[-1][1].set_xlabel("difference of repeats, %")
    handles = [marker_handle(look, markersize=6) for look in STAGE_LOOKS.values()]
    legend_above(figure, handles, list(STAGE_LOOKS))
    return figure


def _draw_rows(part: pd.DataFrame, regions: list[str], column: str, axes: Axes) -> None:
    place = {region: y for y, region in enumerate(regions)}
    for row in part.itertuples():
        look, y = STAGE_LOOKS[row.stage], place[row.region] + OFFSETS[row.stage]
        if column == "icc":
            axes.plot([row.icc_low, row.icc_high], [y, y], color=look.colour, linewidth=1.6)
        axes.plot(getattr(row, column), y, look.marker, color=look.colour, markersize=6)
    axes.set_ylim(len(regions) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelbottom=True)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID)
