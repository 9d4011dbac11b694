"""Which rows figures show, and in which order."""

import mock_study
import numpy as np
import pandas as pd
import pytest

from multipet.figures.contrast.forest import forest_table
from multipet.figures.contrast.random_effects import caterpillar_table, shrinkage_drawn
from multipet.figures.contrast.source import focus_regions
from multipet.figures.figure import in_regions

REGIONS = [f"region_{i}" for i in range(8)]


@pytest.fixture
def contrast():
    return mock_study.contrast_rows(REGIONS)


def test_focus_is_on_the_smallest_p(contrast):
    ordered = contrast.sort_values("p_value")["region"].tolist()
    assert focus_regions(contrast, REGIONS, 3) == ordered[:3]
    assert focus_regions(contrast, ["all regions"], 3) == ["all regions"]


def test_regions_without_p_come_last(contrast):
    contrast.loc[0, "p_value"] = np.nan
    assert focus_regions(contrast, REGIONS, 8)[-1] == "region_0"


def test_in_regions_keeps_their_order():
    table = pd.DataFrame({"region": list("aabbcc"), "row": range(6)})
    assert in_regions(table, ["c", "a"])["row"].tolist() == [4, 5, 0, 1]


def test_forest_is_sorted_by_effect_within_comparisons():
    contrast = mock_study.contrast_rows(REGIONS, ("b − a", "a − c"))
    drawn = forest_table(contrast, 0.05, percent=True, most=40)
    assert drawn["comparison"].unique().tolist() == ["b − a", "a − c"]
    for _, part in drawn.groupby("comparison"):
        assert part["effect"].is_monotonic_increasing
    assert drawn["effect"].sum() == pytest.approx(contrast["percent"].sum())


def test_forest_on_the_identity_scale_shows_estimates(contrast):
    drawn = forest_table(contrast, 0.05, percent=False, most=40)
    assert sorted(drawn["effect_low"]) == sorted(contrast["ci_low"])


def test_detected_is_by_adjusted_p_and_by_p_where_there_is_none(contrast):
    contrast["p_value"], contrast["p_adjusted"] = 0.04, 0.06
    contrast.loc[2, "p_adjusted"] = np.nan
    drawn = forest_table(contrast, 0.05, percent=True, most=40)
    assert drawn.loc[drawn["detected"] == 1, "region"].tolist() == ["region_2"]


def test_forest_keeps_the_smallest_p_and_puts_failures_last(contrast):
    contrast.loc[4, ["percent", "percent_low", "percent_high", "p_value"]] = np.nan
    kept = forest_table(contrast, 0.05, percent=True, most=3)
    assert set(kept["region"]) == set(contrast.nsmallest(3, "p_value")["region"])
    assert forest_table(contrast, 0.05, percent=True, most=8)["region"].iloc[-1] == "region_4"


def test_interval_and_rank_of_modes():
    effects = pd.DataFrame(
        {
            "region": "caudate",
            "factor": "site",
            "effect": "(Intercept)",
            "level": ["a", "b", "c"],
            "mode": [0.3, -0.1, 0.2],
            "sd": [0.1, 0.2, 0.1],
        }
    )
    drawn = caterpillar_table(effects)
    assert drawn["rank"].tolist() == [3, 1, 2]
    assert drawn["high"].iloc[0] == pytest.approx(0.3 + 1.959964 * 0.1)
    assert caterpillar_table(effects.iloc[:0]).empty


def test_shrinkage_is_ranked_within_region_and_factor():
    shrinkage = pd.DataFrame(
        {
            "region": ["r"] * 4,
            "factor": ["site", "site", "scanner", "scanner"],
            "level": list("abcd"),
            "n_scans": 5.0,
            "no_pooling": 0.2,
            "partial_pooling": [0.2, 0.1, -0.1, 0.3],
            "complete_pooling": 0.0,
        }
    )
    assert shrinkage_drawn(shrinkage)["rank"].tolist() == [2, 1, 1, 2]
