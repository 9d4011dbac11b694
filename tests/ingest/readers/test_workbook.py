import datetime as dt
import zipfile

import openpyxl
import pytest

from multipet.core.problems import UserError
from multipet.ingest.readers.raw_table import read_raw_table
from multipet.ingest.readers.workbook import column_letters


@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "BPnd"
    sheet.append(["Study ID", "Session", "BP", "Date", "Note"])
    sheet.append(["007", 1, 2.65, dt.datetime(2020, 3, 1), True])
    sheet.append([7, 2.0, 1e-97, None, " x "])
    sheet["A3"].number_format = "000"
    book.create_sheet("Readme").append(["nothing"])
    path = tmp_path / "vancouver.xlsx"
    book.save(path)
    return path


def test_cells_read_as_they_are_seen(workbook):
    table = read_raw_table(workbook, "BPnd")
    assert table.columns == {
        "Study ID": ("007", "007"),
        "Session": ("1", "2"),
        "BP": ("2.65", "1e-97"),
        "Date": ("2020-03-01", ""),
        "Note": ("TRUE", "x"),
    }
    assert table.rows == (2, 3)
    assert table.findings == ()


def test_the_first_of_several_sheets_is_told(workbook):
    table = read_raw_table(workbook)
    assert table.name == 'vancouver.xlsx, sheet "BPnd"'
    assert [finding.check for finding in table.findings] == ["first_sheet"]


def test_unknown_sheet_lists_the_sheets(workbook):
    with pytest.raises(UserError, match=r'no sheet "BPND"; did you mean "BPnd"\? It has: BPnd, Re'):
        read_raw_table(workbook, "BPND")


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.95])
def test_cut_off_workbook_is_one_line(workbook, kept):
    data = workbook.read_bytes()
    workbook.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(UserError, match="cannot be read as an Excel workbook") as error:
        read_raw_table(workbook)
    assert len(error.value.problems) == 1


def test_text_is_no_workbook(tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_text("id,a\n1,2\n")
    with pytest.raises(UserError, match="is no Excel workbook; name a text table"):
        read_raw_table(path)


def test_formula_without_a_result_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "bp"])
    book.active.append(["1", "=1+1"])
    path = tmp_path / "t.xlsx"
    book.save(path)
    with pytest.raises(UserError, match=r'cell B2: formula "=1\+1" has no stored result'):
        read_raw_table(path)


def test_rows_keep_their_numbers_past_gaps(tmp_path):
    book = openpyxl.Workbook()
    for row, cells in ((1, ["id", "bp"]), (2, ["a", 1]), (5, ["b", 2])):
        for column, cell in enumerate(cells, start=1):
            book.active.cell(row, column, cell)
    path = tmp_path / "t.xlsx"
    book.save(path)
    assert read_raw_table(path).rows == (2, 5)


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "A"), (7, "G"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA")]
)
def test_columns_are_called_as_a_spreadsheet_calls_them(number, letters):
    assert column_letters(number) == letters


def test_merged_cells_are_told(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "session", "bp_a"], ["P1", "1", 2.5], [None, "2", 2.6]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    path = tmp_path / "t.xlsx"
    book.save(path)
    with pytest.raises(UserError) as error:
        read_raw_table(path)
    assert str(error.value) == (
        't.xlsx, sheet "Sheet": has merged cells: A2:A3; '
        "unmerge them and write the text into every cell"
    )


def test_merged_cells_of_another_sheet_do_not_matter(workbook):
    book = openpyxl.load_workbook(workbook)
    book["Readme"].merge_cells("A1:C1")
    book.save(workbook)
    assert len(read_raw_table(workbook, "BPnd").rows) == 2


def test_a_small_workbook_of_gigabytes_is_refused(workbook, tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        with new.open("xl/media/noise.bin", "w") as big:
            for _ in range(1010):
                big.write(bytes(10**6))
    assert path.stat().st_size < 2 * 10**6
    with pytest.raises(UserError, match=r"has 1,01\d MB unpacked, more than the 1,000 MB") as error:
        read_raw_table(path, "BPnd")
    assert len(error.value.problems) == 1
