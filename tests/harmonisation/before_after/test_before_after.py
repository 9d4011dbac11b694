"""Scans before and after, cell by cell comparable."""

import harmonised_study as hs
import numpy as np
import pandas as pd
import pytest


def test_a_cell_missing_in_either_is_missing_in_both():
    before = hs.reference_pooled()
    after = before.copy()
    after.loc[0, "value"] = np.nan
    data = hs.study(after, before)
    assert np.isnan(data.values["before"][0, 0]) and np.isnan(data.values["after"][0, 0])
    assert np.isnan(data.values["after"]).sum() == 5


def test_scans_without_a_covariate_or_a_value_are_left_out():
    before = hs.reference_pooled()
    before.loc[before["participant_id"] == "p69", "age"] = np.nan
    after = before.copy()
    after.loc[after["participant_id"] == "p68", "value"] = np.nan
    data = hs.study(after, before)
    assert data.n_left_out == 2
    assert not data.scans["participant_id"].isin(["p68", "p69"]).any()
    assert len(data.scans) == len(data.batches.codes) == len(data.preserved.columns) == 88


def test_first_scan_of_a_person_in_each_batch_counts_whatever_the_row_order():
    before = hs.reference_pooled()
    data = hs.study(before=before)
    counted = data.scans[data.independent]
    assert not counted.duplicated(["participant_id", "site"]).any()
    assert len(counted) == 76  # 70 people, 6 of them in two batches
    turned = hs.study(before=before.iloc[::-1].reset_index(drop=True))
    key = ["participant_id", "session"]
    again = turned.scans[turned.independent][key].sort_values(key).to_numpy().tolist()
    assert again == counted[key].sort_values(key).to_numpy().tolist()


def test_sessions_are_ordered_as_numbers():
    before = hs.reference_pooled()
    before["session"] = before["session"].map({"1": "10", "2": "9"})
    data = hs.study(before=before)
    person = data.scans["participant_id"] == "p00"
    assert data.scans.loc[data.independent & person, "session"].tolist() == ["9"]


def test_tables_of_other_scans_are_refused():
    before = hs.reference_pooled()
    with pytest.raises(ValueError, match="does not hold the scans"):
        hs.study(before.iloc[3:].reset_index(drop=True), before)


def test_covariates_are_numbers_and_levels_alone():
    before = hs.reference_pooled().assign(note="x", bmi=1.0)
    assert hs.study(before=before).covariates == ["age", "group", "bmi"]
    assert pd.api.types.is_numeric_dtype(before["bmi"])
