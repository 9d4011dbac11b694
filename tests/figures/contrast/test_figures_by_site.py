"""The effect by site: one row a site, all sites together as a band."""

import pandas as pd

from multipet.figures.contrast.by_site import SITE_ROWS, draw_by_site, panels_height
from multipet.figures.labels import Labels
from multipet.figures.style import figure_style, new_figure


def test_rows_are_named_with_their_scans_and_the_band_spans_the_pooled_interval():
    table = pd.DataFrame(
        {
            "region": "caudate",
            "comparison": "age",
            "site": ["turku", "yale", ""],
            "effect": [-5.0, -4.0, -4.6],
            "effect_low": [-8.0, -9.0, -6.5],
            "effect_high": [-2.0, 1.0, -2.7],
            "n_scans": [40.0, 25.0, 65.0],
        }
    )
    labels = Labels(outcome="BP_ND", scale="log", sites={"turku": "Turku"}, site_order=("turku",))
    with figure_style():
        figure = draw_by_site(table, new_figure(panels_height(table, SITE_ROWS)), labels)
    axes = figure.axes[0]
    texts = [tick.get_text() for tick in axes.get_yticklabels()]
    assert texts == ["Turku (40)", "yale (25)", "all sites"]
    band = axes.patches[0]
    assert (band.get_x(), round(band.get_x() + band.get_width(), 9)) == (-6.5, -2.7)
