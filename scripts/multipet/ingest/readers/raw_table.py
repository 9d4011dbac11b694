"""A table as a site delivers it: text cells with their row numbers, nothing interpreted."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.ingest.notes import capped
from multipet.ingest.readers.text import read_rows
from multipet.ingest.readers.workbook import column_letters, hidden_parts, read_sheet

WORKBOOKS = (".xlsx", ".xlsm")
#: Bytes that a table may have: 20,000 scans of 100 regions as text are a tenth of it.
LARGEST = 200 * 10**6
#: Bytes from which on reading numbers through pandas is worth its import.
LARGE = 4 * 10**6
ROWS_TO_JUDGE_BY = 30


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
    columns: dict[str, Sequence[str]]
    rows: Sequence[int]
    findings: tuple[Finding, ...] = ()


def read_raw_table(
    path: Path | str,
    sheet: str | None = None,
    *,
    texts: Collection[str] | None = None,
    missing: Collection[str] = (),
    decimal: str = "auto",
) -> RawTable:
    """Read a CSV, TSV or Excel table as text.

    Parameters
    ----------
    path
        ``.xlsx`` and ``.xlsm`` are workbooks, everything else is text, in UTF-8, UTF-16 or
        Windows-1252, delimited by comma, semicolon, tab or ``|``.
    sheet
        Sheet of a workbook; the first where none is given.
    texts
        Where it is given, columns of a large text file but these may come as ``NumberColumn``.
    missing, decimal
        Texts that mean missing, and the decimal sign, of those.

    Raises
    ------
    UserError
        If there is no such file, or it holds no table with a header and at least a row.
    """
    path = Path(path)
    if texts is not None and sheet is None and _is_large_text(path):
        from multipet.ingest.readers.large_text import Wanted, read_large  # with pandas

        wanted = Wanted(frozenset(texts), frozenset({*missing, ""}), decimal)
        if (read := read_large(path, wanted)) is not None:
            return RawTable(path.name, *read)
    data = _read_bytes(path)
    if path.suffix.lower() in WORKBOOKS:
        return _from_workbook(path, data, sheet)
    if sheet is not None:
        raise _error(path.name, f'has no sheet "{sheet}": it is no workbook', "remove `sheet`")
    rows, findings = read_rows(data, path.name)
    return _table(path.name, rows, findings, ragged=False)


def _is_large_text(path: Path) -> bool:
    return (
        path.is_file()
        and path.suffix.lower() not in WORKBOOKS
        and LARGE < path.stat().st_size <= LARGEST
    )


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            message = f"has {size / 1e6:,.0f} MB, more than the {LARGEST / 1e6:.0f} MB of a table"
            raise _error(path.name, message, "is it the table of regional values?")
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
    findings: tuple[Finding, ...] = ()
    if sheet is None and len(sheets) > 1:
        message = f'{path.name} has {len(sheets)} sheets; the first, "{read}", was read'
        findings = (Finding(stage="tidy", check="first_sheet", action="noted", message=message),)
    if told := hidden_parts(path, read, rows):
        message = f"{path.name} has {' and '.join(told)} in what was read: were they left out?"
        hidden = Finding(stage="tidy", check="hidden_cells", action="noted", message=message)
        findings = (*findings, hidden)
    return _table(name, rows, findings, ragged=True)


def _table(
    name: str, records: list[list[str]], findings: tuple[Finding, ...], ragged: bool
) -> RawTable:
    numbered = [(number, row) for number, row in enumerate(records, start=1) if any(row)]
    if not numbered:
        raise _error(name, "is empty")
    (_, header), *body = numbered
    if not body:
        raise _error(name, "has a header but no rows")
    _refuse_title(name, numbered)
    counts = Counter(cell for cell in header if cell)
    repeated = [Problem(name, f'{n} columns are called "{c}"') for c, n in counts.items() if n > 1]
    if repeated:
        raise UserError(capped(repeated))
    width = len(header)
    _refuse_other_widths(name, body, width, ragged)
    full = [row if len(row) == width else _fitted(row, width) for _, row in body]
    columns = list(zip(*full, strict=True))
    nameless = [n for n, cells in enumerate(columns, 1) if any(cells) and not header[n - 1]]
    findings += _nameless(name, nameless)
    named: dict[str, Sequence[str]] = {
        head: cells for head, cells in zip(header, columns, strict=True) if head
    }
    return RawTable(name, named, tuple(number for number, _ in body), findings)


def _refuse_title(name: str, numbered: list[tuple[int, list[str]]]) -> None:
    """Stop where the first row names far fewer columns than there are: it is no header."""
    (number, header), *body = numbered
    named = sum(map(bool, header))
    cells = median_low(sum(map(bool, row)) for _, row in body[:ROWS_TO_JUDGE_BY])
    if named * 2 <= cells and cells - named >= 2:
        hint = "the first row must be the header, a name a column: delete titles, unmerge cells"
        raise _error(
            f"{name}, row {number}",
            f"names {named} column{'' if named == 1 else 's'}, the rows below have {cells} cells",
            hint,
        )


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
