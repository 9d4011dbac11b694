"""Where each level of the random effects is drawn: few in named rows, many as a sorted band."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from multipet.figures.labels import Labels
from multipet.figures.style import QUIET, Look, row_name

MOST_NAMED = 15  # levels of a factor that get a row and a name each
BAND_ROWS = 5.5  # height of the band of all others, in rows
LABEL = 27  # characters of a name
ROW_HEIGHT = 0.235  # inches


@dataclass(frozen=True)
class LevelGroup:
    """The levels of one effect of one factor.

    Attributes
    ----------
    factor, effect
        As in the table.
    levels
        In the order of their rows.
    top
        Place of the heading in its panel; rows go down from it.
    """

    factor: str
    effect: str
    levels: tuple[str, ...]
    top: float = 0.0

    @property
    def is_band(self) -> bool:
        """Whether the levels are too many for names, and are drawn thin, sorted by rank."""
        return len(self.levels) > MOST_NAMED

    @property
    def bottom(self) -> float:
        """Place of the lower edge."""
        return self.top - (BAND_ROWS if self.is_band else len(self.levels)) - 0.6

    def placed(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of one region's ``table`` that belong here, their places in a column ``y``."""
        rows = table[(table["factor"] == self.factor) & (table["effect"] == self.effect)]
        rows = rows.sort_values("rank")
        if self.is_band:
            step = (BAND_ROWS - 0.3) / len(rows)
            return rows.assign(y=self.bottom + 0.3 + step * (rows["rank"] - 0.5))
        row = {level: self.top - 1 - i for i, level in enumerate(self.levels)}
        return rows.assign(y=rows["level"].map(row))


@dataclass(frozen=True)
class Block:
    """Groups that share a panel and a scale: all named ones, or one band."""

    groups: tuple[LevelGroup, ...]

    @property
    def height(self) -> float:
        """Height in inches of the panel."""
        return ROW_HEIGHT * (1 - self.groups[-1].bottom)


def level_blocks(table: pd.DataFrame, labels: Labels) -> list[Block]:
    """Blocks of ``table`` (columns factor, effect, level): factors with few levels first."""
    groups = [
        LevelGroup(factor, effect, tuple(labels.order(factor, part["level"].unique())))
        for (factor, effect), part in table.groupby(["factor", "effect"], sort=False)
    ]
    groups.sort(key=lambda group: len(group.levels))
    named = tuple(_stacked([group for group in groups if not group.is_band]))
    bands = [Block((group,)) for group in groups if group.is_band]
    return [Block(named), *bands] if named else bands


def frame_rows(axes: Axes, block: Block, labels: Labels, named: bool) -> None:
    """Set heights and, where ``named``, write headings and the names of the levels."""
    axes.set_ylim(block.groups[-1].bottom, 0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=QUIET, linewidth=0.9, zorder=1)
    for y, name, weight in _names(block, labels) if named else []:
        text, letters = row_name(name, LABEL)
        axes.annotate(
            text,
            (0, y),
            (-8, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            ha="right",
            va="center_baseline" if not letters else "center",
            fontweight=weight,
            **{"fontsize": 10.5, **letters},
        )


def level_look(group: LevelGroup, level: str, labels: Labels) -> Look:
    """Look of a named level: a scanner has that of its site."""
    is_of_site = group.factor in ("site", "scanner")
    return labels.site_look(level.partition("/")[0] if is_of_site else "")


def _names(block: Block, labels: Labels) -> Iterator[tuple[float, str, str]]:
    for group in block.groups:
        heading = labels.factor(group.factor, group.effect)
        yield group.top, f"{heading} ({len(group.levels)})", "bold"
        names = [] if group.is_band else labels.names(group.factor, group.levels)
        for i, name in enumerate(names, 1):
            yield group.top - i, name, "normal"


def _stacked(groups: list[LevelGroup]) -> Iterator[LevelGroup]:
    top = 0.0
    for group in groups:
        stacked = LevelGroup(group.factor, group.effect, group.levels, top)
        yield stacked
        top = stacked.bottom - 0.6
