"""Agreement of repeated scans."""

import harmonised_study as hs
import numpy as np
import pandas as pd
import pytest

from multipet.harmonisation.before_after.values import repeat_table

EXPECTED = pd.read_csv(hs.REFERENCE / "expected.csv", comment="#").set_index(["region", "quantity"])
#: Shrout & Fleiss 1979, table 2: six targets, four judges each; ICC(1,1) = .17.
JUDGED = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))


def found(table, region, pairs="within", stage="before"):
    chosen = (table["region"] == region) & (table["pairs"] == pairs) & (table["stage"] == stage)
    return table[chosen].iloc[0]


def judged(sites):
    rows = [
        {"participant_id": f"t{i}", "session": str(j + 1), "site": sites[j], "age": 1.0,
         "group": "control", "x": float(value)}
        for i, values in enumerate(JUDGED) for j, value in enumerate(values)
    ]  # fmt: skip
    return hs.pooled(pd.DataFrame(rows), ["x"])


def test_published_example():
    data = hs.study(before=judged("aaaa"), preserve="1")
    row = found(repeat_table(data), "x")
    assert round(row["icc"], 2) == 0.17
    assert row["sd"] ** 2 == pytest.approx(6.26, abs=0.005)
    assert (row["n_people"], row["n_scans"]) == (6, 24)


def test_across_takes_the_first_scan_of_each_batch():
    table = repeat_table(hs.study(before=judged("abba"), preserve="1"))
    two = np.array([values[:2] for values in JUDGED], dtype=float)
    row = found(table, "x", "across")
    within = two.var(axis=1, ddof=1).mean()
    between = 2 * two.mean(axis=1).var(ddof=1)
    assert row["icc"] == pytest.approx((between - within) / (between + within))
    difference = 100 * abs(two[:, 1] - two[:, 0]) / two.mean(axis=1)
    assert row["percent"] == pytest.approx(difference.mean())
    # two batches with two scans each: the batch of the first
    assert found(table, "x", "within")["n_scans"] == 12


@pytest.mark.parametrize("region", ["r0", "r1", "r2"])
def test_same_numbers_as_r(region):
    row = found(repeat_table(hs.study()), region)
    for quantity in ("icc", "icc_low", "icc_high", "sd"):
        assert row[quantity] == pytest.approx(EXPECTED.loc[(region, quantity), "value"], rel=1e-9)


def test_a_shift_of_one_batch_costs_agreement_across_but_not_within():
    before = hs.reference_pooled()
    after = before.assign(value=before["value"] + (before["site"] == "s1"))
    table = repeat_table(hs.study(after, before))
    assert found(table, "r0", "across", "after")["sd"] > found(table, "r0", "across")["sd"]
    within = [found(table, "r0", "within", stage)["sd"] for stage in ("before", "after")]
    assert within[0] == pytest.approx(within[1])


def test_row_order_changes_nothing_and_percent_is_of_delivered_values():
    before = hs.reference_pooled()
    plain = repeat_table(hs.study(before=before))
    turned = before.iloc[::-1].reset_index(drop=True)
    other = repeat_table(hs.study(before=turned))
    numbers = ["n_people", "icc", "icc_low", "icc_high", "sd", "percent"]
    np.testing.assert_allclose(other[numbers], plain[numbers], rtol=1e-9)
    logs = repeat_table(hs.study(before=before, scale="log"))
    np.testing.assert_allclose(logs["percent"], plain["percent"], rtol=1e-9)


def test_fewer_than_three_people_have_no_row():
    before = hs.reference_pooled()
    kept = (before["session"] == "1") | before["participant_id"].isin(["p00", "p01"])
    table = repeat_table(hs.study(before=before[kept].reset_index(drop=True)))
    assert table.empty
