"""The atlas as figures need it: where each label is, and its outlines on a few slices."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from multipet.atlas.atlas_columns import LABELS, OUTLINES
from multipet.atlas.label_image import LabelImage
from multipet.atlas.label_table import AtlasLabel
from multipet.atlas.slices import VIEWS, Slice, choose_slices, cut_sizes
from multipet.atlas.tracing import area, rings, simplified, smoothed
from multipet.columns import names

SMOOTHED = 3  # times, a label; the brain as a whole three times as often
TOLERANCE = 0.12  # of a voxel, by which a point may be off
SMALLEST = 2.0  # pixels of a ring
ISLAND = 0.04  # of the largest ring of the brain as a whole, for another to be drawn
BRAIN = AtlasLabel(0, "", "")


def atlas_tables(
    image: LabelImage, labels: Sequence[AtlasLabel]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Place of each label, and outlines on the slices that show them best.

    Parameters
    ----------
    image
        The atlas.
    labels
        Those to draw; one that is not in ``image`` is left out.

    Returns
    -------
    DataFrame, DataFrame
        Columns ``LABELS`` and ``OUTLINES``.
    """
    image = image.upright()
    sizes = cut_sizes(image.voxels, [label.index for label in labels])
    counts = sizes["axial"].sum(axis=1)
    present = np.flatnonzero(counts)
    if not len(present):
        return pd.DataFrame(columns=names(LABELS)), pd.DataFrame(columns=names(OUTLINES))
    labels = [labels[i] for i in present]
    sizes = {view: found[present] for view, found in sizes.items()}
    slices = choose_slices(sizes, [label.region for label in labels], image.voxel_sizes)
    rows = [row for one in slices for row in _slice_rows(image, one, labels)]
    outlines = pd.DataFrame(rows, columns=names(OUTLINES))
    places = pd.DataFrame([vars(label) for label in labels]).rename(columns={"index": "label"})
    places[["x", "y", "z"]] = _centres(image, sizes)
    places["volume"] = counts[present] * image.voxel_volume
    places["shown"] = places["label"].isin(outlines["label"]).astype(float)
    return places[names(LABELS)], outlines


def _centres(image: LabelImage, sizes: dict[str, np.ndarray]) -> np.ndarray:
    """Centres of gravity in mm, shape (labels, 3)."""
    by_axis = sorted(VIEWS, key=VIEWS.__getitem__)
    mean = [sizes[v] @ np.arange(sizes[v].shape[1]) / sizes[v].sum(axis=1) for v in by_axis]
    return np.column_stack(mean) @ image.affine[:3, :3].T + image.affine[:3, 3]


def _slice_rows(
    image: LabelImage, one: Slice, labels: Sequence[AtlasLabel]
) -> Iterator[tuple[str, float, str, int, int, float, float]]:
    pixels = one.of(image.voxels)
    place = round(_coordinate(image, one), 2)
    for label in [BRAIN, *labels]:
        mask = pixels == label.index if label.index else pixels != 0
        for number, ring in enumerate(_label_rings(mask, label is BRAIN), 1):
            for across, up in _millimetres(image, one, ring).round(2).tolist():
                yield one.view, place, label.region, label.index, number, across, up


def _label_rings(mask: np.ndarray, is_brain: bool) -> Iterator[np.ndarray]:
    """Smooth rings of ``mask`` in pixels; of the brain as a whole the outer ones alone."""
    if not mask.any():
        return
    corner = np.argwhere(mask).min(axis=0)
    end = np.argwhere(mask).max(axis=0) + 1
    found = rings(mask[corner[0] : end[0], corner[1] : end[1]])
    areas = [area(ring) if is_brain else abs(area(ring)) for ring in found]
    least = max(areas) * ISLAND if is_brain else SMALLEST
    for ring in [ring for ring, inside in zip(found, areas, strict=True) if inside >= least]:
        smooth = smoothed(ring.astype(float), SMOOTHED * (3 if is_brain else 1))
        # a pixel's centre, not its corner, is where the affine puts its index
        yield simplified(smooth, TOLERANCE) + corner - 0.5


def _coordinate(image: LabelImage, one: Slice) -> float:
    """Where the middle of a slice lies along the axis that its view looks along, in mm."""
    axis = VIEWS[one.view]
    middle = (np.array(image.voxels.shape) - 1) / 2
    middle[axis] = one.index
    return float((image.affine[:3, :3] @ middle + image.affine[:3, 3])[axis])


def _millimetres(image: LabelImage, one: Slice, ring: np.ndarray) -> np.ndarray:
    axis = VIEWS[one.view]
    points = np.insert(ring, axis, one.index, axis=1)
    return np.delete(points @ image.affine[:3, :3].T + image.affine[:3, 3], axis, axis=1)
