"""What lies under a brain map: its colours, its outlines, and the names of its regions."""

from typing import Protocol

import pandas as pd
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from multipet.figures.labels import Labels
from multipet.figures.style import QUIET, TEXT, WIDTH, shortened

MOST_NUMBERS = 12  # regions that are numbered on the slices and named below them
LETTER, BETWEEN = 0.085, 0.56  # inches: width of a letter, and of a number with its gaps
ROW, STRIP = 0.25, 0.78  # inches
STEPS = 48  # of the colour bar
BAR = (0.3, 0.5, 2.7, 0.15)  # left, bottom, width, height in inches


class Scale(Protocol):
    """Colours of effects from ``-most`` to ``most``."""

    most: float

    @property
    def colours(self) -> Colormap:
        """Of the whole range."""


def key_height(table: pd.DataFrame, labels: Labels) -> float:
    """Height in inches of ``draw_key``."""
    rows = len(_name_rows(table, labels))
    return STRIP + (ROW * rows + 0.12 if rows else 0)


def region_numbers(table: pd.DataFrame) -> dict[str, int]:
    """Numbers of the regions from 1, in the order of ``table``; none where they are too many."""
    regions = table["region"].unique()
    if len(regions) > MOST_NUMBERS:
        return {}
    return {region: i for i, region in enumerate(regions, 1)}


def draw_key(table: pd.DataFrame, figure: Figure, labels: Labels, scale: Scale) -> None:
    """Draw names, colour bar and legend at the foot of ``figure``."""
    _draw_names(table, figure, labels)
    _draw_bar(figure, labels, scale)
    looks = {f"{labels.p} < {labels.alpha:g}": {"edgecolor": TEXT, "linewidth": 1.5}}
    looks["not"] = {"edgecolor": QUIET, "linewidth": 0.6}
    if table["effect"].isna().any():
        looks["not estimated"] = {"edgecolor": QUIET, "linewidth": 0.6, "hatch": "////"}
    handles = [Patch(facecolor="white", **look) for look in looks.values()]
    place = ((WIDTH - 0.2) / WIDTH, (BAR[1] + BAR[3] / 2) / figure.get_figheight())
    style = {"loc": "center right", "bbox_to_anchor": place, "borderaxespad": 0}
    figure.legend(handles, list(looks), ncols=len(looks), handlelength=1.4, **style)


def _draw_names(table: pd.DataFrame, figure: Figure, labels: Labels) -> None:
    high = figure.get_figheight()
    for i, row in enumerate(reversed(_name_rows(table, labels))):
        y = (STRIP + 0.12 + ROW * (i + 0.25)) / high
        for left, number, name in row:
            figure.text(left / WIDTH, y, f"{number}", fontsize=10.5, fontweight="bold")
            figure.text((left + 0.24) / WIDTH, y, name, fontsize=10.5)


def _name_rows(table: pd.DataFrame, labels: Labels) -> list[list[tuple[float, int, str]]]:
    """Left end in inches, number and name of each region, as many in a row as it holds."""
    rows: list[list[tuple[float, int, str]]] = []
    left = WIDTH
    for region, number in region_numbers(table).items():
        name = shortened(labels.region(region), 25)
        width = BETWEEN + LETTER * len(name)
        if left + width > WIDTH:
            rows.append([])
            left = BAR[0]
        rows[-1].append((left, number, name))
        left += width
    return rows


def _draw_bar(figure: Figure, labels: Labels, scale: Scale) -> None:
    high = figure.get_figheight()
    left, bottom, width, height = BAR
    box = (left / WIDTH, bottom / high, width / WIDTH, height / high)
    axes = figure.add_axes(box, xlim=(-scale.most, scale.most), ylim=(0, 1))
    step = 2 * scale.most / STEPS
    for i in range(STEPS):
        colour = scale.colours((i + 0.5) / STEPS)
        # each reaches under the next, so that no seam shows
        end = min(-scale.most + (i + 1.5) * step, scale.most)
        axes.axvspan(-scale.most + i * step, end, color=colour, linewidth=0)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    axes.set_xlabel(labels.effect, labelpad=2)
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.6)


def _plain(value: float, _: int) -> str:
    return f"{value:g}".replace("-", "−")
