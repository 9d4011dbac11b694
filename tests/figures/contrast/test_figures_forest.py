"""The forest plot draws what its table says."""

import mock_study
import numpy as np
import pytest

from multipet.figures.contrast.forest import draw_forest, forest_height, forest_table
from multipet.figures.labels import Labels
from multipet.figures.style import figure_style, new_figure

LABELS = Labels(outcome="BP_ND", scale="log", regions={"a": "Alpha"})


def forest(contrast):
    table = forest_table(contrast, 0.05, percent=True, most=40)
    with figure_style():
        axes = draw_forest(table, new_figure(forest_height(table)).subplots(), LABELS)
    return table, axes


def points(axes):
    return [line for line in axes.lines if line.get_marker() == "o"]


def test_one_point_a_row_filled_where_detected():
    table, axes = forest(mock_study.contrast_rows(list("abcdefgh")))
    assert [line.get_xdata()[0] for line in points(axes)] == table["effect"].tolist()
    filled = [line.get_markerfacecolor() != "white" for line in points(axes)]
    assert filled == (table["detected"] == 1).tolist()
    assert 0 < sum(filled) < 8


def test_labels_and_numbers_stand_beside_the_rows():
    table, axes = forest(mock_study.contrast_rows(["a", "b"]))
    assert "Alpha" in [tick.get_text() for tick in axes.get_yticklabels()]
    low, high = (f"{table[end].iloc[0]:.2f}" for end in ("effect_low", "effect_high"))
    assert f"[{low}, {high}]".replace("-", "−") in [text.get_text() for text in axes.texts]


def test_axis_says_what_is_compared_and_in_which_unit():
    _, axes = forest(mock_study.contrast_rows(["a", "b"], ("patients − controls",)))
    assert axes.get_xlabel() == "patients − controls: BP_ND, %"


def test_several_comparisons_are_groups_under_headings():
    _, axes = forest(mock_study.contrast_rows(["a", "b"], ("x − y", "y − z")))
    texts = [tick.get_text() for tick in axes.get_yticklabels()]
    assert texts[0] == "x − y"
    assert texts[3] == "y − z"
    assert len(set(axes.get_yticks())) == 6


def test_row_without_estimate_says_so():
    contrast = mock_study.contrast_rows(["a", "b"])
    contrast.loc[0, ["percent", "percent_low", "percent_high"]] = np.nan
    _, axes = forest(contrast)
    assert "not estimated" in [text.get_text() for text in axes.texts]
    assert len(points(axes)) == 1


@pytest.mark.parametrize("count", [1, 40])
def test_height_grows_with_rows(count):
    table = forest_table(mock_study.contrast_rows([str(i) for i in range(count)]), 0.05, True, 40)
    assert forest_height(table) == pytest.approx(1.3 + 0.27 * max(count, 2))
