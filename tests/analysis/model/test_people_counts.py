"""People of a group: who counts once, at which level, and how their numbers spread."""

import pandas as pd
import pytest

from multipet.analysis.model.study_overview import people_counts


def scans(**more):
    people = ["a", "a", "b", "c"]
    columns = {
        "site": ["s"] * 4, "participant_id": people, "session": ["1", "2", "1", "1"],
        "scanner": ["s/x"] * 4, "age": [20.0, 24.0, 30.0, 40.0],
    }  # fmt: skip
    return pd.DataFrame(columns | more)


def test_people_and_scans_are_counted():
    counts = people_counts(scans())
    assert (counts["n_subjects"], counts["n_scans"]) == (3, 4)
    assert counts["numbers"]["age"]["mean"] == pytest.approx(30)
    assert counts["numbers"]["age"]["sd"] == pytest.approx(10)


def test_who_was_scanned_at_two_levels_counts_at_both():
    treated = pd.Categorical(["no", "yes", "no", "no"], categories=["no", "yes", "other"])
    assert people_counts(scans(treated=treated))["levels"] == {
        "treated": {"no": 3, "yes": 1, "other": 0}
    }


def test_a_number_that_nobody_has_is_missing():
    spread = people_counts(scans(age=[float("nan")] * 4))["numbers"]["age"]
    assert set(spread.values()) == {None}
