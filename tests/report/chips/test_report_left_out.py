"""Does a site drive it? The chip from the summary of the refits."""

from dataclasses import replace

import pytest
import report_mock as mock
import robustness_mock

from multipet.report.chips.left_out import left_out_table, single_site


def changed(files, at=(), **cells):
    """Files whose summary has other cells in the rows of the regions ``at``."""
    summary = files.robust.left_out_summary.copy()
    for column, value in cells.items():
        summary.loc[summary["region"].isin(at), column] = value
    return replace(files, robust=replace(files.robust, left_out_summary=summary))


def test_sign_and_detection_kept_is_fine():
    verdict = single_site(mock.slope())
    assert verdict.state == "ok"
    assert verdict.detail == "same sign and still detected without each of 4 sites and 4 scanners"


def test_lost_detection_wants_a_look_and_names_who_loses_it():
    files = changed(mock.slope(), ["caudate"], n_lost=1.0)
    table = files.robust.left_out.copy()
    table.loc[(table["region"] == "caudate") & (table["left_out"] == "yale"), "p_adjusted"] = 0.3
    files = replace(files, robust=replace(files.robust, left_out=table))
    verdict = single_site(files)
    assert (verdict.state, verdict.detail) == (
        "look", "same sign, but not detected in Caudate without Yale"
    )  # fmt: skip
    table.loc[table["region"] == "caudate", "p_adjusted"] = 0.3
    files = replace(files, robust=replace(files.robust, left_out=table))
    assert single_site(files).detail.endswith("without some sites or scanners (8 of 8)")


def test_a_changed_sign_of_a_detected_row_stops():
    files = changed(mock.slope(), ["caudate"], n_same_sign=3.0)
    verdict = single_site(files)
    assert verdict.state == "stop"
    assert verdict.detail.startswith("the sign changes in Caudate")


def test_a_changed_sign_where_nothing_was_detected_is_fine():
    assert single_site(changed(mock.slope(), ["accumbens"], n_same_sign=3.0)).state == "ok"


def test_an_effect_that_shows_only_without_a_site_wants_a_look():
    files = changed(mock.slope(), ["accumbens"], n_detected=1.0)
    assert single_site(files).state == "look"
    assert "Nucleus accumbens" in single_site(files).detail


def test_no_estimate_without_a_site_wants_a_look_unless_sites_are_compared():
    files = changed(mock.slope(), ["caudate"], n_estimated=3.0, n_same_sign=3.0)
    table = files.robust.left_out.copy()
    gone = (table["region"] == "caudate") & (table["left_out"] == "yale")
    table.loc[gone, "estimate"] = float("nan")
    files = replace(files, robust=replace(files.robust, left_out=table))
    assert single_site(files).detail == "without Yale there is no estimate"
    sites = mock.pairwise()
    summary = sites.robust.left_out_summary.assign(n_estimated=3.0, n_same_sign=3.0)
    sites = replace(sites, robust=replace(sites.robust, left_out_summary=summary))
    assert "no estimate" not in single_site(sites).detail


def test_a_null_that_stays_one_is_fine():
    assert single_site(mock.null_difference()).detail.startswith("nothing detected without each")


def test_nothing_left_out_has_no_chip_and_no_table():
    files = replace(mock.slope(), robust=robustness_mock.robust([]))
    assert single_site(files) is None
    assert left_out_table(files) is None


def test_harmonised_values_are_said_to_be_naive():
    assert "naive" in left_out_table(mock.harmonised()).caption
    assert "naive" not in left_out_table(mock.slope()).caption


@pytest.mark.parametrize("build", [mock.slope, mock.many_regions])
def test_the_table_shows_ends_on_the_scale_of_the_effects(build):
    files = build()
    row = files.robust.left_out_summary.iloc[0]
    cells = {c.column: c for c in left_out_table(files).rows[0] if c.column}
    assert float(cells["lowest"].value) == row["lowest"]
    shown = float(cells["lowest"].text.replace("−", "-").replace("+", ""))
    assert shown == pytest.approx(files.scale.from_analysis(row["lowest"]), rel=0.01)
