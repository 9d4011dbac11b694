import gzip
import os

import pytest
from small_study import written

from multipet.core.problems import UserError
from multipet.ingest.readers.raw_table import read_raw_table


def lines_of(error: pytest.ExceptionInfo[UserError]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_encodings(tmp_path, delimiter, encoding):
    rows = [["ID", "Alter é"], ["007", "2.5"], ["NA", " x "]]
    path = written(tmp_path / "t.csv", *map(delimiter.join, rows), encoding=encoding)
    table = read_raw_table(path)
    assert table.columns == {"ID": ("007", "NA"), "Alter é": ("2.5", "x")}
    assert table.rows == (2, 3)
    assert table.findings == ()


def test_windows_encoding_is_read_and_told(tmp_path):
    path = written(tmp_path / "t.csv", "id,plats", "1,Malmö", encoding="cp1252")
    table = read_raw_table(path)
    assert table.columns["plats"] == ("Malmö",)
    assert [finding.check for finding in table.findings] == ["encoding"]


def test_decimal_commas_do_not_become_delimiters(tmp_path):
    path = written(tmp_path / "t.csv", "id;a;b", "1;2,5;3,1", "2;2,7;3,3")
    assert read_raw_table(path).columns["b"] == ("3,1", "3,3")


def test_quoted_cells_keep_commas_and_rows_count_as_in_a_spreadsheet(tmp_path):
    path = written(tmp_path / "t.csv", 'id,"lobe, part"', "", '1,"a, b"', '2,"two\nlines"', "3,c")
    table = read_raw_table(path)
    assert table.columns["lobe, part"] == ("a, b", "two\nlines", "c")
    assert table.rows == (3, 4, 5)


def test_carriage_returns_end_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"id,a\r1,2\r3,4\r")
    assert read_raw_table(path).columns == {"id": ("1", "3"), "a": ("2", "4")}


def test_unnamed_columns_are_left_out(tmp_path):
    path = written(tmp_path / "t.csv", ",id,a,", ",x,2,", ",y,3,")
    assert list(read_raw_table(path).columns) == ["id", "a"]
    assert read_raw_table(path).findings == ()


def test_unnamed_columns_that_hold_text_are_told(tmp_path):
    path = written(tmp_path / "t.csv", ",id,a,,", "1,x,2,,", "2,y,3,,note")
    table = read_raw_table(path)
    assert list(table.columns) == ["id", "a"]
    (finding,) = table.findings
    assert (finding.check, finding.action, finding.value) == ("column_not_read", "noted", "A, E")
    assert finding.message == "t.csv has columns without a header, not read: column 1 (A), 5 (E)"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"id,a\n", "has a header but no rows"),
        (b"id,a,a\n1,2,3\n", '2 columns are called "a"'),
        (b"id,a\n1,2\n2\n", "row 3: has 1 cells, the header has 2 columns"),
        (b"id,a\n1,2,9\n", "row 2: has 3 cells, the header has 2 columns"),
        (b"\x89PNG\r\n\0\0\0", "holds binary data"),
        (b"PK\x03\x04rest", "it is an Excel workbook or another zip file"),
        (gzip.compress(b"id,a\n1,2\n", mtime=0), "it is compressed; decompress it"),
        (b"id,a\n\x81,\x8d\n", "is neither UTF-8 nor Windows-1252"),
        (b'id,a\n1,"2\n', "is no delimited table"),
    ],
)
def test_what_is_no_table_is_one_line(tmp_path, data, message):
    path = tmp_path / "turku.csv"
    path.write_bytes(data)
    with pytest.raises(UserError) as error:
        read_raw_table(path)
    (line,) = lines_of(error)
    assert line.startswith("turku.csv") and message in line


def test_missing_file_names_its_neighbour(tmp_path):
    written(tmp_path / "turku.csv", "id,a", "1,2")
    with pytest.raises(UserError, match=r'there is no such file; did you mean "turku.csv"\?'):
        read_raw_table(tmp_path / "turko.csv")


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_raw_table(tmp_path)


def test_a_text_table_has_no_sheet(tmp_path):
    path = written(tmp_path / "t.csv", "id,a", "1,2")
    with pytest.raises(UserError, match='has no sheet "BP"'):
        read_raw_table(path, "BP")


@pytest.mark.parametrize(
    "title", [["PET study 2023"], ["PET study 2023", "", "", ""], ["Demographics", "", "BP", ""]]
)
def test_a_title_above_the_header_is_told(tmp_path, title):
    rows = [title, ["id", "age", "bp_a", "bp_b"], ["1", "33", "2.5", "3"], ["2", "34", "2.6", "3"]]
    path = written(tmp_path / "t.csv", *map(",".join, rows))
    with pytest.raises(UserError) as error:
        read_raw_table(path)
    (line,) = lines_of(error)
    named = sum(map(bool, title))
    columns = "1 column" if named == 1 else f"{named} columns"
    assert line == (
        f"t.csv, row 1: names {columns}, the rows below have 4 cells; "
        "the first row must be the header, a name a column: delete titles, unmerge cells"
    )


def test_a_table_of_gigabytes_is_refused_unread(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,a\n1,2\n")
    os.truncate(path, 2 * 1024**3)  # sparse: takes no disk
    with pytest.raises(UserError) as error:
        read_raw_table(path)
    (line,) = lines_of(error)
    assert line.startswith("t.csv: has 2,147 MB, more than the 200 MB of a table")


def test_a_hundred_times_too_many_cells_are_one_short_line(tmp_path):
    wide = ",".join(["2.5"] * 800)
    path = written(tmp_path / "t.csv", "id,a,b,c,d,e,f,g", "1,2,3,4,5,6,7,8", f"2,{wide}")
    with pytest.raises(UserError) as error:
        read_raw_table(path)
    (line,) = lines_of(error)
    assert line == "t.csv, row 3: has 801 cells, the header has 8 columns"


def test_a_hundred_thousand_repeated_headers_are_told_soon_and_shortly(tmp_path):
    header = ",".join(f"bp_{number // 2}" for number in range(100_000))
    path = written(tmp_path / "t.csv", header, ",".join(["1"] * 100_000))
    with pytest.raises(UserError) as error:
        read_raw_table(path)
    assert len(lines_of(error)) == 21
    assert lines_of(error)[-1] == "t.csv: … and 49980 more"
