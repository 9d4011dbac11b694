"""Answers from harmonised values beside the main one."""

import numpy as np
import pandas as pd
import pytest
from report_mock import row_of, table

from multipet.analysis.contrast.estimates import Question
from multipet.analysis.contrast.sensitivity import (
    largest_naive_error,
    other_harmonisations,
    stacked,
    takes_from_data,
    without_calibration,
)
from multipet.calibration.calibration_table import CALIBRATION
from multipet.core import columns
from multipet.core.columns import CONTRAST, SENSITIVITY, names

INFERENCE = {"df": "kenward-roger", "confidence": 0.95, "adjust": "bh", "alpha": 0.05}
QUESTION = Question("asked", (), frozenset({"group"}), "log", INFERENCE)
REGIONS = ("caudate", "putamen")


@pytest.fixture
def main():
    rows = [row_of(region, -0.05, 0.02, 0.03, log=True) for region in REGIONS]
    return table(rows, CONTRAST)


def calibration(name, **changes):
    rows = [
        {
            "harmonisation": name, "region": region, "comparison": "the comparison",
            "estimate": -0.04, "standard_error": 0.02, "t": -2.0, "p_naive": 0.04, "p_value": p,
            "t_critical": 2.2, "ci_low": -0.084, "ci_high": 0.004, "p_method": "permutation",
            "draws": 2000, "naive_error": error, "status": "ok", **changes,
        }
        for region, p, error in zip(REGIONS, (0.03, 0.2), (0.06, 0.09), strict=True)
    ]  # fmt: skip
    return table(rows, CALIBRATION)


def test_a_row_that_is_not_calibrated_keeps_its_p_as_naive_alone(main):
    bare = without_calibration(main)
    assert bare["p_naive"].tolist() == main["p_value"].tolist()
    assert bare[["p_value", "p_adjusted", "ci_low", "percent_high"]].isna().all(axis=None)
    assert bare["estimate"].tolist() == main["estimate"].tolist()


def test_other_harmonisations_are_rows_of_their_own(main):
    both = pd.concat([calibration("own"), calibration("location")], ignore_index=True)
    found = other_harmonisations(QUESTION, main, both, "own")
    assert list(found.columns) == names(SENSITIVITY)
    assert set(found["variant"]) == {"harmonised: location"}
    assert found["p_adjusted"].tolist() == pytest.approx([0.06, 0.2])
    assert found["percent"].tolist() == pytest.approx([100 * np.expm1(-0.04)] * 2)
    assert found["n_scans"].tolist() == main["n_scans"].tolist()


def test_with_the_own_harmonisation_alone_there_are_none(main):
    assert other_harmonisations(QUESTION, main, calibration("own"), "own").empty


def test_the_largest_error_of_the_own_harmonisation():
    both = pd.concat([calibration("own"), calibration("other", naive_error=0.5)])
    assert largest_naive_error(both, "own") == 0.09
    assert np.isnan(largest_naive_error(both, "none"))


def test_empty_tables_stack(main):
    empty = pd.DataFrame(columns=names(SENSITIVITY))
    assert list(stacked(empty, empty).columns) == names(SENSITIVITY)
    assert len(stacked(empty, table([{"variant": "x"}], columns.SENSITIVITY))) == 1


@pytest.mark.parametrize(
    ("method", "expected"), [("combat", True), ("location", True), ("saved", False)]
)
def test_what_is_given_is_not_taken_from_the_data(method, expected):
    assert takes_from_data({"method": method}) == expected
    assert not takes_from_data(None)
