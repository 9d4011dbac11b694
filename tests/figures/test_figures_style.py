"""Looks of levels, and labels that fit."""

import pytest

from multipet.figures.style import MOST_LOOKS, looks, shortened


@pytest.mark.parametrize("count", range(1, MOST_LOOKS + 1))
def test_levels_differ_in_colour_and_in_marker(count):
    given = looks([f"site{i}" for i in range(count)])
    assert len({look.colour for look in given.values()}) == count
    assert len({look.marker for look in given.values()}) == count


def test_more_levels_than_colours_look_alike():
    assert len(set(looks([str(i) for i in range(11)]).values())) == 1


def test_shortened_keeps_both_ends():
    left, right = (f"Superior parietal lobule, {side}" for side in ("left", "right"))
    assert shortened("Caudate") == "Caudate"
    assert shortened(left, 20) != shortened(right, 20)
    assert len(shortened(left, 20)) <= 20
    assert shortened("two\nlines") == "two lines"
