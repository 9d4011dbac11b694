"""Raw and harmonised answers beside each other, and the chip on whether it matters."""

from dataclasses import replace

import pandas as pd
import report_mock as mock
import robustness_mock
from robustness_mock import table

from multipet.calibration.calibration_table import CALIBRATION
from multipet.core.columns import SENSITIVITY
from multipet.report.chips import chips_of
from multipet.report.contrast.side_by_side import (
    counts_table,
    harmonisations_beside,
    side_table,
    sides_of,
)
from multipet.report.contrast.sites import sites_blocks
from multipet.report.html.text import plain


def with_harmonised(files, change=1.0):
    """Files with a calibrated answer from other values, estimates and p-values changed."""
    rows = files.contrast.to_dict("records")
    rows = [{**r, "p_adjusted": min(1, r["p_adjusted"] * change)} for r in rows]
    more = table(robustness_mock.harmonised_rows(rows), SENSITIVITY)
    return replace(files, sensitivity=pd.concat([files.sensitivity, more], ignore_index=True))


def words(files):
    return " ".join(
        plain(part)
        for block in sites_blocks(files)
        for part in (*block.text, *block.notes)
    ).replace("\xa0", " ")  # fmt: skip


def choice(files):
    return next((c for c in chips_of(files) if c.key == "harmonisation_choice"), None)


def test_raw_first_where_raw_is_the_main_analysis():
    sides = sides_of(with_harmonised(mock.slope()))
    assert [side.title for side in sides] == ["Raw, main", "Harmonised: combat_scanner"]


def test_nothing_beside_where_nothing_was_harmonised():
    assert sides_of(mock.slope()) == ()
    assert side_table(mock.slope()) is None
    assert choice(mock.slope()) is None


def test_raw_values_with_site_means_stand_between():
    files = with_harmonised(mock.slope())
    means = files.sensitivity.iloc[:4].assign(variant="site means added")
    files = replace(files, sensitivity=pd.concat([means, files.sensitivity], ignore_index=True))
    titles = [side.title for side in sides_of(files)]
    assert titles == ["Raw, main", "Raw, site means", "Harmonised: combat_scanner"]


def test_same_conclusion_needs_no_column_and_says_so():
    files = with_harmonised(mock.slope())
    shown = side_table(files)
    assert len(shown.headings) == 3
    assert shown.caption.endswith("The conclusion is the same everywhere.")
    assert choice(files).state == "ok"
    assert counts_table(files) is None


def test_another_conclusion_is_named_and_wants_a_look():
    files = with_harmonised(mock.slope(), change=3e4)
    shown = side_table(files)
    assert [row[-1].text for row in shown.rows].count("Harmonised: combat_scanner") == 1
    assert choice(files).state == "look"
    assert choice(files).title == "Thalamus is no longer significant after ComBat"
    assert choice(files).detail == "p .468 instead of < .001; same conclusion in 3 of 4 regions"


def test_of_many_regions_counts_and_the_rows_that_differ():
    files = with_harmonised(mock.many_regions(), change=40)
    (counts,) = counts_table(files).rows
    differing = sum(len(side.differing) for side in sides_of(files))
    assert differing > 0
    assert counts[1].text == f"{32 - differing} of 32"
    assert len(side_table(files).rows) == differing


def test_the_effect_that_varies_by_site_says_nothing_of_harmonisation():
    files = mock.harmonised()
    varying = files.sensitivity.assign(variant="raw values, effect varies by site", p_adjusted=0.9)
    files = replace(files, sensitivity=pd.concat([files.sensitivity, varying], ignore_index=True))
    assert [side.title for side in sides_of(files)][1:] == ["Raw"]


def test_pages_of_the_harmonisations_are_linked():
    files = with_harmonised(mock.slope())
    assert harmonisations_beside(files) == ["combat_scanner"]
    links = [link for block in sites_blocks(files) for link in block.links]
    assert links == [("combat_scanner: what it changed", "harmonisation_combat_scanner.html")]


def test_the_error_of_taking_values_for_raw_is_that_of_the_simulated_data():
    files = mock.harmonised()
    draws = [{"harmonisation": "combat_scanner", "naive_error": x} for x in (0.081, 0.102)]
    files = replace(
        files,
        calibration=table(draws, CALIBRATION),
        contrast=files.contrast.assign(p_method="permutation"),
    )
    said = words(files)
    assert "would have found something in 8.1 to 10 % of simulated data sets without an" in said
    assert "calibrated instead" in said
    assert "do so" not in said


def test_p_values_that_nothing_calibrates_are_said_to_take_values_for_raw():
    said = words(mock.harmonised())
    assert "The p-values of this page do so." in said
    assert "is predicted to find something in 9.3 % of studies without an effect" in said


def test_a_vanished_site_effect_is_no_proof():
    files = mock.harmonised()
    drawn = replace(files.figures[0], name="harmonisation_tests", section="differences")
    files = replace(files, harmonisation_figures=(drawn,))
    assert "is no proof" in words(files)
    assert [f.name for block in sites_blocks(files) for f in block.figures] == [
        "harmonisation_tests"
    ]
