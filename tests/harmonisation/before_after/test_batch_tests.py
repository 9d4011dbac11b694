"""Tests of batches against base R, and what must not change them."""

import harmonised_study as hs
import numpy as np
import pandas as pd
import pytest

from multipet.harmonisation.before_after.batch_tests import batch_test_counts, batch_tests

EXPECTED = pd.read_csv(hs.REFERENCE / "expected.csv", comment="#").set_index(["region", "quantity"])
REGIONS = ("r0", "r1", "r2")


def expected(region, quantity):
    return EXPECTED.loc[(region, quantity), "value"]


def row(table, region, test, stage="before"):
    chosen = (table["region"] == region) & (table["test"] == test) & (table["stage"] == stage)
    return table[chosen].iloc[0]


@pytest.mark.parametrize("region", REGIONS)
def test_same_numbers_as_r(region):
    table = batch_tests(hs.study())
    mean = row(table, region, "mean")
    assert mean["statistic"] == pytest.approx(expected(region, "f"), rel=1e-9)
    assert mean["p_value"] == pytest.approx(expected(region, "p"), rel=1e-7)
    assert mean["size"] == pytest.approx(expected(region, "partial"), rel=1e-9)
    spread = row(table, region, "brown_forsythe")
    assert spread["statistic"] == pytest.approx(expected(region, "bf"), rel=1e-9)
    assert spread["p_value"] == pytest.approx(expected(region, "bf_p"), rel=1e-9)
    assert spread["size"] == pytest.approx(expected(region, "ratio"), rel=1e-9)
    ranks = row(table, region, "fligner_killeen")
    assert ranks["statistic"] == pytest.approx(expected(region, "fk"), rel=1e-9)
    assert ranks["p_value"] == pytest.approx(expected(region, "fk_p"), rel=1e-9)


def test_order_labels_and_unit_change_nothing():
    before = hs.reference_pooled()
    plain = batch_tests(hs.study(before=before))
    changed = before.sample(frac=1, random_state=1).reset_index(drop=True)
    changed["value"] *= 100
    changed["site"] = changed["site"].cat.rename_categories(lambda name: f"z{9 - int(name[1])}")
    other = batch_tests(hs.study(before=changed))
    numbers = ["size", "statistic", "p_value", "p_adjusted", "n_scans"]
    np.testing.assert_allclose(other[numbers], plain[numbers], rtol=1e-8)
    assert other["region"].tolist() == plain["region"].tolist()


def test_a_batch_of_one_scan_takes_part_in_the_mean_alone():
    before = hs.reference_pooled()
    alone = before["participant_id"] == "p69"
    before["site"] = before["site"].cat.add_categories("tiny").where(~alone, "tiny")
    table = batch_tests(hs.study(before=before))
    assert row(table, "r0", "mean")["n_batches"] == 5
    assert row(table, "r0", "brown_forsythe")["n_batches"] == 4


def test_two_tiny_batches_have_no_test_of_spread():
    before = hs.reference_pooled()
    few = before[before["participant_id"].isin(["p00", "p01", "p02", "p03"])]
    few = few.assign(site=pd.Categorical(np.where(few["participant_id"] < "p02", "a", "b")))
    table = batch_tests(hs.study(before=few.reset_index(drop=True), preserve="1"))
    assert row(table, "r0", "brown_forsythe").isna()[["size", "p_value", "p_adjusted"]].all()


def test_a_covariate_that_is_constant_among_first_scans_costs_nothing():
    before = hs.reference_pooled()
    sites = before.groupby("participant_id")["site"].transform("nunique")
    before = before[sites == 1].reset_index(drop=True)
    before["time"] = before["session"].astype(float) - 1
    timed = batch_tests(hs.study(before=before, preserve="age + group + time"))
    plain = batch_tests(hs.study(before=before))
    np.testing.assert_allclose(timed["p_value"], plain["p_value"], rtol=1e-7)


def test_without_differences_the_test_holds_its_level():
    table = hs.many_regions(400, 4, seed=3)
    site = np.random.default_rng(5).permutation(np.repeat(list("abcd"), 60))
    table["site"] = pd.Categorical(site[pd.factorize(table["participant_id"])[0]])
    tests = batch_tests(hs.study(before=table))
    share = (tests["p_value"] < 0.05).groupby(tests["test"]).mean()
    # regions share people's levels, so that the three shares spread more than binomial ones
    assert share.between(0.01, 0.12).all()


def test_counts_and_adjustment():
    tests = batch_tests(hs.study(hs.without_site(hs.reference_pooled())))
    counts = batch_test_counts(tests, 0.05).set_index(["test", "stage"])
    assert counts.loc[("mean", "before"), "n_below_adjusted"] == 2
    assert counts.loc[("mean", "after"), "n_below"] == 0
    assert counts.loc[("mean", "after"), "size_median"] < 0.1
    means = tests[(tests["test"] == "mean") & (tests["stage"] == "before")]
    assert (means["p_adjusted"] >= means["p_value"]).all()
