"""Variance partition: bars that fill the row, the residual last."""

import pandas as pd

from multipet.figures.contrast.variance import draw_variance, variance_height
from multipet.figures.labels import Labels
from multipet.figures.style import figure_style, new_figure


def partition(shares):
    rows = [("caudate", component, share) for component, share in shares.items()]
    table = pd.DataFrame(rows, columns=["region", "component", "share"])
    with figure_style():
        figure = new_figure(variance_height(table))
        axes = draw_variance(table, figure.subplots(), Labels(outcome="BP_ND"))
    return axes, [text.get_text() for text in figure.legends[0].get_texts()]


def test_bars_follow_each_other_to_the_whole():
    axes, order = partition({"residual": 0.3, "subject": 0.5, "site": 0.2})
    assert order == ["site", "subject", "residual"]
    edges = [(bar.get_x(), round(bar.get_x() + bar.get_width(), 9)) for bar in axes.patches]
    assert edges == [(0, 0.2), (0.2, 0.7), (0.7, 1.0)]


def test_component_without_share_is_left_out_and_small_ones_have_no_number():
    axes, order = partition({"site": 0.02, "age by site": float("nan"), "residual": 0.98})
    assert order == ["site", "residual"]
    assert [text.get_text() for text in axes.texts] == ["98"]
