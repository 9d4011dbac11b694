"""The image of an atlas: whole numbers, upright, whatever way it is stored."""

import nibabel as nib
import numpy as np
import pytest
import small_atlas

from multipet.atlas.label_image import LabelImage, label_image, load_image
from multipet.core.problems import UserError


@pytest.mark.parametrize("codes", ["RAS", "LAS", "LPS", "ASR", "SRP", "PIL"])
def test_upright_is_the_same_however_it_is_stored(codes):
    voxels, affine = small_atlas.upright()
    found = label_image(small_atlas.image(codes)).upright()
    assert np.array_equal(found.voxels, voxels)
    assert np.allclose(found.affine, affine)
    assert found.voxel_volume == pytest.approx(small_atlas.VOXEL**3)
    assert found.tilt == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32, np.float64])
def test_whole_numbers_may_be_stored_as_any_number(dtype):
    found = label_image(small_atlas.image(dtype=dtype))
    assert np.array_equal(found.voxels, small_atlas.upright()[0])
    assert found.voxels.dtype == np.int32


def test_probabilities_are_refused(tmp_path):
    voxels, affine = small_atlas.upright()
    nib.save(nib.Nifti1Image(voxels / 7, affine, dtype=np.float32), tmp_path / "p.nii.gz")
    with pytest.raises(UserError, match=r"p\.nii\.gz: has voxels that are no whole numbers"):
        label_image(load_image(tmp_path / "p.nii.gz"))


def test_no_traceback_for_a_file_that_is_none(tmp_path):
    (tmp_path / "x.nii").write_text("text")
    with pytest.raises(UserError, match=r"^x\.nii: cannot be read as NIfTI"):
        load_image(tmp_path / "x.nii")


def test_tilt_is_the_angle_of_the_axes():
    turn = np.radians(12)
    affine = np.eye(4)
    affine[:2, :2] = 2 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert LabelImage(np.zeros((2, 2, 2)), affine).tilt == pytest.approx(12)


#: Fields of a header -> where they stand and what makes no sense there.
ODD = {
    "sform NaN": (280, [np.nan] * 4),
    "sform inf": (280, [np.inf, 0, 0, 0]),
    "sform 0": (280, [0.0] * 12),
    "sform singular": (280, [1, 0, 0, 0, 1, 0, 0, 0]),
    "translation NaN": (292, [np.nan]),
    "translation far": (292, [1e30]),
    "voxels of 1e30 mm": (280, [1e30, 0, 0, 0, 0, 1e30, 0, 0, 0, 0, 1e30, 0]),
    "intercept NaN": (112, [1, np.nan]),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", ODD)
def test_headers_that_make_no_sense_are_told_in_a_line(tmp_path, case):
    path = tmp_path / "a.nii"
    nib.save(small_atlas.image(dtype=np.int16), path)
    place, numbers = ODD[case]
    data = bytearray(path.read_bytes())
    values = np.array(numbers, np.float32).tobytes()
    data[place : place + len(values)] = values
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"^a\.nii: "):
        label_image(load_image(path))


def test_labels_beyond_32_bits_are_refused(tmp_path):
    voxels, affine = small_atlas.upright()
    large = voxels.astype(np.float64)
    large[0, 0, 0] = 2.0**31
    nib.save(nib.Nifti1Image(large, affine), tmp_path / "a.nii")
    with pytest.raises(UserError, match="labels beyond 2147483647"):
        label_image(load_image(tmp_path / "a.nii"))
