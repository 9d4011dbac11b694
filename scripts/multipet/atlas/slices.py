"""Which slices of an atlas show its regions best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

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
