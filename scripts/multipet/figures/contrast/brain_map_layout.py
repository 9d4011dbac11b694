"""Where the slices of a brain map stand: one column a view, all at one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from multipet.figures.style import WIDTH

VIEWS = ("axial", "coronal", "sagittal")
MOST_HEIGHT = 2.6  # inches of a slice
MARGIN = 0.24  # inches at the sides of a slice, for the letters of its directions
TITLE = 0.34  # inches above a slice
GAP = 0.12  # inches below a slice


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


def _most(parts: Sequence[pd.DataFrame]) -> int:
    return max(part["coordinate"].nunique() for part in parts)


def _span(values: pd.Series) -> tuple[float, float]:
    """Ends with room for the thickest line."""
    return float(values.min()) - 2, float(values.max()) + 2


def _length(span: tuple[float, float]) -> float:
    return span[1] - span[0]
