"""What the figures of robustness draw: the right rows, in the right order."""

import numpy as np
import pandas as pd
import pytest
from robustness_study import AGE, GROUP, robustness_tables

from multipet.core.columns import names
from multipet.core.columns.robustness import CURVES_DRAWN, LEFT_OUT_DRAWN, SPECIFICATIONS_DRAWN
from multipet.figures.contrast.curves import curves_drawn
from multipet.figures.contrast.left_out import left_out_drawn
from multipet.figures.contrast.partial_residuals import partial_drawn
from multipet.figures.contrast.source import smallest_p_rows
from multipet.figures.contrast.specifications import specifications_drawn


@pytest.fixture(scope="module")
def tables():
    return robustness_tables(GROUP)


@pytest.fixture(scope="module")
def row(tables):
    return smallest_p_rows(tables["contrast"], 1)[0]


def test_smallest_p_rows(tables):
    regions = [region for region, _ in smallest_p_rows(tables["contrast"], 9)]
    assert regions == tables["contrast"].sort_values("p_value")["region"].tolist()
    untested = tables["contrast"].assign(status="no")
    assert smallest_p_rows(untested, 9) == []


def test_specifications_are_sorted_and_ranked(tables, row):
    drawn = specifications_drawn(tables["specifications"], row, 0.05, False, 40)
    assert list(drawn.columns) == names(SPECIFICATIONS_DRAWN)
    assert drawn["effect"].is_monotonic_increasing
    assert drawn["rank"].tolist() == list(range(1, len(drawn) + 1))
    own = tables["specifications"][tables["specifications"]["region"] == row[0]]
    assert len(drawn) == own["estimate"].notna().sum()
    p = own.set_index("specification")["p_value"]
    for one in drawn.itertuples():
        assert one.detected == (p[one.specification] < 0.05)


def test_of_too_many_those_that_move_it_least_go(tables, row):
    whole = specifications_drawn(tables["specifications"], row, 0.05, False, 40)
    few = specifications_drawn(tables["specifications"], row, 0.05, False, 5)
    gone = set(whole["specification"]) - set(few["specification"])
    left_out = whole[whole["left_out"] != "nothing"].set_index("specification")["effect"]
    main = whole.set_index("specification").loc["main", "effect"]
    move = (left_out - main).abs().sort_values()
    assert gone == set(move.index[: len(gone)])
    assert len(few) == 5


def test_naive_p_is_neither_detected_nor_not(tables, row):
    naive = tables["specifications"].assign(p_value=np.nan)
    assert specifications_drawn(naive, row, 0.05, False, 40)["detected"].isna().all()


def test_left_out_begins_with_all_scans(tables):
    rows = smallest_p_rows(tables["contrast"], 2)
    drawn = left_out_drawn(tables["contrast"], tables["left_out"], rows, False, 16)
    assert list(drawn.columns) == names(LEFT_OUT_DRAWN)
    parts = [part for _, part in drawn.groupby("region", sort=False)]
    for (region, _), part in zip(rows, parts, strict=True):
        assert set(part["region"]) == {region}
        assert part["left_out"].tolist() == ["", "s0", "s1", "s2", "s3", "s0/a", "s0/b"]
    main = tables["contrast"].set_index("region").loc[rows[0][0]]
    assert drawn["effect"].iloc[0] == main["estimate"]


def test_percent_is_shown_where_the_scale_is_log(tables, row):
    shown = tables["specifications"].assign(percent=7.0, percent_low=6.0, percent_high=8.0)
    drawn = specifications_drawn(shown, row, 0.05, True, 40)
    assert set(drawn["effect"]) == {7.0}


def test_many_sites_keep_those_with_the_most_scans():
    tables = robustness_tables(GROUP)
    points = tables["partial_residuals"]
    first = (points["region"] == points["region"].iloc[0]) & (points["site"] == "s2")
    fewer = points.drop(points.index[first][:5])
    kept, lines = partial_drawn(fewer, tables["partial_lines"], 3)
    assert set(kept["site"]) == set(lines["site"]) == {"s0", "s1", "s3"}
    assert kept["region"].nunique() == 1


def test_curves_have_the_p_of_their_line():
    tables = robustness_tables(AGE)
    drawn = curves_drawn(tables["curves"], tables["linearity"], 1)
    assert list(drawn.columns) == names(CURVES_DRAWN)
    (region,) = drawn["region"].unique()
    p = tables["linearity"].set_index("region").loc[region, "p_value"]
    assert set(drawn["p_line"]) == {p}
    none = curves_drawn(tables["curves"].iloc[:0], tables["linearity"], 1)
    assert none.empty
    pd.testing.assert_index_equal(none.columns, drawn.columns)
