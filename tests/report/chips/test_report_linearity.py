"""Is the slope a line? Chip and table."""

from dataclasses import replace

import report_mock as mock

from multipet.report.chips.by_site import LINEAR
from multipet.report.contrast.regions import linearity_table

linear = LINEAR.judge


def bent(files, p):
    table = files.robust.linearity.copy()
    table.loc[0, "p_adjusted"] = p
    return replace(files, robust=replace(files.robust, linearity=table))


def test_a_line_is_fine():
    verdict = linear(mock.slope())
    assert (verdict.state, verdict.title) == ("ok", "Linear in age")
    assert verdict.detail.replace("\xa0", " ") == (
        "no curve in 4 regions; smallest adjusted p = .400"
    )


def test_a_curve_wants_a_look_and_is_named():
    verdict = linear(bent(mock.slope(), 0.01))
    assert verdict.state == "look"
    assert verdict.title == "Curved over age in caudate"


def test_other_contrasts_have_neither():
    assert linear(mock.null_difference()) is None
    assert linearity_table(mock.null_difference()) is None


def test_a_row_without_a_test_stays_in_the_table():
    table = linearity_table(bent(mock.slope(), float("nan")))
    assert len(table.rows) == 4
    assert table.rows[0][-1].text == "n/a"
