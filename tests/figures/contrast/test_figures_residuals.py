"""Residual figures tell scanners apart, or sites where scanners are too many."""

import mock_study
import numpy as np
import pandas as pd
import pytest

from multipet.analysis.diagnostics.model_tables import residual_table
from multipet.analysis.diagnostics.residual_shapes import (
    band_table,
    distribution_table,
    quantile_table,
)
from multipet.core.columns import names
from multipet.core.columns.figures import RESIDUAL_POINTS
from multipet.figures.contrast.quantiles import draw_quantiles
from multipet.figures.contrast.residuals import (
    draw_distribution,
    draw_residuals_fitted,
    grouping,
)
from multipet.figures.labels import Labels
from multipet.figures.style import figure_style, new_figure

LABELS = Labels(outcome="BP_ND", scale="log", site_order=tuple(mock_study.CAMERAS))


@pytest.fixture(scope="module")
def residuals():
    table = mock_study.scan_table(["caudate", "putamen", "insula"], people=80)
    fits = [mock_study.solve(table, region) for region in ("caudate", "putamen", "insula")]
    fixed = [mock_study.solve(table, region, ()) for region in ("caudate", "putamen", "insula")]
    return residual_table(fits, table, fixed)


def scans(count):
    names = [f"s{i}/HRRT" for i in range(count)]
    return pd.DataFrame(
        {"site": pd.Categorical([n[:-5] for n in names]), "scanner": pd.Categorical(names)}
    )


@pytest.mark.parametrize(("count", "column"), [(6, "scanner"), (7, "site")])
def test_site_where_there_are_more_scanners_than_colours(count, column):
    assert grouping(scans(count), LABELS).column == column


def test_caption_names_no_colours_where_all_look_alike():
    table = scans(12)
    labels = Labels(outcome="BP_ND", site_order=tuple(table["site"].cat.categories))
    assert grouping(table, labels).caption == ""
    assert grouping(scans(3), LABELS).caption == " Colour and marker: scanner."


def test_every_scan_is_a_point_in_the_panel_of_its_region(residuals):
    points = residuals[names(RESIDUAL_POINTS)]
    with figure_style():
        figure = draw_residuals_fitted(points, band_table(points), new_figure(4), LABELS)
    panels = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == ["caudate", "putamen", "insula"]
    for axes, (_, part) in zip(panels, points.groupby("region", sort=False), strict=True):
        drawn = [line for line in axes.lines if line.get_linestyle() == "None"]
        assert sum(len(line.get_xdata()) for line in drawn) == len(part)
        np.testing.assert_allclose(sum(axes.get_ylim()), 0, atol=1e-9)


def test_model_without_random_effects_stands_beside(residuals):
    with figure_style():
        figures = [
            draw_quantiles(quantile_table(residuals), new_figure(6), LABELS),
            draw_distribution(distribution_table(residuals), new_figure(6), LABELS),
        ]
    for figure in figures:
        texts = [axes.texts[0].get_text() for axes in figure.axes]
        assert texts == ["with random effects", "without random effects"] * 3
