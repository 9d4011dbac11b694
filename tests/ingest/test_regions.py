import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_study import combined_with, plain
from specs_of import changed

from multipet.config.delivered import RegionChoice, VolumeColumns
from multipet.ingest.readers.wide import region_columns
from multipet.ingest.regions import combined, final_regions, used_regions
from multipet.ingest.tidy_table import RegionValues

CAUDATE = combined_with(caudate={"parts": ["caudate_l", "caudate_r"]})
BY_VOLUME = {"caudate": changed(CAUDATE["caudate"], weights="volume")}
NUMBERS = st.lists(st.floats(0.1, 10), min_size=1, max_size=5)


def test_prefix_and_suffix_are_stripped_and_names_mapped():
    headers = ["ID", "caudate left BPnd", "putamen BPnd", " BPnd", "notes BPnd"]
    affixes = VolumeColumns(prefix="", suffix=" BPnd")
    assert region_columns(headers, affixes, {"caudate left": "caudate_l"}) == {
        "caudate left BPnd": "caudate_l",
        "putamen BPnd": "putamen",
        "notes BPnd": "notes",
    }


def test_names_alone_find_columns_and_nothing_is_a_pattern():
    names, neither = {"L.caudate": "caudate_l"}, VolumeColumns(prefix="", suffix="")
    assert region_columns(["L.caudate", "Lxcaudate"], neither, names) == names


def test_combination_stands_where_its_first_part_stood():
    regions = RegionChoice(keep=(), combine=CAUDATE)
    delivered = ["putamen", "caudate_r", "caudate_l", "thalamus"]
    assert final_regions(delivered, regions) == ["putamen", "caudate", "thalamus"]
    assert final_regions(delivered, changed(regions, keep=("thalamus", "caudate"))) == [
        "thalamus",
        "caudate",
    ]
    assert used_regions(delivered, changed(regions, keep=("caudate",))) == {
        "caudate",
        "caudate_l",
        "caudate_r",
    }


def test_mean_of_parts_and_a_missing_part():
    delivered = {
        "caudate_l": RegionValues((2.0, None, 1.0)),
        "caudate_r": RegionValues((3.0, 3.0, 1.0)),
    }
    assert plain(combined("caudate", delivered, CAUDATE)) == [2.5, None, 1.0]
    assert plain(combined("caudate_l", delivered, CAUDATE)) == [2.0, None, 1.0]
    assert combined("caudate", {"caudate_l": delivered["caudate_l"]}, CAUDATE) is None
    assert combined("putamen", delivered, CAUDATE) is None


def test_volumes_weight_the_mean():
    delivered = {
        "caudate_l": RegionValues((2.0, 2.0), (3.0, None)),
        "caudate_r": RegionValues((4.0, 4.0), (1.0, 1.0)),
    }
    assert plain(combined("caudate", delivered, BY_VOLUME)) == [2.5, None]


@given(NUMBERS)
def test_equal_volumes_weight_nothing(values):
    parts = (RegionValues(tuple(values), (2.0,) * len(values)), RegionValues(tuple(values[::-1])))
    delivered = {
        "caudate_l": parts[0],
        "caudate_r": RegionValues(parts[1].values, parts[0].volumes),
    }
    assert combined("caudate", delivered, BY_VOLUME) == pytest.approx(
        combined("caudate", delivered, CAUDATE)
    )
