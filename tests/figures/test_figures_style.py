"""Looks of levels, and labels that fit."""

import numpy as np
import pytest

from multipet.figures.style import (
    MOST_LOOKS,
    figure_style,
    looks,
    name_rows,
    new_figure,
    outcome_ticks,
    panel_title,
    shortened,
)


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


@pytest.mark.parametrize(
    "name", ["ctx-lh-rostralanteriorcingulate", "superior parietal lobule, left"]
)
def test_long_titles_and_names_of_rows_are_whole(name):
    with figure_style():
        axes = new_figure(2).subplots()
        panel_title(axes, name, 18)
        name_rows(axes, [0], [name], 20)
    for text in (axes.get_title(loc="left"), axes.get_yticklabels()[0].get_text()):
        assert "\n" in text
        assert text.replace("\n", "").replace(" ", "") == name.replace(" ", "")


def test_logarithms_are_ticked_where_the_outcome_is_round():
    with figure_style():
        axes = new_figure(2).subplots()
        axes.set_ylim(np.log(1.7), np.log(4.2))
        outcome_ticks(axes.yaxis)
        texts = [tick.get_text() for tick in axes.get_yticklabels()]
    assert texts == ["2", "2.5", "3", "3.5", "4"]
    assert np.exp(axes.get_yticks()).tolist() == pytest.approx([2, 2.5, 3, 3.5, 4])
