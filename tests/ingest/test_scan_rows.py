from small_study import plain

from multipet.ingest.covariates import CovariateColumn
from multipet.ingest.delivered_table import DeliveredTable
from multipet.ingest.notes import Notes
from multipet.ingest.scan_rows import Placing, scan_attribute, scans_of, shown
from multipet.ingest.tidy_table import floats

IDS = ["a", "b", "a", "a"]
SESSIONS = ["1", "1", "2", "1"]
TABLE = DeliveredTable("t.csv", (2, 3, 4, 5), {}, {}, {})


def test_scans_are_numbered_as_they_come():
    scans = scans_of(IDS, SESSIONS)
    assert scans.keys == [("a", "1"), ("b", "1"), ("a", "2")]
    assert scans.scan_of.tolist() == [0, 1, 2, 0]
    assert scans.first.tolist() == [0, 1, 2]


def attribute(cells):
    notes = Notes("tidy")
    column = CovariateColumn(floats(cells))
    return scan_attribute("age", column, scans_of(IDS, SESSIONS), TABLE, notes), notes


def test_rows_of_a_scan_agree():
    values, notes = attribute([30.0, 40.0, 31.0, 30.0])
    assert values == [30.0, 40.0, 31.0]
    assert (notes.problems, notes.findings) == ([], [])


def test_contradiction_names_both_rows():
    _, notes = attribute([30.0, 40.0, 31.0, 32.5])
    assert str(notes.problems[0]).startswith(
        't.csv, rows 2 and 5: scan of "a", session "1", has age 30 and 32.5; '
    )


def test_an_empty_cell_is_completed_from_another_row_and_told():
    values, notes = attribute([None, 40.0, 31.0, 30.0])
    assert values == [30.0, 40.0, 31.0]
    assert [f.check for f in notes.findings] == ["completed_within_scan"]


def place(values, volumes=()):
    placing, notes = Placing(scans_of(IDS, SESSIONS)), Notes("tidy")
    placed = placing.place("caudate", range(4), floats(values), floats(volumes))
    placing.tell(TABLE, notes)
    return placed, notes


def test_a_row_that_repeats_another_is_dropped():
    placed, notes = place([2.0, 3.0, 4.0, 2.0])
    assert plain(placed.values) == [2.0, 3.0, 4.0]
    assert placed.positions.tolist() == [0, 1, 2]
    (finding,) = notes.findings
    assert (finding.check, finding.row, finding.participant_id) == ("duplicate_row", "5", "a")


def test_a_row_that_contradicts_another_is_a_problem():
    _, notes = place([2.0, 3.0, 4.0, 2.5])
    assert "rows 2 and 5" in str(notes.problems[0])
    assert "differ: caudate 2 and 2.5" in str(notes.problems[0])
    assert notes.findings == []


def test_missing_is_another_value():
    _, notes = place([2.0, 3.0, 4.0, None])
    assert "differ: caudate 2 and nothing" in str(notes.problems[0])


def test_another_volume_is_a_contradiction():
    _, notes = place([2.0, 3.0, 4.0, 2.0], [1.0, 1.0, 1.0, 1.5])
    assert len(notes.problems) == 1


def test_scans_without_the_region_have_no_row():
    placed = Placing(scans_of(IDS, SESSIONS)).place(
        "caudate", [1], floats([None, 3.0, None, None]), floats([])
    )
    assert plain(placed.values) == [None, 3.0, None]
    assert placed.positions.tolist() == [-1, 1, -1]


def test_values_are_shown_as_people_write_them():
    assert [shown(None), shown(2.50), shown("F")] == ["nothing", "2.5", '"F"']
