"""A text table as rows of cells."""

import codecs
import csv
import io
from collections.abc import Iterator
from statistics import mode

from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError

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


def read_rows(data: bytes, name: str) -> tuple[list[list[str]], tuple[Finding, ...]]:
    """Rows of a text table, cells stripped of white space.

    Parameters
    ----------
    data
        Bytes of the file.
    name
        How messages call it.

    Returns
    -------
    tuple
        Rows from row 1 on, and what had to be decided to read them (encoding).

    Raises
    ------
    UserError
        If it is no text, or no delimited table.
    """
    text, findings = _decoded(data, name)
    return _records(text, name), findings


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
    delimiter = delimiter_of(text)
    try:
        rows = [[cell.strip() for cell in row] for row in _csv_reader(text, delimiter)]
        _refuse_swallowed(rows, delimiter, name)
        return rows
    except csv.Error as error:
        raise _error(name, f"is no delimited table: {error}", "check its quotes") from None


def _refuse_swallowed(rows: list[list[str]], delimiter: str, name: str) -> None:
    """Stop where a stray quote made one cell of the end of a row and the beginning of the next."""
    for number, row in enumerate(rows, 1):
        for at, cell in enumerate(row):
            breaks, parts = cell.count("\n"), cell.count(delimiter)
            # each row swallowed brings the delimiters of a row with it
            if breaks and len(row) > 2 and parts >= len(row) - 1:
                head = rows[0][at] if at < len(rows[0]) else str(at + 1)
                message = f"a cell holds {_counted(breaks, 'line break')} and {parts} delimiters"
                where = f'{name}, row {number}, column "{head}"'
                raise _error(where, message, "is a quote not closed, or one too many?")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _csv_reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def delimiter_of(text: str) -> str:
    """Find the delimiter that cuts the first rows into equally many cells, and into the most."""

    def fitness(delimiter: str) -> tuple[bool, int, int]:
        widths: list[int] = []
        whole = True
        try:
            for row in _csv_reader(text, delimiter):
                widths += [len(row)] if row else []
                if len(widths) == ROWS_TO_JUDGE_BY:
                    break
        except csv.Error:
            whole = False
        # most rows count before the first, which may be a title
        usual, first = (mode(widths), widths[0]) if widths else (0, 0)
        return (whole and len(set(widths)) == 1 and first > 1, usual, first)

    return max(DELIMITERS, key=fitness)


def _error(where: str, message: str, hint: str = "") -> UserError:
    return UserError(Problem(where, message, hint))
