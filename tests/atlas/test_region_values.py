"""Values of regions as NIfTI: on the atlas's grid, the same bytes each time."""

import gzip

import nibabel as nib
import numpy as np
import pytest
import small_atlas

from multipet.atlas.contrast_maps import ValueMap, nifti_bytes
from multipet.atlas.label_image import label_image

VALUES = {11: -4.5, 12: 1.25, 5: np.nan, 404: 9.0}


def data_of(atlas, values=VALUES, text="multipet: effect"):
    shown = ValueMap(values, "effect", text)
    return nifti_bytes(shown, atlas, label_image(atlas))


def read(atlas, **settings):
    return type(atlas).from_bytes(gzip.decompress(data_of(atlas, **settings)))


@pytest.mark.parametrize("codes", ["RAS", "LAS", "PSL"])
def test_every_voxel_of_a_region_holds_its_value(codes):
    atlas = small_atlas.image(codes)
    labels, values = np.asarray(atlas.dataobj), np.asarray(read(atlas).dataobj)
    assert values.dtype == np.float32
    assert (values[labels == 11] == np.float32(-4.5)).all()
    assert (values[labels == 12] == np.float32(1.25)).all()
    assert np.isnan(values[(labels != 11) & (labels != 12)]).all()


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_the_place_is_that_of_the_atlas(kind):
    plain = small_atlas.image("LAS")
    atlas = kind(np.asarray(plain.dataobj), plain.affine)
    atlas.set_sform(plain.affine, 4)
    atlas.set_qform(plain.affine, 1)
    found = read(atlas)
    assert type(found) is kind
    assert np.array_equal(found.affine, atlas.affine)
    for form in ("get_sform", "get_qform"):
        assert getattr(found, form)(coded=True)[1] == getattr(atlas, form)(coded=True)[1]
    assert found.header.get_zooms() == atlas.header.get_zooms()
    assert found.header.get_xyzt_units()[0] == "mm"


def test_an_atlas_with_a_qform_alone_keeps_its_place():
    atlas = small_atlas.image()
    atlas.set_sform(None)
    found = read(atlas)
    assert np.allclose(found.affine, atlas.affine)
    assert int(found.header["sform_code"]) == 0


def test_nothing_else_of_the_atlas_comes_along():
    atlas = small_atlas.image()
    atlas.header["descrip"] = b"scanned by Dr Who"
    atlas.header["aux_file"] = b"who.txt"
    atlas.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"who"))
    assert b"who" not in gzip.decompress(data_of(atlas)).lower()


def test_header_says_what_is_shown_and_how_far_it_reaches():
    header = read(small_atlas.image()).header
    assert (header["cal_min"], header["cal_max"]) == (-9, 9)
    assert header["descrip"].item() == b"multipet: effect"
    long = read(small_atlas.image(), text="x" * 200 + "é").header
    assert len(long["descrip"].item()) == 79


def test_same_values_give_the_same_bytes():
    data = data_of(small_atlas.image())
    assert data == data_of(small_atlas.image(), dict(reversed(VALUES.items())))
    assert data[4:8] == bytes(4)  # no time


def test_no_value_at_all_is_a_map_of_nothing():
    found = read(small_atlas.image(), values={11: np.nan})
    assert np.isnan(np.asarray(found.dataobj)).all()
    assert found.header["cal_max"] == 0
