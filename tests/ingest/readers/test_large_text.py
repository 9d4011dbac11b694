"""Large tables are read by columns, to the same cells, numbers and messages as small ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_study import MISSING, plain, written

from multipet.core.problems import UserError
from multipet.ingest.readers import raw_table
from multipet.ingest.readers.numbers import NumberColumn, read_numbers

MISSING_SET = frozenset(MISSING)
CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(
        [*MISSING, " 1.5", "5.", ".5", "+3", "1E5", "1e400", "inf", "x", "TRUE", "1_0"]
    ),
)


def both(path, monkeypatch, **options):
    """The table as a large one and as a small one."""
    options = {"texts": ["ID", "sex"], "missing": MISSING, **options}
    monkeypatch.setattr(raw_table, "LARGE", 0)
    large = raw_table.read_raw_table(path, **options)
    monkeypatch.undo()
    return large, raw_table.read_raw_table(path)


def numbers_of(table, decimal="auto"):
    columns = {name: cells for name, cells in table.columns.items() if name not in ("ID", "sex")}
    read = read_numbers(columns, MISSING_SET, decimal)
    return {name: plain(own) for name, own in read.values.items()}, read.wrong, read.decimal


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["007", " a ", "NA", "1e5"])), min_size=1))
def test_any_table_is_the_same_by_both_ways(tmp_path_factory, rows):
    lines = [f"{who},{a},F,{b}" for a, b, who in rows]
    path = written(tmp_path_factory.mktemp("large") / "t.csv", "ID,a,sex,b", *lines)
    with pytest.MonkeyPatch.context() as monkeypatch:
        large, small = both(path, monkeypatch)
    assert {name: tuple(cells) for name, cells in large.columns.items()} == small.columns
    assert tuple(large.rows) == small.rows
    assert numbers_of(large) == numbers_of(small)


@pytest.mark.parametrize(
    "lines",
    [
        ["ID,a", "", "1,2", ",", "2,3", ""],
        ['"ID","a"', '"00,7","2.5"', "2,3"],
        ["ID;a", "1;2,5", "2;3,25"],
        ["ID;a", "1;2,5", "2;3.25"],
        ["ID\ta", "1\t2.5\r", "2\t3"],
        ["ID,a", "1,-9999", "2,3"],
        ["ID,a", *(f"{i},{i}.5" for i in range(50)), "51,low"],
    ],
)
def test_structures_are_the_same_by_both_ways(tmp_path, monkeypatch, lines):
    options = {"missing": [*MISSING, "-9999"]}
    large, small = both(written(tmp_path / "t.csv", *lines), monkeypatch, **options)
    assert {name: tuple(cells) for name, cells in large.columns.items()} == small.columns
    assert (tuple(large.rows), large.findings) == (small.rows, small.findings)
    assert numbers_of(large) == numbers_of(small)


def test_plain_numbers_are_read_without_their_texts(tmp_path, monkeypatch):
    path = written(tmp_path / "t.csv", "ID,a,b", *(f"{i},{i}.5,x" for i in range(99)))
    large, _ = both(path, monkeypatch)
    column = large.columns["a"]
    assert isinstance(column, NumberColumn)
    assert np.array_equal(column.values, np.arange(99) + 0.5)
    path.unlink()
    assert column.taken([3, 1]).values.tolist() == [3.5, 1.5]


@pytest.mark.parametrize(
    "lines", [["ID,a", "1,2", "1,2,3"], ["ID,a,a", "1,2,3"], ["ID,a", '1,"2', "2,3"]]
)
def test_what_is_wrong_is_told_as_of_a_small_table(tmp_path, monkeypatch, lines):
    path = written(tmp_path / "t.csv", *lines)
    told = []
    for limit in (0, 10**9):
        monkeypatch.setattr(raw_table, "LARGE", limit)
        with pytest.raises(UserError) as error:
            raw_table.read_raw_table(path, texts=["ID"], missing=MISSING)
        told.append(str(error.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read_too(tmp_path, monkeypatch, encoding):
    path = written(tmp_path / "t.csv", "ID,a,sex", "Åsa,1.5,F", encoding=encoding)
    large, small = both(path, monkeypatch)
    assert {name: tuple(cells) for name, cells in large.columns.items()} == small.columns
    assert large.findings == small.findings
