"""Ids that name nobody, and ids that are nearly the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_study import checks_of, site_entry, small_study, written

from multipet.core.problems import UserError
from multipet.ingest.ids import alike, note_alike_ids
from multipet.ingest.notes import Notes
from multipet.ingest.regions import bare
from multipet.ingest.site_table import read_site
from multipet.ingest.tidy_table import Scan, SiteTable

HEADER = "participant_id,session,scanner,age,sex,bp_caudate"
PEOPLE = [f"P{number},1,HRRT,{30 + number},F,2.5" for number in range(4)]


def read(folder, *rows):
    path = written(folder / "turku.csv", HEADER, *PEOPLE, *rows)
    return read_site("turku", site_entry(path), small_study())


def scans(site: str, *ids: str) -> SiteTable:
    """A site with scans of these ``id/session``."""
    pairs = [name.split("/") for name in ids]
    rows = tuple(Scan(who, when, site, f"{site}/H", (), 2) for who, when in pairs)
    return SiteTable(site, (), rows, {}, {})


def noted(*tables: SiteTable, span: bool = False) -> list:
    notes = Notes("pool")
    note_alike_ids(tables, span, notes)
    return notes.findings


@pytest.mark.parametrize(
    "name", ["Mean", "TOTAL", "average:", "Std Dev", "Mean (n=4)", " median ", "Grand total", "SD"]
)
def test_a_row_of_totals_with_all_cells_is_refused(tmp_path, name):
    with pytest.raises(UserError) as caught:
        read(tmp_path, f"{name},1,HRRT,32,F,2.5")
    (problem,) = caught.value.problems
    assert problem.where == 'turku.csv, row 6, column "participant_id"'
    assert problem.message == f'"{name.strip()}" is a row of totals and no person'


@pytest.mark.parametrize("name", ["Meaney", "SD01", "total_01", "N", "Max", "Sumi", "P-mean-2"])
def test_ids_with_such_letters_are_people(tmp_path, name):
    assert len(read(tmp_path, f"{name},1,HRRT,32,F,2.5").scans) == 5


def test_ids_that_differ_by_case_or_blanks_are_noted():
    (one, two) = noted(scans("turku", "P01/1", "p01/1", "P 01/1", "P02/1", "P\u200f02/1", "P3/1"))
    assert (one.check, one.participant_id, one.value) == ("alike_ids", "P01, p01, P 01", "3")
    assert two.participant_id == "P02, P\u200f02"
    assert one.site == "turku"
    assert "P01" not in one.message


def test_ids_of_two_sites_are_compared_where_people_travel():
    tables = scans("turku", "P01/1"), scans("yale", "p01/2")
    assert noted(*tables) == []
    (finding,) = noted(*tables, span=True)
    assert (finding.check, finding.site) == ("alike_ids", "")


def test_sessions_of_a_person_that_look_alike_are_noted():
    found = noted(scans("turku", "P1/pre", "P1/Pre", "P2/PRE", "P3/pre", "P3/post"))
    assert checks_of(found) == {"session_spelled_twice": 1}
    assert (found[0].participant_id, found[0].value) == ("P1", "pre, Pre")


@given(st.lists(st.text(max_size=4), unique=True, max_size=8))
def test_every_name_is_in_one_group_at_most(names):
    groups = alike(names)
    told = [name for group in groups for name in group]
    assert len(told) == len(set(told)) and set(told) <= set(names)
    assert all(len({bare(name) for name in group}) == 1 for group in groups)


@pytest.mark.parametrize("column", [0, 1, 2])
@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-1+cmd(1)"])
def test_what_a_spreadsheet_would_run_is_no_name(tmp_path, column, cell):
    row = ["P9", "1", "HRRT", "32", "F", "2.5"]
    row[column] = cell
    with pytest.raises(UserError, match="begins like a formula") as caught:
        read(tmp_path, ",".join(row))
    (problem,) = caught.value.problems
    assert problem.where.startswith("turku.csv, row 6, column")
