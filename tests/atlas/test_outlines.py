"""Places and outlines of an atlas: in millimetres, whatever way its image is stored."""

import numpy as np
import pandas as pd
import pytest
import small_atlas

from multipet.atlas.label_image import label_image
from multipet.atlas.label_table import AtlasLabel
from multipet.atlas.outlines import atlas_tables
from multipet.atlas.tracing import area
from multipet.core.columns import names
from multipet.core.columns.atlas import LABELS, OUTLINES

ATLAS = [
    AtlasLabel(11, "Left-Caudate", "caudate", "L"),
    AtlasLabel(12, "Right-Caudate", "caudate", "R"),
    AtlasLabel(5, "Brain-Stem", "stem"),
]


def tables(codes="RAS", labels=ATLAS):
    return atlas_tables(label_image(small_atlas.image(codes)), labels)


@pytest.mark.parametrize("codes", ["LAS", "LPS", "PSL", "SRA"])
def test_orientation_on_disk_changes_nothing(codes):
    for plain, turned in zip(tables(), tables(codes), strict=True):
        pd.testing.assert_frame_equal(plain, turned)


def test_columns_are_those_of_the_glossary():
    places, outlines = tables()
    assert list(places) == names(LABELS)
    assert list(outlines) == names(OUTLINES)


def test_centres_and_volumes_are_those_of_the_boxes():
    places = tables()[0].set_index("label")
    for label, (low, high) in small_atlas.BOXES.items():
        middle = (np.array(low) + np.array(high) - 1) / 2
        expected = middle * small_atlas.VOXEL + small_atlas.ORIGIN
        assert places.loc[label, ["x", "y", "z"]].to_numpy(float) == pytest.approx(expected)
        voxels = np.prod(np.array(high) - low)
        assert places.loc[label, "volume"] == pytest.approx(voxels * small_atlas.VOXEL**3)


def test_left_is_left():
    _, outlines = tables("LPS")
    axial = outlines[outlines["view"] == "axial"].groupby("label")["across"]
    assert axial.max()[11] < 0 < axial.min()[12]


def test_outlines_lie_around_the_voxels_of_their_slice():
    _, outlines = tables()
    half = small_atlas.VOXEL / 2
    stem = outlines[outlines["region"] == "stem"]
    assert set(stem["view"]) == {"axial", "coronal", "sagittal"}
    low, high = (
        np.array(corner) * small_atlas.VOXEL + small_atlas.ORIGIN - half
        for corner in small_atlas.BOXES[5]
    )
    axes = {"axial": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}
    for view, (across, up, through) in axes.items():
        part = stem[stem["view"] == view]
        assert part["across"].between(low[across] - 0.01, high[across] + 0.01).all()
        assert part["up"].between(low[up] - 0.01, high[up] + 0.01).all()
        assert part["across"].max() - part["across"].min() > 0.9 * (high - low)[across]
        assert part["coordinate"].between(low[through], high[through]).all()


def test_the_brain_is_one_ring_without_holes():
    brain = tables()[1].query("label == 0")
    assert set(brain["region"]) == {""}
    assert set(brain["ring"]) == {1}
    for _, ring in brain.groupby(["view", "coordinate"]):
        assert area(ring[["across", "up"]].to_numpy()) > 0


def test_a_label_that_the_image_lacks_is_left_out():
    places, outlines = tables(labels=[*ATLAS, AtlasLabel(404, "Nowhere", "nowhere")])
    assert 404 not in set(places["label"]) | set(outlines["label"])
    pd.testing.assert_frame_equal(outlines, tables()[1])


def test_no_label_at_all_gives_empty_tables():
    places, outlines = tables(labels=[AtlasLabel(404, "Nowhere", "nowhere")])
    assert places.empty
    assert outlines.empty
