"""Does a person drive it? Ids stay hidden unless the config allows them."""

from dataclasses import replace

import pytest
import report_mock as mock
import robustness_mock

from multipet.report.chips.left_out import SINGLE_PERSON
from multipet.report.contrast.left_out import influence_table
from multipet.report.contrast.page import contrast_html, contrast_page

single_person = SINGLE_PERSON.judge


def with_influence(files, **cells):
    """Files in which the first person of Caudate has other cells."""
    table = files.robust.influence.copy()
    for column, value in cells.items():
        table.loc[0, column] = value
    return replace(files, robust=replace(files.robust, influence=table))


def test_small_moves_are_fine():
    verdict = single_person(mock.slope())
    assert (verdict.state, verdict.detail) == (
        "ok", "largest move 0.260 standard errors (limit 0.500), of 232 people"
    )  # fmt: skip


def test_a_move_beyond_the_limit_and_far_from_the_next_wants_a_look():
    second = mock.slope().robust.influence["dfbeta"].abs().tolist()[1]
    verdict = single_person(with_influence(mock.slope(), dfbeta=max(0.51, 2.8 * second)))
    assert verdict.state == "look"
    assert verdict.title == "One person moves caudate far more than others do"


def test_among_others_like_it_a_move_beyond_the_limit_is_fine():
    files = mock.slope()
    moves = files.robust.influence.assign(dfbeta=0.4)
    files = replace(files, robust=replace(files.robust, influence=moves))
    assert single_person(with_influence(files, dfbeta=0.61)).state == "ok"


def test_a_sign_that_turns_stops_only_where_something_was_detected():
    assert single_person(with_influence(mock.slope(), estimate_without=0.01)).state == "stop"
    null = mock.null_difference()
    assert single_person(with_influence(null, estimate_without=-0.01)).state == "ok"


def test_nobody_to_leave_out_wants_a_look():
    lost = with_influence(mock.slope(), dfbeta=float("nan"), estimate_without=float("nan"))
    verdict = single_person(lost)
    assert verdict.state == "look"
    assert "no estimate" in verdict.detail


def test_no_rows_no_chip():
    files = replace(mock.slope(), robust=robustness_mock.robust([]))
    assert single_person(files) is None
    assert influence_table(files) is None


@pytest.mark.parametrize("shown", [False, True])
def test_ids_only_where_allowed(shown):
    files = with_influence(mock.slope(), participant_id="SECRET-1", dfbeta=0.9)
    files = mock.respec(files, report__participant_ids=shown)
    assert ("SECRET-1" in contrast_html(contrast_page(files))) == shown


def test_without_ids_a_row_a_region_and_the_count_beyond():
    files = with_influence(mock.slope(), dfbeta=0.9)
    table = influence_table(files)
    assert len(table.rows) == 4
    assert "1 person is beyond the limit of 0.50 standard errors" in table.caption


def test_with_ids_everybody_beyond_the_limit():
    files = mock.slope()
    everybody = files.robust.influence.assign(dfbeta=0.9)
    files = replace(
        files,
        robust=replace(files.robust, influence=everybody),
    )
    files = mock.respec(files, report__participant_ids=True)
    assert len(influence_table(files).rows) == len(everybody)
