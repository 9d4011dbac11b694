"""Paths in relative steps: the same places to a tenth, however long they are."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipet.figures.compact_svg import FEWEST_POINTS as FEWEST
from multipet.figures.compact_svg import compact_path, relative_steps

STEP = re.compile(r"-?(?:\d+\.\d+|\.\d+|\d+)")
PLACE = st.floats(-2000, 2000, allow_nan=False)


def read(d):
    """Places of a path that ``relative_steps`` wrote."""
    start, _, steps = d.removeprefix("M").partition("l")
    numbers = [float(number) for number in STEP.findall(start) + STEP.findall(steps)]
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)


@given(st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=50))
def test_every_place_comes_back_to_a_tenth(points):
    assert read(relative_steps(points)) == pytest.approx(np.array(points), abs=0.0501)


def test_numbers_are_parted_by_a_sign_or_a_space():
    assert relative_steps([(1, -2.5), (1.3, -2.9), (1, 0), (12, 0)]) == "M1-2.5l.3-.4-.3 2.9 11 0"


def test_a_closed_line_and_the_next_one_stay_apart():
    line = " L ".join(f"{i} {i}.25" for i in range(FEWEST + 1))
    assert compact_path(f"M {line} z M {line}").count("M") == 2
    assert "zM0" in compact_path(f"M {line} z M {line}")


@pytest.mark.parametrize(
    "d", ["M 0 0 L 1 1", "M 0 0 " + "C 1 1 2 2 3 3 " * 20, "", "M 0 0 " + "Q 1 1 2 2 L 1 1 " * 20]
)
def test_short_lines_and_curves_stay_as_they_are(d):
    assert compact_path(d) == d
