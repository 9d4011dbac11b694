"""What is wrong with a config's atlas, told before any job."""

import gzip
import time
from pathlib import Path

import pytest
import small_atlas
from specs_of import changed, study_with

from multipet.config.checks.atlas import atlas_problems
from multipet.config.config_file import ConfigFile, Place
from multipet.config.delivered import Atlas
from multipet.config.jobs import outline_spec
from multipet.config.part import typed
from multipet.config.resolved import atlas_files, atlas_name

REGIONS = ["caudate", "stem"]


def problems(atlas, regions=REGIONS):
    place = Place(Path("study.yaml"), 7)
    config = ConfigFile({"regions": {"atlas": atlas}}, {("regions", "atlas"): place})
    lines = [str(problem) for problem in atlas_problems(config, regions)]
    assert all(line.startswith(("study.yaml:7: regions.atlas", "atlas.tsv")) for line in lines)
    return lines


def test_a_good_atlas_has_no_problem(tmp_path):
    assert problems(small_atlas.write_atlas(tmp_path)) == []


def test_a_config_without_an_atlas_has_none():
    assert problems(None) == []
    assert atlas_files(study_with()) == []
    assert atlas_name(study_with()) == ""


@pytest.mark.parametrize("part", ["image", "table"])
def test_a_missing_file_is_told(tmp_path, part):
    atlas = small_atlas.write_atlas(tmp_path)
    (line,) = problems({**atlas, part: atlas[part].replace("atlas.", "altas.")})
    assert f"regions.atlas.{part}: no file " in line
    assert "did you mean" in line


def test_an_image_that_is_none_is_told(tmp_path):
    atlas = small_atlas.write_atlas(tmp_path)
    Path(atlas["image"]).write_bytes(gzip.compress(b"text" * 500))
    assert problems(atlas) == [
        "study.yaml:7: regions.atlas.image: atlas.nii.gz is no NIfTI file; "
        "give a label image as .nii or .nii.gz"
    ]


def test_a_wrong_table_is_told_with_the_wrong_image(tmp_path):
    atlas = small_atlas.write_atlas(tmp_path)
    Path(atlas["image"]).write_bytes(b"text" * 500)
    Path(atlas["table"]).write_text("label\tname\n1\ta\n")
    assert [line.split(":")[0] for line in problems(atlas)] == ["study.yaml", "atlas.tsv"]


def test_regions_without_a_label_are_told_in_one_line(tmp_path):
    atlas = small_atlas.write_atlas(tmp_path)
    (line,) = problems(atlas, [*REGIONS, "thalamus", "cortex"])
    assert "no label of atlas.tsv is thalamus, cortex; say under names" in line
    (line,) = problems({**atlas, "names": {"Brain-Stem": "stem"}}, REGIONS)
    assert "no label of atlas.tsv is caudate; did you mean" in line
    assert 'as "its label": caudate' in line


def test_regions_can_be_declared_absent(tmp_path):
    atlas = small_atlas.write_atlas(tmp_path, absent=["cortex"])
    assert problems(atlas, [*REGIONS, "cortex"]) == []
    assert "there is no region" in problems(atlas, REGIONS)[0]
    (line,) = problems({**atlas, "absent": ["stem"]})
    assert line.endswith('regions.atlas.absent: the atlas has a label of "stem"')


def test_names_that_the_table_lacks_are_told(tmp_path):
    names = {**small_atlas.REGIONS, "Left-Caudat": "caudate"}
    (line,) = problems(small_atlas.write_atlas(tmp_path, names=names))
    assert "names.Left-Caudat: is no label of the atlas's table; did you mean" in line


def test_spec_changes_with_the_bytes_of_the_atlas(tmp_path):
    atlas = small_atlas.write_atlas(tmp_path)
    study = changed(study_with(), regions__atlas=typed(Atlas, atlas))
    before = outline_spec(study)
    assert not hasattr(before.atlas, "label")
    assert atlas_name(study) == "the atlas atlas.nii.gz"
    Path(atlas["table"]).write_text(small_atlas.TABLE + "8\tmore\t\n")
    assert outline_spec(study) != before


def test_hostile_names_are_one_line_of_text(tmp_path):
    atlas = small_atlas.write_atlas(tmp_path, names={"<b>\n": "x", **small_atlas.REGIONS})
    (line,) = problems(atlas)
    assert "\n" not in line


def test_an_image_of_real_size_is_checked_in_no_time(tmp_path):
    atlas = small_atlas.write_atlas(tmp_path)
    whole = small_atlas.large_image()
    Path(atlas["image"]).write_bytes(gzip.compress(whole, compresslevel=1))
    start = time.process_time()
    assert problems(atlas) == []
    assert time.process_time() - start < 0.5
