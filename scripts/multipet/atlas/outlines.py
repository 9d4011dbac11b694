"""The atlas as figures need it: which slices show it best, and outlines of its regions there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipet.atlas.label_image import LabelImage
from multipet.atlas.label_table import AtlasLabel
from multipet.atlas.tracing import area, rings, simplified, smoothed
from multipet.core.columns import names
from multipet.core.columns.atlas import LABELS, OUTLINES

#: View -> axis of an upright image that it looks along.
VIEWS = {"axial": 2, "coronal": 1, "sagittal": 0}
MOST_ROWS = 3  # slices of a view
ENOUGH = 0.5  # of its largest cut, for a region to count as shown
APART = 10.0  # mm between two slices of a view
SEEN = 0.2  # what showing a region once more is worth


@dataclass(frozen=True)
class Slice:
    """A slice of an upright image."""

    view: str
    index: int

    def of(self, voxels: np.ndarray) -> np.ndarray:
        """Its pixels, first axis to the right of the drawing and second upwards."""
        return np.take(voxels, self.index, axis=VIEWS[self.view])


def cut_sizes(voxels: np.ndarray, labels: Sequence[int]) -> dict[str, np.ndarray]:
    """Voxels of each label in each slice of each view, shape (labels, slices)."""
    order = np.argsort(labels)
    known = np.asarray(labels)[order]
    at = np.nonzero(np.isin(voxels, known))
    place = order[np.searchsorted(known, voxels[at])]
    return {view: _counts(place, at[axis], len(labels), voxels.shape[axis])
            for view, axis in VIEWS.items()}  # fmt: skip


def choose_slices(
    sizes: Mapping[str, np.ndarray], regions: Sequence[str], voxel_sizes: np.ndarray
) -> list[Slice]:
    """Slices that together show as many regions as possible, the most telling first.

    One of each view, and more of each while regions are still unseen; within a view in the
    order of their place.

    Parameters
    ----------
    sizes
        As ``cut_sizes`` returns, of an upright image.
    regions
        Region of each label; a region is seen where one of its labels is cut well.
    voxel_sizes
        Length of a voxel along each axis in mm.
    """
    views = {view: _shares(counts, regions) for view, counts in sizes.items()}
    unseen = np.ones(len(set(regions)), bool)
    chosen: dict[str, list[int]] = {view: [] for view in VIEWS}
    for _ in range(MOST_ROWS):
        for view, (best, mean) in views.items():
            index = _best_slice(best, mean, unseen, _near(chosen[view], best, view, voxel_sizes))
            chosen[view].append(index)
            unseen &= best[:, index] < ENOUGH
        if not unseen.any():
            break
    return [Slice(view, index) for view, found in chosen.items() for index in sorted(found)]


def _counts(place: np.ndarray, along: np.ndarray, labels: int, slices: int) -> np.ndarray:
    flat = np.bincount(place * slices + along, minlength=labels * slices)
    return flat.reshape(labels, slices)


def _shares(counts: np.ndarray, regions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Cut of each region as a share of its largest: of its best label, and of all of them."""
    share = counts / np.maximum(counts.max(axis=1, keepdims=True), 1)
    names = np.asarray(regions)
    parts = [share[names == name] for name in dict.fromkeys(regions)]
    best = np.array([part.max(axis=0) for part in parts])
    return best, np.array([part.mean(axis=0) for part in parts])


def _best_slice(best: np.ndarray, mean: np.ndarray, unseen: np.ndarray, near: np.ndarray) -> int:
    seen_well = np.where(best >= ENOUGH, mean, 0.0)
    worth = seen_well.T @ np.where(unseen, 1.0, SEEN) + SEEN * SEEN * mean.sum(axis=0)
    return int(np.argmax(np.where(near, -1.0, worth)))


def _near(
    chosen: Sequence[int], best: np.ndarray, view: str, voxel_sizes: np.ndarray
) -> np.ndarray:
    places = np.arange(best.shape[1])
    apart = APART / voxel_sizes[VIEWS[view]]
    near = [np.abs(places - index) < apart for index in chosen]
    return np.any(near, axis=0) if near else np.zeros(len(places), bool)


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
    labels = [labels[i] for i in present.tolist()]
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
