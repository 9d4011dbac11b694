"""What is noted of an atlas."""

import numpy as np
import small_atlas

from multipet.atlas.label_image import LabelImage, atlas_findings, label_image
from multipet.atlas.label_table import AtlasLabel
from multipet.atlas.outlines import atlas_tables

STEM = AtlasLabel(5, "Brain-Stem", "stem")


def found(*labels, image=None):
    image = image or label_image(small_atlas.image())
    return atlas_findings(image, labels, atlas_tables(image, labels)[0])


def test_a_whole_atlas_leaves_no_finding():
    assert found(STEM) == []


def test_labels_that_the_image_lacks_are_noted():
    half, whole = found(STEM, AtlasLabel(6, "More-Stem", "stem"), AtlasLabel(7, "Pons", "pons"))
    assert (half.check, half.region, half.value) == ("atlas_label_absent", "stem", "6")
    assert half.message.endswith("stem is on the map without this part")
    assert whole.message.endswith("pons is not on the map")


def test_a_region_that_no_slice_cuts_is_noted():
    places = atlas_tables(label_image(small_atlas.image()), [STEM])[0].assign(shown=0.0)
    (noted,) = atlas_findings(label_image(small_atlas.image()), [STEM], places)
    assert (noted.check, noted.region) == ("atlas_region_unseen", "stem")


def test_a_tilted_atlas_is_noted():
    voxels, affine = small_atlas.upright()
    turn = np.radians(10)
    turned = np.eye(4)
    turned[1:3, 1:3] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    (noted,) = found(STEM, image=LabelImage(voxels, turned @ affine))
    assert (noted.check, noted.value) == ("atlas_tilted", "10")
