"""The outline of a set of pixels as smooth closed rings of few points."""

from collections.abc import Iterator

import numpy as np

Point = tuple[int, int]
#: Step along an edge of a pixel, counterclockwise: where it starts within the pixel, where
#: it leads, and the neighbour on its other side.
EDGES = (
    ((0, 0), (1, 0), (0, -1)),
    ((1, 0), (0, 1), (1, 0)),
    ((1, 1), (-1, 0), (0, 1)),
    ((0, 1), (0, -1), (-1, 0)),
)


def rings(mask: np.ndarray) -> list[np.ndarray]:
    """Closed outlines along the edges of the pixels of ``mask``.

    Parameters
    ----------
    mask
        Truth values, shape (m, n); pixel (i, j) covers [i, i + 1] x [j, j + 1].

    Returns
    -------
    list of ndarray
        Corners, shape (k, 2), the first not repeated: counterclockwise around pixels that
        touch by a side, clockwise around holes.
    """
    ahead: dict[Point, list[Point]] = {}
    for start, step in _edges(mask):
        ahead.setdefault(start, []).append(step)
    found = []
    while ahead:
        found.append(np.array(_walk(ahead)))
    return found


def area(ring: np.ndarray) -> float:
    """Area within a ring; negative where it runs clockwise."""
    x, y = ring.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def smoothed(ring: np.ndarray, times: int) -> np.ndarray:
    """Every point moved half the way to the middle of its neighbours, ``times`` times."""
    for _ in range(times):
        ring = ring / 2 + (np.roll(ring, 1, axis=0) + np.roll(ring, -1, axis=0)) / 4
    return ring


def simplified(ring: np.ndarray, tolerance: float) -> np.ndarray:
    """Leave out points that lie within ``tolerance`` of the line through those kept.

    Douglas & Peucker (1973), from the two points of the ring that are farthest apart.
    """
    first = int(np.argmax(((ring - ring.mean(axis=0)) ** 2).sum(axis=1)))
    closed = np.concatenate([ring[first:], ring[: first + 1]])
    far = int(np.argmax(((closed - closed[0]) ** 2).sum(axis=1)))
    kept, stretches = {0, far}, [(0, far), (far, len(closed) - 1)]
    while stretches:
        start, end = stretches.pop()
        between = closed[start + 1 : end]
        if len(between):
            distance = _distances(between, closed[start], closed[end])
            if distance.max() > tolerance:
                middle = start + 1 + int(np.argmax(distance))
                kept.add(middle)
                stretches += [(start, middle), (middle, end)]
    return closed[sorted(kept)]


def _edges(mask: np.ndarray) -> Iterator[tuple[Point, Point]]:
    padded = np.pad(mask, 1)
    for corner, step, (right, up) in EDGES:
        beyond = padded[1 + right : 1 + right + mask.shape[0], 1 + up : 1 + up + mask.shape[1]]
        for i, j in np.argwhere(mask & ~beyond).tolist():
            yield (i + corner[0], j + corner[1]), step


def _walk(ahead: dict[Point, list[Point]]) -> list[Point]:
    """One ring; where pixels touch by a corner alone, the sharp turn to the left is taken."""
    start = here = next(iter(ahead))
    step: Point = (0, 0)
    ring: list[Point] = []
    while not ring or here != start:
        ring.append(here)
        steps = ahead[here]
        left = (-step[1], step[0])
        step = left if left in steps else steps[0]
        steps.remove(step)
        if not steps:
            del ahead[here]
        here = (here[0] + step[0], here[1] + step[1])
    return ring


def _distances(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    along = end - start
    length = np.hypot(*along)
    if length == 0:
        return np.hypot(*(points - start).T)
    return np.abs(along[0] * (points - start)[:, 1] - along[1] * (points - start)[:, 0]) / length
