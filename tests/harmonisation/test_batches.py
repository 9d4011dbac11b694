"""Batch labels: text, ordered, combined."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.problems import UserError
from multipet.harmonisation.batches import label_text, read_batches


def test_numbers_and_their_text_are_one_label():
    same = [1, "1", 1.0, np.int64(1), np.float64(1)]
    assert {label_text(value) for value in same} == {"1"}
    assert label_text(1.5) == "1.5"
    batches = read_batches(
        pd.DataFrame({"site": pd.Series([1, "1", 1.0, "02"], dtype=object)}), "site"
    )
    assert batches.labels == ("02", "1")
    assert batches.codes.tolist() == [1, 1, 1, 0]


def test_order_is_that_of_the_levels_and_unused_levels_are_left_out():
    site = pd.Categorical(["b", "a", "b"], categories=["b", "unused", "a"])
    batches = read_batches(pd.DataFrame({"site": site}), "site")
    assert batches.labels == ("b", "a")
    assert batches.codes.tolist() == [0, 1, 0]


def test_columns_are_combined():
    table = pd.DataFrame({"site": ["x", "x", "y"], "scanner": ["new", "old", "new"]})
    batches = read_batches(table, ["site", "scanner"])
    assert batches.labels == ("x + new", "x + old", "y + new")
    assert batches.name == "site + scanner"


def test_two_batches_of_one_name_are_refused():
    table = pd.DataFrame({"a": ["x + y", "x"], "b": ["z", "y + z"]})
    with pytest.raises(UserError, match=r"both be called x \+ y \+ z"):
        read_batches(table, ["a", "b"])


@pytest.mark.parametrize("gone", [None, np.nan, pd.NA, ""])
def test_missing_label_is_refused_with_its_row(gone):
    table = pd.DataFrame({"site": pd.Series(["x", gone, "y"], dtype=object)})
    with pytest.raises(UserError, match='"site" has no label in 1 scans: rows 3'):
        read_batches(table, "site")
