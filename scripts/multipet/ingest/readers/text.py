"""A text table as rows of cells, and numbers as sites write them."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from math import isfinite
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
    try:
        return [[cell.strip() for cell in row] for row in _csv_reader(text, _delimiter(text))]
    except csv.Error as error:
        raise _error(name, f"is no delimited table: {error}", "check its quotes") from None


def _csv_reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _delimiter(text: str) -> str:
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


POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
COMMA = re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Numbers:
    """Numbers of one table.

    Attributes
    ----------
    values
        Column -> its numbers; ``None`` where missing or wrong.
    wrong
        Column and position of each cell that is neither a number nor missing.
    decimal
        ``point`` or ``comma``: how the table was read.
    usual
        Cells that are written with ``decimal`` where others have the other sign, else 0. The
        table is then read by the sign that more cells have, and ``wrong`` has the others.
    """

    values: dict[str, list[float | None]]
    wrong: list[tuple[str, int]]
    decimal: str
    usual: int = 0


def read_numbers(
    columns: Mapping[str, Sequence[str]], missing: AbstractSet[str], decimal: str = "auto"
) -> Numbers:
    """Read the number columns of one table.

    Parameters
    ----------
    columns
        Column -> text cells.
    missing
        Texts that mean missing.
    decimal
        ``point``, ``comma``, or ``auto``: comma where more cells have a decimal comma than a
        decimal point. ``inf``, ``nan``, ``1_000`` and thousands separators are no numbers.
    """
    if decimal == "comma":
        return _read(columns, missing, "comma")
    numbers = _read(columns, missing, "point")
    commas = sum(other_sign(columns[name][at], "point") for name, at in numbers.wrong)
    if decimal == "point" or not commas:
        return numbers
    points = _points(columns, numbers)
    if commas > points:
        return replace(_read(columns, missing, "comma"), usual=commas if points else 0)
    return replace(numbers, usual=points)


def other_sign(text: str, decimal: str) -> bool:
    """Whether ``text`` is a number with the other decimal sign than ``decimal``."""
    form, sign = (COMMA, ",") if decimal == "point" else (POINT, ".")
    return sign in text and form.fullmatch(text) is not None


def number_in(text: str, decimal: str = "point") -> float | None:
    """Return the number that ``text`` writes, ``None`` where it writes none."""
    if decimal == "comma":
        found = COMMA.fullmatch(text) is not None
        text = text.replace(",", ".")
    else:
        found = POINT.fullmatch(text) is not None
    value = float(text) if found else None
    return value if value is not None and isfinite(value) else None


def _read(columns: Mapping[str, Sequence[str]], missing: AbstractSet[str], decimal: str) -> Numbers:
    values: dict[str, list[float | None]] = {}
    wrong = []
    for name, cells in columns.items():
        values[name] = [None if cell in missing else number_in(cell, decimal) for cell in cells]
        if None in values[name]:
            wrong += [
                (name, position)
                for position, (cell, value) in enumerate(zip(cells, values[name], strict=True))
                if value is None and cell not in missing
            ]
    return Numbers(values, wrong, decimal)


def _points(columns: Mapping[str, Sequence[str]], numbers: Numbers) -> int:
    return sum(
        value is not None and "." in cell
        for name, cells in columns.items()
        for cell, value in zip(cells, numbers.values[name], strict=True)
    )
