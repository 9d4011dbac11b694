"""One sheet of an Excel workbook as rows of text cells."""

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.ingest.notes import capped

#: Bytes that a workbook may have unpacked; its XML is five to ten times the text.
LARGEST = 1000 * 10**6
#: A spreadsheet keeps 15 digits of a number.
LONGEST_WHOLE = 10**15


def read_sheet(path: Path, sheet: str | None = None) -> tuple[str, list[str], list[list[str]]]:
    """Read one sheet of a workbook (.xlsx, .xlsm).

    Parameters
    ----------
    path
        The workbook.
    sheet
        Name of the sheet; the first where none is given.

    Returns
    -------
    tuple
        Name of the sheet read, names of all sheets, and its rows from row 1 on. Whole
        numbers are written without a decimal point, and with leading zeros where the
        cell shows them (number format ``000``); dates as YYYY-MM-DD.

    Raises
    ------
    UserError
        If the file is no workbook or far too large, the sheet is not there or has merged
        cells, or a formula has no result.
    """
    try:
        _refuse_large(path)
        name, sheets, rows = _load(path, sheet, data_only=True)
        if _holds(path, "f"):
            _refuse_unsolved(path, name, rows)
        if _holds(path, "mergeCell"):
            _refuse_merged(path, name)
    except UserError:
        raise
    except Exception as error:  # a damaged workbook makes its reader fail in many ways
        message = "cannot be read as an Excel workbook (damaged or cut off?)"
        raise UserError(
            Problem(path.name, message, f"save it again as .xlsx or CSV ({type(error).__name__})")
        ) from error
    return name, sheets, rows


def _load(path: Path, sheet: str | None, data_only: bool) -> tuple[str, list[str], list[list[str]]]:
    import openpyxl  # heavy, and most sites deliver text

    with path.open("rb") as file, warnings.catch_warnings():
        # openpyxl warns about decoration that it does not keep; only cells matter here
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file, read_only=True, data_only=data_only)
        names = [one.title for one in book.worksheets]
        wanted = names[0] if sheet is None else str(sheet)
        if wanted not in names:
            hint = did_you_mean(wanted, names)
            if not hint.startswith("allowed"):
                hint += f" It has: {listed(names)}"
            raise UserError(Problem(path.name, f'no sheet "{wanted}"', hint))
        page = book[wanted]
        page.reset_dimensions()  # the extent that a file states is often wrong
        rows = [[cell_text(cell) for cell in row] for row in page.iter_rows()]
        book.close()
    return wanted, names, rows


def cell_text(cell: Any) -> str:
    """Text of a cell as its reader sees it: 7 and not 7.0, 007 where it is shown so."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(value, cell)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _number_text(value: float, cell: Any) -> str:
    if isinstance(value, float) and not (value.is_integer() and abs(value) < 2**53):
        return repr(value)
    shown = str(cell.number_format)
    if abs(value) >= LONGEST_WHOLE:  # it has been rounded, and must not look as if it had not
        return f"{value:.15e}"
    digits = len(shown) if shown and set(shown) == {"0"} else 0
    return str(int(value)).zfill(digits)


def column_letters(number: int) -> str:
    """Name that a spreadsheet gives its ``number``-th column: 7 is G, 27 is AA."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _refuse_large(path: Path) -> None:
    """A small zip file can hold gigabytes."""
    with zipfile.ZipFile(path) as archive:
        size = sum(one.file_size for one in archive.infolist())
    if size > LARGEST:
        message = f"has {size / 1e6:,.0f} MB unpacked, more than the {LARGEST / 1e6:,.0f} MB of a"
        hint = "deliver the sheet with the table alone, without pictures and empty rows"
        raise UserError(Problem(path.name, f"{message} workbook", hint))


def _holds(path: Path, tag: str, attribute: str = "") -> bool:
    """Whether a sheet has an XML element, with a namespace before its name or without."""
    mark = re.compile(rf"<(?:[\w.-]+:)?{tag}(?=[\s/>]){attribute}".encode())
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(mark.search(archive.read(name)) for name in sheets if name.endswith(".xml"))


def hidden_parts(path: Path, sheet: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """What of a sheet that holds text a reader of the workbook does not see.

    Parameters
    ----------
    path, sheet
        The workbook, and the name of the sheet.
    rows
        The sheet's rows of text cells, as ``read_sheet`` gives them.

    Returns
    -------
    list
        In words, as ``2 hidden rows (4, 7)``; empty where everything is shown.
    """
    book = zipfile.ZipFile(path).read("xl/workbook.xml")
    is_hidden = rb"[^>]*\s(?:state|hidden)=[\"'](?:1|true|hidden|veryHidden)[\"']"
    states = re.search(rb"<(?:[\w.-]+:)?sheet(?=\s)" + is_hidden, book)
    if not states and not _holds(path, "(?:row|col)", is_hidden.decode()):
        return []
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        page = openpyxl.load_workbook(path)[sheet]
    hidden = [
        number
        for number, row in enumerate(rows, 1)
        if any(row) and page.row_dimensions[number].hidden
    ]
    letters = [
        column_letters(at)
        for name, one in page.column_dimensions.items()
        if one.hidden
        for at in range(one.min or 1, (one.max or 1) + 1)
        if any(at <= len(row) and row[at - 1] for row in rows)
    ]
    told = [] if page.sheet_state == "visible" else ["a hidden sheet"]
    for what, which in (("row", hidden), ("column", letters)):
        if which:
            plural = "" if len(which) == 1 else "s"
            told.append(f"{len(which)} hidden {what}{plural} ({listed(which)})")
    return told


def _refuse_merged(path: Path, sheet: str) -> None:
    """Of merged cells the first alone has the text: what the others mean is not in the file."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
    merged = [str(cells) for cells in book[sheet].merged_cells.ranges]
    if merged:
        where = f'{path.name}, sheet "{sheet}"'
        message = f"has merged cells: {listed(sorted(merged))}"
        raise UserError(Problem(where, message, "unmerge them and write the text into every cell"))


def _refuse_unsolved(path: Path, sheet: str, rows: list[list[str]]) -> None:
    _, _, written = _load(path, sheet, data_only=False)
    problems = [
        Problem(
            f'{path.name}, sheet "{sheet}", cell {column_letters(column)}{row}',
            f'formula "{text}" has no stored result',
            "open the workbook in Excel or LibreOffice and save it",
        )
        for row, column, text in _unsolved(rows, written)
    ]
    if problems:
        raise UserError(capped(problems))


def _unsolved(rows: list[list[str]], written: list[list[str]]) -> Iterator[tuple[int, int, str]]:
    for number, (values, formulas) in enumerate(zip(rows, written, strict=True), start=1):
        for column, (value, formula) in enumerate(zip(values, formulas, strict=True), start=1):
            if not value and formula.startswith("="):
                yield number, column, formula
