"""The slices that a brain map shows."""

import numpy as np
import small_atlas

from multipet.atlas.outlines import APART, VIEWS, choose_slices, cut_sizes

LABELS = list(small_atlas.BOXES)
ONE = np.ones(3)


def test_cut_sizes_count_voxels_of_each_slice():
    voxels, _ = small_atlas.upright()
    sizes = cut_sizes(voxels, LABELS)
    for view, axis in VIEWS.items():
        others = tuple(i for i in range(3) if i != axis)
        for row, label in zip(sizes[view], LABELS, strict=True):
            assert np.array_equal(row, (voxels == label).sum(axis=others))


def test_a_label_that_is_not_there_has_no_voxels():
    sizes = cut_sizes(small_atlas.upright()[0], [77, 5])
    assert sizes["axial"].sum(axis=1).tolist() == [0, 360]


def boxes(lows, size=4, length=60):
    """Voxels with a cube for each of ``lows``, along the diagonal."""
    voxels = np.zeros((length,) * 3, int)
    for label, low in enumerate(lows, 1):
        voxels[(slice(low, low + size),) * 3] = label
    return voxels


def chosen(voxels, regions):
    sizes = cut_sizes(voxels, range(1, len(regions) + 1))
    return choose_slices(sizes, regions, ONE)


def test_one_slice_a_view_where_that_shows_all():
    found = chosen(boxes([10]), ["a"])
    assert [one.view for one in found] == list(VIEWS)
    assert all(10 <= one.index < 14 for one in found)


def test_every_view_adds_what_the_others_do_not_show():
    found = chosen(boxes([5, 25, 45]), ["a", "b", "c"])
    assert len(found) == 3
    assert sorted(one.index // 20 for one in found) == [0, 1, 2]


def test_more_slices_where_regions_are_many_but_not_too_near():
    found = chosen(boxes(range(0, 60, 5)), [f"r{i}" for i in range(12)])
    assert len(found) == 9
    for view in VIEWS:
        places = [one.index for one in found if one.view == view]
        assert places == sorted(places)
        assert min(np.diff(places)) >= APART


def test_both_sides_of_one_region_are_preferred():
    voxels = np.zeros((40, 40, 40), int)
    voxels[4:8, 10:14, 4:20] = 1
    voxels[30:34, 10:14, 12:30] = 2
    axial = next(one for one in chosen(voxels, ["a", "a"]) if one.view == "axial")
    assert 12 <= axial.index < 20


def test_order_of_labels_does_not_matter():
    voxels = boxes([5, 25, 45, 52])
    names = np.array(["a", "b", "c", "d"])
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        sizes = cut_sizes(voxels, [i + 1 for i in order])
        assert choose_slices(sizes, names[order].tolist(), ONE) == chosen(voxels, names.tolist())
