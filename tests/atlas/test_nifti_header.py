"""NIfTI headers read without numpy: the same as nibabel reads, and what is refused."""

import gzip

import nibabel as nib
import numpy as np
import pytest
import small_atlas

from multipet.atlas.nifti_header import NiftiError, check_label_image


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_header_is_that_of_nibabel(tmp_path, kind, dtype, order, ending):
    voxels, affine = small_atlas.upright()
    header = kind.header_class(endianness=order)
    image = kind(voxels.astype(dtype), affine, header)
    image.set_data_dtype(dtype)
    path = tmp_path / f"atlas{ending}"
    nib.save(image, path)
    found = check_label_image(path)
    assert found.shape == nib.load(path).shape
    assert found.datatype == int(nib.load(path).header["datatype"])
    assert found.is_placed
    if ending == ".nii":
        assert found.size == path.stat().st_size


def test_axes_of_length_one_at_the_end_do_not_count(tmp_path):
    voxels, affine = small_atlas.upright()
    nib.save(nib.Nifti1Image(voxels[..., None, None], affine), tmp_path / "a.nii")
    assert check_label_image(tmp_path / "a.nii").shape == voxels.shape


def saved(path, voxels=None, placed=True):
    own, affine = small_atlas.upright()
    image = nib.Nifti1Image(own if voxels is None else voxels, affine)
    if not placed:
        image.set_sform(None)
        image.set_qform(None)
    nib.save(image, path)
    return path


def refusal(path):
    with pytest.raises(NiftiError) as caught:
        check_label_image(path)
    return str(caught.value)


def test_what_is_no_label_image_is_refused_with_its_reason(tmp_path):
    text = tmp_path / "a.nii"
    text.write_text("index,name\n" * 100)
    assert refusal(text) == "is no NIfTI file"
    (tmp_path / "empty.nii.gz").write_bytes(b"")
    assert refusal(tmp_path / "empty.nii.gz") == "is no NIfTI file"
    four = saved(tmp_path / "b.nii.gz", np.zeros((4, 5, 6, 2), np.int16))
    assert refusal(four) == "is not three-dimensional but 4 x 5 x 6 x 2"
    assert "left and right" in refusal(saved(tmp_path / "c.nii.gz", placed=False))
    complex_values = saved(tmp_path / "d.nii", np.zeros((4, 5, 6), np.complex64))
    assert "datatype 32" in refusal(complex_values)
    nib.save(nib.Nifti1Pair(*small_atlas.upright()), tmp_path / "pair.img")
    assert "single NIfTI file" in refusal(tmp_path / "pair.hdr")


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_file_cut_short_is_refused(tmp_path, ending):
    path = saved(tmp_path / f"a{ending}")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    assert refusal(path).startswith(("is cut short: ", "cannot be read: "))


def test_a_short_image_in_a_whole_gzip_file_is_refused(tmp_path):
    path = saved(tmp_path / "a.nii.gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-10]))
    assert refusal(path) == "is cut short: 10 bytes are missing"


def test_damaged_bytes_are_refused(tmp_path):
    path = saved(tmp_path / "a.nii.gz")
    data = bytearray(path.read_bytes())
    data[-8] ^= 0xFF  # the checksum
    path.write_bytes(data)
    assert refusal(path).startswith("cannot be read: ")


@pytest.mark.parametrize("offset", [np.nan, np.inf, -np.inf, -1e9, 0, 1e30])
def test_an_offset_that_makes_no_sense_is_refused(tmp_path, offset):
    path = saved(tmp_path / "a.nii")
    data = bytearray(path.read_bytes())
    data[108:112] = np.float32(offset).tobytes()
    path.write_bytes(data)
    assert refusal(path) == "has a header that makes no sense"


@pytest.mark.parametrize("dims", [(32767, 32767, 32767), (2000, 2000, 2000), (-1, 3, 3)])
def test_sizes_that_make_no_sense_are_refused(tmp_path, dims):
    path = saved(tmp_path / "a.nii")
    data = bytearray(path.read_bytes())
    data[42:48] = np.array(dims, np.int16).tobytes()
    path.write_bytes(data)
    assert refusal(path) == "has a header that makes no sense"
