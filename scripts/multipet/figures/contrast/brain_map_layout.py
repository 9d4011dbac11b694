"""Where everything on a brain map stands: its slices, and under them the names and colours."""

from collections.abc import Collection
from dataclasses import dataclass

import matplotlib
import pandas as pd
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from multipet.figures.labels import Labels
from multipet.figures.style import EFFECTS, QUIET, TEXT, WIDTH, shortened

MOST_NUMBERS = 12  # regions that are numbered on the slices and named below them
LETTER, BETWEEN = 0.085, 0.56  # inches: width of a letter, and of a number with its gaps
ROW, STRIP = 0.25, 0.78  # inches
STEPS = 48  # of the colour bar
BAR = (0.3, 0.5, 2.7, 0.15)  # left, bottom, width, height in inches
VIEWS = ("axial", "coronal", "sagittal")
MOST_HEIGHT = 2.6  # inches of a slice
MARGIN = 0.24  # inches at the sides of a slice, for the letters of its directions
TITLE = 0.34  # inches above a slice
GAP = 0.12  # inches below a slice


@dataclass(frozen=True)
class Scale:
    """Colours of effects, white at 0 and as deep for −1 as for +1 times ``most``."""

    most: float

    @property
    def colours(self) -> Colormap:
        """Blue below 0, red above."""
        return matplotlib.colormaps[EFFECTS]

    def colour(self, effect: float) -> tuple[float, float, float, float]:
        """Colour of an effect."""
        return self.colours(Normalize(-self.most, self.most)(effect))


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
        name = shortened(labels.region(region), 60)
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


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice and its place in the figure.

    Attributes
    ----------
    view, coordinate
        Which slice; ``coordinate`` in mm.
    outlines
        Rows of ``atlas_columns.OUTLINES``.
    across, up
        What the axes span, in mm.
    left, top, width, height
        Of the axes in inches, from the figure's top left.
    title
        Where its title ends, in inches above the axes.
    """

    view: str
    coordinate: float
    outlines: pd.DataFrame
    across: tuple[float, float]
    up: tuple[float, float]
    left: float
    top: float
    width: float
    height: float
    title: float


def slice_layout(outlines: pd.DataFrame) -> tuple[list[Slice], float]:
    """Place every slice; the second value is the height in inches that they need.

    Parameters
    ----------
    outlines
        Columns ``atlas_columns.OUTLINES``, of one slice a view at least.
    """
    views = [view for view in VIEWS if view in set(outlines["view"])]
    parts = {view: outlines[outlines["view"] == view] for view in views}
    spans = {view: (_span(part["across"]), _span(part["up"])) for view, part in parts.items()}
    wide = sum(_length(across) for across, _ in spans.values())
    high = max(_length(up) for _, up in spans.values())
    scale = min((WIDTH - 2 * MARGIN * len(views)) / wide, MOST_HEIGHT / high)
    row = TITLE + scale * high + GAP
    side = (WIDTH - scale * wide) / (2 * len(views))
    slices: list[Slice] = []
    left = 0.0
    for view in views:
        across, up = spans[view]
        width, height = scale * _length(across), scale * _length(up)
        for place, (coordinate, part) in enumerate(parts[view].groupby("coordinate")):
            lower = (scale * high - height) / 2  # than the highest of its row
            box = (left + side, place * row + TITLE + lower, width, height, lower)
            slices.append(Slice(view, float(coordinate), part, across, up, *box))
        left += width + 2 * side
    return slices, row * _most(parts.values())


def _most(parts: Collection[pd.DataFrame]) -> int:
    return max(part["coordinate"].nunique() for part in parts)


def _span(values: pd.Series) -> tuple[float, float]:
    """Ends with room for the thickest line."""
    return float(values.min()) - 2, float(values.max()) + 2


def _length(span: tuple[float, float]) -> float:
    return span[1] - span[0]
