"""The table of an atlas: its labels, their regions, and what is wrong with it."""

import pytest
import small_atlas

from multipet.atlas.label_table import AtlasLabel, read_labels
from multipet.config.delivered import Atlas, AtlasFiles
from multipet.config.part import typed
from multipet.core.problems import UserError


def entry(folder, text, **changes):
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    table = {"image": "", "table": str(path), "columns": {}, "names": {}}
    return typed(AtlasFiles, {**table, **changes})


def refusal(*of):
    with pytest.raises(UserError) as caught:
        read_labels(entry(*of))
    return [str(problem) for problem in caught.value.problems]


def test_labels_get_our_regions(tmp_path):
    found = read_labels(typed(Atlas, small_atlas.write_atlas(tmp_path)))
    assert found.labels[1:] == (
        AtlasLabel(11, "Left-Caudate", "caudate", "L"),
        AtlasLabel(12, "Right-Caudate", "caudate", "R"),
        AtlasLabel(5, "Brain-Stem", "stem"),
    )
    assert found.regions == ["Brain", "caudate", "stem"]


def test_label_0_is_the_background(tmp_path):
    assert all(
        label.index for label in read_labels(typed(Atlas, small_atlas.write_atlas(tmp_path))).labels
    )


def test_columns_can_have_other_names(tmp_path):
    columns = {"index": "No.", "name": "structure name"}
    found = read_labels(entry(tmp_path, "structure name,No.\nPutamen,7\n", columns=columns))
    assert found.labels == (AtlasLabel(7, "Putamen", "Putamen"),)


def test_a_missing_column_is_told_with_the_likely_one(tmp_path):
    assert refusal(tmp_path, "Index,label\n1,a\n") == [
        'labels.csv: has no column "index" for the index of a label; did you mean "Index"?',
        'labels.csv: has no column "name" for the name of a label; allowed: Index, label',
    ]


def test_every_wrong_row_is_told(tmp_path):
    text = "index,name\n1,a\n1.5,b\n-2,c\n1,d\n3,\n٣,e\n9999999999,f\n"
    lines = refusal(tmp_path, text)
    assert [line.split(":")[0].split("row ")[1] for line in lines] == list("345678")
    assert lines[2] == "labels.csv, row 5: label 1 is that of row 2 too"


def test_the_hemisphere_is_wanted_where_it_is_declared(tmp_path):
    with pytest.raises(UserError, match='no column "side"'):
        read_labels(entry(tmp_path, "index,name\n1,a\n", columns={"hemisphere": "side"}))
