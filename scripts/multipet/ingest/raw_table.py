"""A table as a site delivers it: text cells with their row numbers, nothing interpreted."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from multipet.findings import Finding
from multipet.ingest.workbook import column_letters, read_sheet
from multipet.problems import Problem, UserError, did_you_mean, listed

WORKBOOKS = (".xlsx", ".xlsm")
ROWS_TO_JUDGE_BY = 30
DELIMITERS = ("\t", ";", "|", ",")
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# first bytes of files that are no text table, and what to do about each
OTHER_FORMATS = (
    (b"PK\x03\x04", "an Excel workbook or another zip file", "name a workbook .xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected Office file", "save it as .xlsx or CSV"),
    (b"\x1f\x8b", "compressed", "decompress it"),
    (b"%PDF", "a PDF", "deliver the table as CSV or .xlsx"),
)


@dataclass(frozen=True)
class RawTable:
    """Cells of one delivered table.

    Attributes
    ----------
    name
        How messages call it: the file, and the sheet of a workbook.
    columns
        Header name -> its cells, one a row, stripped of surrounding white space. Columns
        without a name are left out.
    rows
        Row numbers as a spreadsheet counts them: the header is row 1 unless empty rows
        stand above it. Empty rows are left out.
    findings
        What had to be decided to read it (encoding, sheet), and columns without a name that
        hold text.
    """

    name: str
    columns: dict[str, tuple[str, ...]]
    rows: tuple[int, ...]
    findings: tuple[Finding, ...] = ()


def read_raw_table(path: Path | str, sheet: str | None = None) -> RawTable:
    """Read a CSV, TSV or Excel table as text.

    Parameters
    ----------
    path
        ``.xlsx`` and ``.xlsm`` are workbooks, everything else is text, in UTF-8, UTF-16 or
        Windows-1252, delimited by comma, semicolon, tab or ``|``.
    sheet
        Sheet of a workbook; the first where none is given.

    Raises
    ------
    UserError
        If there is no such file, or it holds no table with a header and at least a row.
    """
    path = Path(path)
    data = _read_bytes(path)
    if path.suffix.lower() in WORKBOOKS:
        return _from_workbook(path, data, sheet)
    if sheet is not None:
        raise _error(path.name, f'has no sheet "{sheet}": it is no workbook', "remove `sheet`")
    text, findings = _decoded(data, path.name)
    return _table(path.name, _records(text, path.name), findings, ragged=False)


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, near)
        hint = "" if hint.startswith("allowed") else hint
        raise _error(str(path), "there is no such file", hint) from None
    except OSError as error:
        raise _error(str(path), f"cannot be read: {error.strerror}") from None
    if not data.strip():
        raise _error(path.name, "is empty")
    return data


def _from_workbook(path: Path, data: bytes, sheet: str | None) -> RawTable:
    if not data.startswith(b"PK"):
        raise _error(path.name, "is no Excel workbook", "name a text table .csv or .tsv")
    read, sheets, rows = read_sheet(path, sheet)
    name = f'{path.name}, sheet "{read}"' if len(sheets) > 1 else path.name
    findings = ()
    if sheet is None and len(sheets) > 1:
        message = f'{path.name} has {len(sheets)} sheets; the first, "{read}", was read'
        findings = (Finding(stage="tidy", check="first_sheet", action="noted", message=message),)
    return _table(name, rows, findings, ragged=True)


def _decoded(data: bytes, name: str) -> tuple[str, tuple[Finding, ...]]:
    for start, kind, hint in OTHER_FORMATS:
        if data.startswith(start):
            raise _error(name, f"is no text table: it is {kind}", hint)
    encoding = next((e for mark, e in BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    if encoding != "utf-16" and b"\0" in data:
        raise _error(name, "is no text table: it holds binary data", "save it as CSV in UTF-8")
    try:
        return data.decode(encoding), ()
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            return _decoded_windows(data, name)
        raise _error(name, f"is not valid {encoding}: {error.reason}") from None


def _decoded_windows(data: bytes, name: str) -> tuple[str, tuple[Finding, ...]]:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise _error(
            name, "is neither UTF-8 nor Windows-1252 text", "save it as CSV in UTF-8"
        ) from None
    message = f"{name} is not UTF-8; read as Windows-1252 (check letters like å, ö, é)"
    return text, (Finding(stage="tidy", check="encoding", action="noted", message=message),)


def _records(text: str, name: str) -> list[list[str]]:
    try:
        return [[cell.strip() for cell in row] for row in _csv_reader(text, _delimiter(text))]
    except csv.Error as error:
        raise _error(name, f"is no delimited table: {error}", "check its quotes") from None


def _csv_reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _delimiter(text: str) -> str:
    """Find the delimiter that cuts the first rows into equally many cells, and into the most."""

    def fitness(delimiter: str) -> tuple[bool, int]:
        widths = []
        try:
            for row in _csv_reader(text, delimiter):
                widths += [len(row)] if row else []
                if len(widths) == ROWS_TO_JUDGE_BY:
                    break
        except csv.Error:
            return (False, widths[0] if widths else 0)
        return (len(set(widths)) == 1 and widths[0] > 1, widths[0])

    return max(DELIMITERS, key=fitness)


def _table(
    name: str, records: list[list[str]], findings: tuple[Finding, ...], ragged: bool
) -> RawTable:
    numbered = [(number, row) for number, row in enumerate(records, start=1) if any(row)]
    if not numbered:
        raise _error(name, "is empty")
    (_, header), *body = numbered
    if not body:
        raise _error(name, "has a header but no rows")
    repeated = sorted({cell for cell in header if cell and header.count(cell) > 1})
    if repeated:
        raise UserError(
            [Problem(name, f'{header.count(c)} columns are called "{c}"') for c in repeated]
        )
    width = len(header)
    _refuse_other_widths(name, body, width, ragged)
    full = [row if len(row) == width else _fitted(row, width) for _, row in body]
    columns = list(zip(*full, strict=True))
    nameless = [n for n, cells in enumerate(columns, 1) if any(cells) and not header[n - 1]]
    findings += _nameless(name, nameless)
    named = {head: cells for head, cells in zip(header, columns, strict=True) if head}
    return RawTable(name, named, tuple(number for number, _ in body), findings)


def _nameless(name: str, numbers: list[int]) -> tuple[Finding, ...]:
    """Note columns that hold text under no header."""
    if not numbers:
        return ()
    columns = "a column" if len(numbers) == 1 else "columns"
    told = listed(f"{number} ({column_letters(number)})" for number in numbers)
    message = f"{name} has {columns} without a header, not read: column {told}"
    value = listed(map(column_letters, numbers))
    return (
        Finding(
            stage="tidy", check="column_not_read", action="noted", message=message, value=value
        ),
    )


def _fitted(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def _refuse_other_widths(
    name: str, body: list[tuple[int, list[str]]], width: int, ragged: bool
) -> None:
    # a short row of a text file may be cut off; a workbook just does not store empty cells
    wrong = [
        (number, len(row))
        for number, row in body
        if any(row[width:]) or (len(row) < width and not ragged)
    ]
    if wrong:
        number, found = wrong[0]
        more = len(wrong) - 1
        others = f" (and so {more} more row{'s' if more > 1 else ''})" if more else ""
        raise _error(
            f"{name}, row {number}", f"has {found} cells{others}, the header has {width} columns"
        )


def _error(where: str, message: str, hint: str = "") -> UserError:
    return UserError(Problem(where, message, hint))
