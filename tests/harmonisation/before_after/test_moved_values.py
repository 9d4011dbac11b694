"""How far values moved."""

import harmonised_study as hs
import numpy as np
import pytest

from multipet.harmonisation.before_after.values import moved_table, residual_sds

SDS = {"r0": 0.1, "r1": 0.2, "r2": 0.1}


def moved(amount, scale="identity"):
    before = hs.reference_pooled()
    after = before.copy()
    own = (after["site"] == "s1") & (after["region"] == "r1")
    after.loc[own, "value"] += amount
    table = moved_table(hs.study(after, before, scale=scale), SDS)
    return before[own]["value"], table.set_index(["batch", "region"])


def test_sizes_and_counts():
    values, table = moved(-0.7)
    row = table.loc[("s1", "r1")]
    assert row["n"] == row["n_far"] == len(values)
    assert (row["median_sd"], row["largest_sd"]) == pytest.approx((3.5, 3.5))
    assert row["median_percent"] == pytest.approx((0.7 / values * 100).median())
    assert table.loc[("s1", "r0"), "n_far"] == 0
    assert table.loc[("s1", ""), "n_far"] == len(values)
    assert table.loc[("s1", ""), "median_sd"] == 0


def test_exactly_three_sd_is_not_far_and_signs_are_watched():
    values, table = moved(-0.59)
    assert table.loc[("s1", "r1"), "n_far"] == 0
    _, table = moved(-5.0)
    assert table.loc[("s1", "r1"), "n_sign"] == len(values)


def test_percent_of_logarithms():
    values, table = moved(0.2, "log")
    row = table.loc[("s1", "r1")]
    assert row["median_percent"] == pytest.approx((20 / values).median())
    assert row["n_sign"] == 0


def test_a_region_missing_in_a_batch_has_no_row():
    before = hs.reference_pooled()
    before.loc[(before["site"] == "s2") & (before["region"] == "r0"), "value"] = np.nan
    table = moved_table(hs.study(before=before), SDS).set_index(["batch", "region"])
    assert ("s2", "r0") not in table.index and ("s2", "") in table.index


def test_residual_sd_is_that_of_the_harmonisation():
    checks = hs.checks(hs.reference_pooled(), method="combat_no_eb")
    data = hs.study()
    assert residual_sds(data)["r0"] == pytest.approx(
        np.sqrt(np.mean(_residuals(data, 0) ** 2)), rel=1e-9
    )
    assert checks.overview["median_move_sd"] > 0


def _residuals(data, region):
    design = np.hstack([np.eye(4)[data.batches.codes], data.preserved.columns])
    y = data.values["before"][:, region]
    return y - design @ np.linalg.lstsq(design, y)[0]
