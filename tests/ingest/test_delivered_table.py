import pytest
from small_study import site_entry, written

from multipet.ingest.delivered_table import read_delivered, recoded, refuse_missing_column
from multipet.ingest.notes import Notes


@pytest.fixture
def path(tmp_path):
    return written(tmp_path / "t.csv", "ID,sex,tracer", "1,1,rac", "2,2,nnc", "3,1,rac", "4,x,nnc")


def read(path, **settings):
    notes = Notes("tidy", "turku")
    names = ["participant_id", "sex", "scanner"]
    return read_delivered(site_entry(path, **settings), names, notes), notes


def test_columns_are_mapped_recoded_and_completed_by_constants(path):
    table, notes = read(
        path,
        columns={"participant_id": "ID"},
        values={"sex": {"1": "M", "2": "F"}},
        constants={"scanner": "HRRT"},
    )
    assert table.cells == {
        "participant_id": ("1", "2", "3", "4"),
        "sex": ("M", "F", "M", "x"),
        "scanner": ("HRRT",) * 4,
    }
    assert table.place(3, "participant_id") == 't.csv, row 5, column "ID"'
    assert (notes.problems, notes.findings) == ([], [])


def test_selected_rows_keep_their_numbers_and_the_others_are_counted(path):
    table, notes = read(path, select={"tracer": ["rac"]})
    assert table.rows == (2, 4)
    (finding,) = notes.findings
    assert (finding.check, finding.value, finding.site) == ("not_selected", "2", "turku")


def test_mapped_header_that_is_not_there_is_a_problem_with_a_hint(path):
    _, notes = read(path, columns={"participant_id": "IDs"})
    assert [str(p) for p in notes.problems] == [
        't.csv: no column "IDs" (mapped to "participant_id"); did you mean "ID"?'
    ]


def test_column_to_select_by_must_be_there(path):
    _, notes = read(path, select={"Tracer": ["rac"]})
    assert 'no column "Tracer" to select by; did you mean "tracer"?' in str(notes.problems[0])


def test_selection_of_nothing_stops(path):
    with pytest.raises(Exception, match='no row has raclopride; the column holds "rac", "nnc"'):
        read(path, select={"tracer": ["raclopride"]})


def test_missing_column_is_told_once(path):
    table, notes = read(path, columns={"participant_id": "subject"})
    refuse_missing_column(table, "participant_id", notes)
    assert len(notes.problems) == 1


def test_recoding_leaves_other_texts():
    assert recoded(("a", "b"), {"a": "x"}) == ("x", "b")


@pytest.mark.parametrize("columns", [{}, {"scanner": "tracer"}, {"scanner": "no such"}])
def test_a_constant_does_not_replace_a_column(path, columns):
    name = "scanner" if columns else "sex"
    _, notes = read(path, columns=columns, constants={name: "M"})
    (problem,) = notes.problems
    if columns.get("scanner") == "no such":
        assert 'no column "no such"' in str(problem)
    else:
        header = columns.get(name, name)
        assert str(problem) == (
            f't.csv: column "{header}" says the {name} of every row, and so does '
            f"constants.{name}; remove the constant; `values` can recode what the column says"
        )
