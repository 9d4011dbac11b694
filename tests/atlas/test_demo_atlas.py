"""The demo's atlas: what its script makes, small, symmetric, and plausibly placed."""

import gzip
import importlib.util

import nibabel as nib
import numpy as np
import pytest
from places import ROOT

from multipet.atlas.label_image import label_image, load_image
from multipet.atlas.label_table import read_labels
from multipet.atlas.nifti_header import check_label_image
from multipet.atlas.outlines import atlas_tables
from multipet.config.delivered import AtlasFiles

FOLDER = ROOT / "config" / "demo" / "atlas"
IMAGE = FOLDER / "schema.nii.gz"


@pytest.fixture(scope="module")
def labels():
    return read_labels(
        AtlasFiles(image="", table=str(FOLDER / "schema.tsv"), columns={}, names={})
    ).labels


@pytest.fixture(scope="module")
def places(labels):
    return atlas_tables(label_image(load_image(IMAGE)), labels)[0].set_index("name")


def test_files_are_those_of_the_script(tmp_path):
    spec = importlib.util.spec_from_file_location("make_atlas", FOLDER / "make_atlas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["schema.nii.gz", "schema.tsv"]
    assert (tmp_path / "schema.tsv").read_bytes() == (FOLDER / "schema.tsv").read_bytes()
    # versions of zlib may pack the same image in other bytes
    made, kept = (gzip.decompress(p.read_bytes()) for p in (tmp_path / "schema.nii.gz", IMAGE))
    assert made == kept


def test_the_image_is_small_and_upright():
    assert IMAGE.stat().st_size < 40_000
    assert check_label_image(IMAGE).shape == (91, 109, 91)
    assert nib.aff2axcodes(nib.load(IMAGE).affine) == ("R", "A", "S")
    assert IMAGE.read_bytes()[4:8] == bytes(4)


def test_both_sides_mirror_each_other(places):
    for name in ("Caudate", "Putamen", "Accumbens-area", "Thalamus"):
        left, right = places.loc[f"Left-{name}"], places.loc[f"Right-{name}"]
        assert left["x"] == pytest.approx(-right["x"])
        assert (left["y"], left["z"], left["volume"]) == (right["y"], right["z"], right["volume"])


def test_regions_lie_as_in_a_brain(places):
    right = {name.removeprefix("Right-"): row for name, row in places.iterrows()}
    assert right["Putamen"]["x"] > right["Caudate"]["x"] > 0
    assert right["Accumbens-area"]["z"] < right["Putamen"]["z"] < right["Caudate"]["z"]
    assert right["Thalamus"]["y"] < right["Putamen"]["y"] < right["Accumbens-area"]["y"]
    volumes = {name: row["volume"] / 1000 for name, row in right.items()}
    assert 3 < volumes["Caudate"] < 6
    assert 3.5 < volumes["Putamen"] < 7
    assert 0.3 < volumes["Accumbens-area"] < 1
    assert 3.5 < volumes["Thalamus"] < 9


def test_every_label_of_the_table_is_in_the_image(labels):
    found = set(np.unique(label_image(load_image(IMAGE)).voxels).tolist())
    assert found == {0, *(label.index for label in labels)}
