"""Slices of a brain map: the shapes of its regions, in the colours of their effects."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from multipet.figures.contrast.brain_map_layout import (
    Scale,
    Slice,
    draw_key,
    key_height,
    region_numbers,
    slice_layout,
)
from multipet.figures.labels import Labels
from multipet.figures.style import GREY, QUIET, TEXT, WIDTH

BRAIN = "#eef1f4"
HATCH = "////"
HEADING = 0.3  # inches
DARK = 0.62  # of the scale: white is legible from here on
NUMBER = 4.0  # mm from a number's middle to where it ends
SIDES = {"axial": "LR", "coronal": "LR", "sagittal": "PA"}
AXES = {"axial": "z", "coronal": "y", "sagittal": "x"}


def brain_map_height(
    table: pd.DataFrame, outlines: pd.DataFrame, labels: Labels, heading: str = ""
) -> float:
    """Height in inches of ``draw_brain_map``."""
    return slice_layout(outlines)[1] + key_height(table, labels) + HEADING * bool(heading)


def draw_brain_map(
    table: pd.DataFrame, outlines: pd.DataFrame, figure: Figure, labels: Labels, heading: str = ""
) -> Figure:
    """Draw slices with their regions in colour, and what the colours mean.

    Parameters
    ----------
    table
        Columns ``atlas_columns.BRAIN_MAP``, of one comparison; one effect at least.
    outlines
        Columns ``atlas_columns.OUTLINES``.
    figure
        ``brain_map_height(table, outlines, labels, heading)`` inches high.
    labels
        Readable names.
    heading
        Over everything; empty for none.
    """
    scale = Scale(float(table["effect"].abs().max()) or 1.0)
    rows = table.set_index("label")
    numbers = region_numbers(table)
    top = HEADING * bool(heading)
    figure.set_layout_engine("none")  # every place is known
    if heading:
        place = (0.08 / WIDTH, 1 - 0.08 / figure.get_figheight())
        figure.text(*place, heading, va="top", fontsize=11.5, fontweight="bold")
    for one in slice_layout(outlines)[0]:
        axes = _slice_axes(one, figure, top)
        for label, part in one.outlines.groupby("label"):
            _draw_label(axes, part, rows.loc[label] if label in rows.index else None, scale)
        for region in numbers:
            part = one.outlines[one.outlines["region"] == region]
            _draw_numbers(axes, part, rows, str(numbers[region]), scale)
    draw_key(table, figure, labels, scale)
    return figure


def shape_tips(table: pd.DataFrame, texts: Mapping[str, str]) -> dict[str, str]:
    """Words that a pointer on a shape is told, by the shape's id; ``texts`` is by region."""
    return {_id(row.label): texts[row.region] for row in table.itertuples()}


def _slice_axes(one: Slice, figure: Figure, top: float) -> Axes:
    high = figure.get_figheight()
    below = high - top - one.top - one.height
    box = (one.left / WIDTH, below / high, one.width / WIDTH, one.height / high)
    axes = figure.add_axes(box, xlim=one.across, ylim=one.up)
    axes.set_axis_off()
    place = f"{one.coordinate:.0f}".replace("-", "−").replace("−0", "0")
    side = {-1.0: " (left)", 1.0: " (right)"}.get(np.sign(one.coordinate), "")
    title = f"{AXES[one.view]} = {place} mm{side if one.view == 'sagittal' else ''}"
    axes.set_title(title, loc="center", fontsize=10.5, fontweight="normal", pad=5 + 72 * one.title)
    style = {"xycoords": "axes fraction", "textcoords": "offset points", "color": QUIET}
    for letter, at, shift in zip(SIDES[one.view], (0, 1), (-7, 7), strict=True):
        axes.annotate(letter, (at, 0.5), (shift, 0), ha="center", va="center", fontsize=10, **style)
    return axes


def _draw_label(axes: Axes, part: pd.DataFrame, row: pd.Series | None, scale: Scale) -> None:
    path = Path.make_compound_path(*(_closed(ring) for _, ring in part.groupby("ring")))
    if row is None:
        look = {"facecolor": BRAIN, "edgecolor": GREY, "linewidth": 0.8, "zorder": 1}
    else:
        detected = row["detected"] == 1
        look = {"edgecolor": TEXT if detected else QUIET, "linewidth": 1.5 if detected else 0.6}
        look |= {"zorder": 3 if detected else 2, "gid": _id(row.name)}
        no_effect = {"facecolor": "white", "hatch": HATCH}
        absent = pd.isna(row["effect"])
        look |= no_effect if absent else {"facecolor": scale.colour(row["effect"])}
    patch = PathPatch(path, joinstyle="round", **look)
    axes.add_patch(patch)
    patch.set_clip_on(False)


def _draw_numbers(
    axes: Axes, part: pd.DataFrame, rows: pd.DataFrame, number: str, scale: Scale
) -> None:
    """Write a region's number into each of its shapes, or beside one too small for it."""
    middle = (np.mean(axes.get_xlim()), np.mean(axes.get_ylim()))
    for label, shape in part.groupby("label"):
        point, room = _innermost([_closed(ring) for _, ring in shape.groupby("ring")])
        effect = rows.loc[label, "effect"]
        look: dict[str, Any] = {"color": TEXT}
        if room < NUMBER:
            outwards = point - middle
            point = point + (room + NUMBER) * outwards / np.hypot(*outwards)
        elif pd.isna(effect):  # legible on the hatching
            look["bbox"] = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        elif abs(effect) > DARK * scale.most:
            look["color"] = "white"
        style = {"ha": "center", "va": "center_baseline", "fontsize": 9, "fontweight": "bold"}
        axes.text(*point, number, zorder=4, **look, **style)


def _closed(ring: pd.DataFrame) -> Path:
    points = ring[["across", "up"]].to_numpy(float)
    return Path(np.concatenate([points, points[:1]]), closed=True)


def _innermost(rings: Sequence[Path]) -> tuple[np.ndarray, float]:
    """Point of a shape that is farthest from its outline, and how far, both in mm."""
    outline = np.concatenate([ring.interpolated(4).vertices for ring in rings])
    low, high = outline.min(axis=0), outline.max(axis=0)
    steps = [np.arange(a + 0.5, b, 1.0) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*steps), axis=-1).reshape(-1, 2)
    within = (
        Path.make_compound_path(*rings).contains_points(grid) if len(grid) else np.zeros(0, bool)
    )
    if not within.any():
        return outline.mean(axis=0), 0.0
    inside = grid[within]
    room = np.sqrt(((inside[:, None] - outline) ** 2).sum(axis=2).min(axis=1))
    return inside[room.argmax()], float(room.max())


def _id(label: float) -> str:
    return f"shape-{label:.0f}"
