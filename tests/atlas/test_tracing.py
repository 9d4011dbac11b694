"""Outlines of pixels: whole, oriented, smooth, of few points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from multipet.atlas.tracing import area, rings, simplified, smoothed

MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def disc(radius, size=60):
    at = np.arange(size) - size / 2 + 0.5
    return at[:, None] ** 2 + at**2 <= radius**2


@settings(max_examples=200, deadline=None)
@given(MASKS)
def test_rings_enclose_just_the_pixels(mask):
    found = rings(mask)
    assert sum(map(area, found)) == pytest.approx(mask.sum())
    for ring in found:
        steps = np.abs(np.diff(np.concatenate([ring, ring[:1]]), axis=0))
        assert (steps.sum(axis=1) == 1).all()


def test_a_hole_runs_the_other_way():
    mask = np.ones((5, 5), bool)
    mask[2, 2] = False
    assert sorted(map(area, rings(mask))) == [-1, 25]


def test_pixels_that_touch_by_a_corner_are_two_rings():
    assert sorted(map(area, rings(np.eye(2, dtype=bool)))) == [1, 1]


def test_smoothing_keeps_the_middle_and_nearly_the_size():
    ring = rings(disc(10))[0].astype(float)
    smooth = smoothed(ring, 3)
    assert smooth.mean(axis=0) == pytest.approx(ring.mean(axis=0))
    assert area(smooth) == pytest.approx(np.pi * 100, rel=0.04)


@pytest.mark.parametrize("tolerance", [0.05, 0.2, 1.0])
def test_points_left_out_are_near_the_lines_that_stay(tolerance):
    ring = smoothed(rings(disc(20))[0].astype(float), 3)
    few = simplified(ring, tolerance)
    assert 3 <= len(few) < len(ring)
    ends = np.roll(few, -1, axis=0)
    along = ends - few
    offset = ring[:, None] - few
    share = np.clip((offset * along).sum(axis=2) / (along**2).sum(axis=1), 0, 1)
    distance = np.hypot(*np.moveaxis(offset - share[..., None] * along, 2, 0)).min(axis=1)
    assert distance.max() <= tolerance + 1e-9


def test_a_square_needs_its_corners_alone():
    assert len(simplified(rings(np.ones((6, 6), bool))[0].astype(float), 0.01)) == 4
