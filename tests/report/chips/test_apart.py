"""Chips on scanners, on what differs within and between, and on spread."""

from dataclasses import replace

import pytest
import report_mock as mock

from multipet.core.columns import FINDINGS, names
from multipet.report.chips import chips_of

KEYS = ("scanners_apart", "within_between", "spread_compared")
FINE = {
    "share_between_scanners": 0.1,
    "p_difference_sites": 0.4,
    "p_difference_people": float("nan"),
    "error_ratio": 1.1,
}


def chips(finding=None, **columns):
    files = mock.slope()
    files = replace(files, contrast=files.contrast.assign(**{**FINE, **columns}))
    if finding:
        row = dict.fromkeys(names(FINDINGS), "") | {"stage": "contrast", "region": "caudate"}
        table = files.contrast_findings.iloc[:0].copy()
        table.loc[0] = row | finding
        files = replace(files, contrast_findings=table)
    return {chip.key: chip for chip in chips_of(files) if chip.key in KEYS}


def test_fine_where_each_was_looked_at():
    assert {chip.state for chip in chips().values()} == {"ok"}
    assert set(chips()) == set(KEYS)


def test_nothing_is_said_of_what_was_not_looked_at():
    assert chips(**dict.fromkeys(FINE, float("nan"))) == {}


@pytest.mark.parametrize(("share", "state"), [(0.49, "ok"), (0.6, "look"), (1.0, "stop")])
def test_scanners_by_their_share(share, state):
    assert chips(share_between_scanners=share)["scanners_apart"].state == state


@pytest.mark.parametrize(
    ("factor", "title", "detail"),
    [
        ("site", "within and between sites", "is the one within"),
        ("participant_id", "within and between people", "mixes both"),
    ],
)
def test_a_difference_within_and_between_is_named(factor, title, detail):
    chip = chips({"check": "within_between", "factor": factor})["within_between"]
    assert chip.state == "look"
    assert title in chip.title
    assert "caudate" in chip.title
    assert detail in chip.detail


def test_spread_that_differs_says_what_is_printed():
    chip = chips({"check": "spread_differs"}, error_ratio=2.6)["spread_compared"]
    assert chip.state == "look"
    assert "2.60 times" in chip.detail
    assert "robust" in chip.detail
