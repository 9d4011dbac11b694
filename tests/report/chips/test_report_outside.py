"""A number that is held beyond what the data have is said."""

import pytest
import report_mock as mock

from multipet.report.chips.data import OUTSIDE


def judged(age):
    settings = {"model": "main", "difference": {"group": ["patient", "control"]}}
    held = {} if age is None else {"at": {"age": age}}
    return OUTSIDE.judge(mock.respec(mock.slope(), contrasts__age_per_decade=settings | held))


@pytest.mark.parametrize("age", [20, 85.5])
def test_beyond_the_data_wants_a_look(age):
    verdict = judged(age)
    assert (verdict.state, verdict.title) == ("look", "The answer lies outside the data")
    assert "the data have 20.1 to 79.8" in verdict.detail


@pytest.mark.parametrize("age", [20.1, 50, 79.8])
def test_within_the_data_is_fine(age):
    assert judged(age).state == "ok"


def test_nothing_held_no_chip():
    assert judged(None) is None
