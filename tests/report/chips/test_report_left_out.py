"""Does a site drive it? The chip from the summary of the refits."""

from dataclasses import replace

import pytest
import report_mock as mock
import robustness_mock
from report_study import REGIONS

from multipet.report.chips.left_out import SINGLE_SITE
from multipet.report.contrast.left_out import left_out_table

single_site = SINGLE_SITE.judge


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
    assert (verdict.state, verdict.title, verdict.detail) == (
        "look", "caudate loses significance without Yale", "the sign stays"
    )  # fmt: skip
    table.loc[table["region"] == "caudate", "p_adjusted"] = 0.3
    files = replace(files, robust=replace(files.robust, left_out=table))
    assert single_site(files).title == "caudate loses significance without a site or scanner"
    assert single_site(files).detail.startswith("without 8 of 8 sites and scanners")


def test_a_changed_sign_of_a_detected_row_stops():
    files = changed(mock.slope(), ["caudate"], n_same_sign=3.0)
    verdict = single_site(files)
    assert verdict.state == "stop"
    assert verdict.title == "Sign changes in caudate without a site or scanner"


def test_a_changed_sign_where_nothing_was_detected_is_fine():
    assert single_site(changed(mock.slope(), ["accumbens"], n_same_sign=3.0)).state == "ok"


def test_an_effect_that_shows_only_without_a_site_wants_a_look():
    files = changed(mock.slope(), ["accumbens"], n_detected=1.0)
    assert single_site(files).state == "look"
    assert single_site(files).title.startswith("nucleus accumbens becomes significant")


def test_no_estimate_without_a_site_wants_a_look_unless_sites_are_compared():
    files = changed(mock.slope(), ["caudate"], n_estimated=3.0, n_same_sign=3.0)
    table = files.robust.left_out.copy()
    gone = (table["region"] == "caudate") & (table["left_out"] == "yale")
    table.loc[gone, "estimate"] = float("nan")
    files = replace(files, robust=replace(files.robust, left_out=table))
    assert single_site(files).title == "No estimate without Yale"
    sites = mock.pairwise()
    summary = sites.robust.left_out_summary.assign(n_estimated=3.0, n_same_sign=3.0)
    sites = replace(sites, robust=replace(sites.robust, left_out_summary=summary))
    assert "No estimate" not in single_site(sites).title


def test_a_null_that_stays_one_is_fine_as_far_as_it_could_be_tested():
    verdict = single_site(mock.null_difference())
    assert verdict.state == "ok"
    assert verdict.detail == (
        "nothing to lose: nothing was detected with all sites (32 of 32 refits could be tested)"
    )
    untested = changed(mock.null_difference(), REGIONS, n_tested=0.0)
    assert single_site(untested).state == "look"


def test_refits_that_all_failed_are_never_fine():
    none = dict.fromkeys(("n_estimated", "n_same_sign", "n_tested", "n_detected"), 0.0)
    for build in (mock.slope, mock.null_difference):
        assert single_site(changed(build(), REGIONS, **none)).state == "look"


def test_a_region_without_an_estimate_from_all_scans_has_nothing_to_lose():
    files = changed(mock.slope(), ["thalamus"], n_same_sign=0.0)
    rows = files.contrast.copy()
    rows.loc[rows["region"] == "thalamus", ["estimate", "p_value", "p_adjusted"]] = float("nan")
    assert single_site(replace(files, contrast=rows)).state == "ok"


def test_nothing_left_out_has_no_chip_and_no_table():
    files = replace(mock.slope(), robust=robustness_mock.robust([]))
    assert single_site(files) is None
    assert left_out_table(files) is None


def test_refits_of_harmonised_values_are_said_not_to_count_the_harmonisation():
    said = "does not count the harmonisation"
    assert said in left_out_table(mock.harmonised()).caption
    assert said not in left_out_table(mock.slope()).caption


@pytest.mark.parametrize("build", [mock.slope, mock.many_regions])
def test_the_table_shows_ends_on_the_scale_of_the_effects(build):
    files = build()
    row = files.robust.left_out_summary.iloc[0]
    cells = {c.column: c for c in left_out_table(files).rows[0] if c.column}
    assert float(cells["lowest"].value) == row["lowest"]
    shown = float(cells["lowest"].text.replace("−", "-").replace("+", ""))
    assert shown == pytest.approx(files.scale.from_analysis(row["lowest"]), rel=0.01)
