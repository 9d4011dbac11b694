"""Who was scanned where, and how much of a covariate lies between batches."""

import harmonised_study as hs
import numpy as np
import pytest

from multipet.harmonisation.before_after.covariates import batch_table, share_table, variables_in
from multipet.inference.naive_error import type_one_error


def test_counts_means_and_differences():
    data = hs.study()
    table = batch_table(data).set_index(["batch", "variable", "level"])
    scans = data.scans
    own = scans["site"] == "s1"
    assert table.loc[("s1", "", ""), "n_scans"] == own.sum()
    assert table.loc[("s1", "", ""), "n_people"] == scans.loc[own, "participant_id"].nunique()
    age = table.loc[("s1", "age", "")]
    inside, outside = scans.loc[own, "age"], scans.loc[~own, "age"]
    spread = np.sqrt((inside.var() + outside.var()) / 2)
    assert (age["mean"], age["sd"]) == pytest.approx((inside.mean(), inside.std()))
    assert age["difference"] == pytest.approx((inside.mean() - outside.mean()) / spread)
    patients = table.loc[("s1", "group", "patient")]
    p, q = ((scans.loc[rows, "group"] == "patient").mean() for rows in (own, ~own))
    assert patients["share"] == pytest.approx(p)
    expected = (p - q) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert patients["difference"] == pytest.approx(expected)
    assert table.loc[("s1", "group", "control"), "difference"] == pytest.approx(-expected)


def test_missing_covariates_do_not_count():
    before = hs.reference_pooled()
    before["bmi"] = np.where(before["participant_id"] == "p00", np.nan, 20.0)
    before.loc[before["participant_id"] == "p05", "bmi"] = 30.0
    table = batch_table(hs.study(before=before)).set_index(["batch", "variable"])
    batch = before.loc[before["participant_id"] == "p00", "site"].iloc[0]
    assert table.loc[(batch, "bmi"), "n"] < table.loc[(batch, ""), "n_scans"]


def test_shares_and_predicted_error():
    data = hs.study()
    table = share_table(data, ["group"]).set_index("column")
    patient = (data.scans["group"] == "patient").astype(float)
    means = patient.groupby(data.scans["site"], observed=True).transform("mean")
    share = means.var() / patient.var()
    row = table.loc["group[patient]"]
    assert row["share"] == pytest.approx(share)
    assert row["predicted_error"] == pytest.approx(type_one_error(share))
    assert 0 < row["partial_share"] != pytest.approx(share)
    assert table["tested"].tolist() == ["", "yes"]


def test_what_is_tested_but_not_preserved_has_a_share_too():
    table = share_table(hs.study(preserve="age"), ["group"]).set_index("column")
    assert table.loc["group[patient]", "tested"] == "yes"
    assert table.loc["age", "tested"] == ""


def test_variables_of_a_column():
    assert variables_in("age:group[age]", ["age", "group"]) == ["age", "group"]
    assert variables_in("group[age]", ["age", "group"]) == ["group"]
    assert variables_in("ns(age, 3)[1]", ["age", "ag"]) == ["age"]
