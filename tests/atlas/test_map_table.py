"""The rows of a contrast on a brain map."""

import mock_study
import numpy as np
import pandas as pd
import small_atlas

from multipet.atlas.label_image import label_image
from multipet.atlas.label_table import AtlasLabel
from multipet.atlas.map_table import clearest_comparison, map_table
from multipet.atlas.outlines import atlas_tables
from multipet.core.columns import names
from multipet.core.columns.atlas import BRAIN_MAP

LABELS = atlas_tables(
    label_image(small_atlas.image()),
    [AtlasLabel(11, "L", "caudate"), AtlasLabel(12, "R", "caudate"), AtlasLabel(5, "S", "stem")],
)[0]
CONTRAST = mock_study.contrast_rows(["stem", "caudate", "cortex"], ("a − b", "b − c"))


def with_p(**p):
    """The contrast with these p-values in caudate, by comparison (first or second)."""
    table = CONTRAST.copy()
    for i, comparison in enumerate(("a − b", "b − c")):
        at = (table["region"] == "caudate") & (table["comparison"] == comparison)
        table.loc[at, "p_value"] = p[("first", "second")[i]]
    return table


def test_each_label_has_the_effect_of_its_region():
    table = map_table(CONTRAST, LABELS, 0.05, percent=True)
    assert list(table) == names(BRAIN_MAP)
    assert table[["region", "label"]].to_numpy().tolist() == [
        ["stem", 5],
        ["caudate", 11],
        ["caudate", 12],
    ]
    rows = CONTRAST[CONTRAST["comparison"] == table["comparison"].iloc[0]].set_index("region")
    assert (table["effect"].to_numpy() == rows.loc[table["region"], "percent"].to_numpy()).all()


def test_the_comparison_with_the_smallest_p_is_shown():
    assert set(map_table(with_p(first=1e-9, second=0.5), LABELS, 0.05, True)["comparison"]) == {
        "a − b"
    }
    assert set(map_table(with_p(first=0.5, second=1e-9), LABELS, 0.05, True)["comparison"]) == {
        "b − c"
    }


def test_regions_without_a_place_do_not_choose():
    table = CONTRAST.copy()
    table["p_value"] = np.where(table["region"] == "cortex", 0.0, table["p_value"])
    assert clearest_comparison(table, ["caudate"]) == clearest_comparison(CONTRAST, ["caudate"])
    assert clearest_comparison(table, ["elsewhere"]) == ""


def test_the_adjusted_p_decides_where_there_is_one():
    table = CONTRAST.assign(p_value=0.01, p_adjusted=0.2)
    assert map_table(table, LABELS, 0.05, True)["detected"].tolist() == [0, 0, 0]
    table = table.assign(p_adjusted=np.nan)
    assert map_table(table, LABELS, 0.05, True)["detected"].tolist() == [1, 1, 1]


def test_a_contrast_of_no_region_has_no_rows():
    joint = CONTRAST.assign(region="all regions")
    assert map_table(joint, LABELS, 0.05, True).empty
    assert list(map_table(joint, LABELS, 0.05, True)) == names(BRAIN_MAP)


def test_order_of_rows_changes_no_number():
    one = map_table(CONTRAST, LABELS, 0.05, False)
    other = map_table(CONTRAST.iloc[::-1], LABELS, 0.05, False)
    order = ["region", "label"]
    pd.testing.assert_frame_equal(
        one.sort_values(order, ignore_index=True), other.sort_values(order, ignore_index=True)
    )
