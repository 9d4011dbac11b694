"""Exchangeable blocks: whole subjects of one stratum with the same pattern of scans."""

import numpy as np
import pandas as pd
import pytest

from multipet.calibration.blocks import exchangeable_blocks, log_permutations


def table(rows):
    return pd.DataFrame(rows, columns=["participant_id", "session", "site", "scanner"])


ROWS = [
    ("a", "1", "x", "x/1"),
    ("a", "2", "x", "x/1"),
    ("b", "2", "x", "x/1"),
    ("b", "1", "x", "x/1"),
    ("c", "1", "x", "x/1"),
    ("d", "1", "x", "x/2"),
    ("d", "2", "x", "x/1"),
    ("e", "1", "x", "x/1"),
    ("f", "1", "y", "y/1"),
]


def test_kinds_are_strata_and_numbers_of_scans():
    blocks = exchangeable_blocks(table(ROWS), ["site", "scanner"])
    kind = dict(zip("abcdef", blocks.kind, strict=True))
    assert kind["a"] == kind["b"]
    assert kind["c"] == kind["e"]
    assert len({kind["a"], kind["c"], kind["d"], kind["f"]}) == 4
    np.testing.assert_array_equal(blocks.scans[1], [3, 2])  # b's visits in order


def test_a_missing_scan_makes_another_kind():
    blocks = exchangeable_blocks(table(ROWS), ["site", "scanner"])
    present = np.ones(len(ROWS), dtype=bool)
    present[0] = False
    kind = blocks.kinds_among(present)
    assert kind[0] != kind[1]
    assert kind[2] == kind[4]


def test_row_order_does_not_matter():
    rng = np.random.default_rng(1)
    order = rng.permutation(len(ROWS))
    once = exchangeable_blocks(table(ROWS), ["site", "scanner"])
    again = exchangeable_blocks(table([ROWS[k] for k in order]), ["site", "scanner"])
    np.testing.assert_array_equal(once.kind, again.kind)
    np.testing.assert_array_equal(once.position[order], again.position)
    np.testing.assert_array_equal(once.subject[order], again.subject)


def test_without_people_every_scan_is_one():
    scans = pd.DataFrame({"site": ["x", "x", "y"]})
    blocks = exchangeable_blocks(scans, ["site"])
    assert blocks.kind.tolist() == [0, 0, 1]


def test_number_of_permutations():
    assert np.exp(log_permutations(np.array([0, 0, 0, 1, 1, 2]))) == pytest.approx(12)
