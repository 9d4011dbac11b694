"""A large text table, its columns of plain numbers read a block at a time by pandas.

It reads what needs no decision; whatever does (another encoding, line breaks within cells, rows
of other widths, columns without a name) it leaves to ``raw_table``, which tells what is wrong.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from multipet.core.tables import EVERY_DIGIT
from multipet.ingest.readers.numbers import FileColumn, NumberColumn, TextColumn, number_in
from multipet.ingest.readers.text import ROWS_TO_JUDGE_BY, delimiter_of

#: Bytes of a block of lines.
BLOCK = 8 * 10**6
#: Number columns from which on they are read apart from those of text.
MANY = 50
#: Bytes that are counted at a time: they stay in the processor's cache.
SMALL_BLOCK = 2**18
SIGNS = {"point": ".", "comma": ","}


class NotPlainError(Exception):
    """The file holds something that has to be decided, or told."""


@dataclass(frozen=True)
class Wanted:
    """What a table is read for.

    Attributes
    ----------
    texts
        Headers of columns that are text whatever they hold: ids, sessions, levels.
    missing
        Texts that mean missing.
    decimal
        ``auto``, ``point`` or ``comma``.
    """

    texts: frozenset[str]
    missing: frozenset[str]
    decimal: str


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are cut into cells."""

    path: Path
    delimiter: str
    header: list[str]
    first: int

    def cells(self, line: str) -> list[str]:
        """Cells of a line, as many as the header has."""
        row = _split([line], self.delimiter)[0] if '"' in line else line.split(self.delimiter)
        if len(row) != len(self.header):
            raise NotPlainError
        return [cell.strip() for cell in row]

    def lines(self) -> Iterator[tuple[int, str]]:
        """Lines below the header that hold something, with their numbers."""
        blank = f"{self.delimiter} \t"
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            for number, line in enumerate(file, 1):
                if number > self.first and line.rstrip("\r\n").strip(blank):
                    yield number, line.rstrip("\r\n")


def read_large(path: Path, wanted: Wanted) -> tuple[dict[str, Sequence[str]], Sequence[int]] | None:
    """Read a text table in UTF-8 whose cells hold no line breaks.

    Parameters
    ----------
    path
        The table.
    wanted
        Which columns stay text, and how numbers are written.

    Returns
    -------
    tuple or None
        Header -> cells, and the row numbers; ``None`` where the file is not that plain.
    """
    try:
        layout = _layout(path)
        sample = [layout.cells(line) for _, line in _first(layout.lines())]
        decimal = _decimal(sample, layout, wanted)
        numeric = [
            at
            for at, header in enumerate(layout.header)
            if header not in wanted.texts and _all_numbers(sample, at, wanted, decimal)
        ]
        texts = [at for at, header in enumerate(layout.header) if header in wanted.texts]
        # without either the file is no table of scans that is worth the haste
        return _read(layout, wanted, decimal, texts, numeric) if texts and numeric else None
    except (NotPlainError, UnicodeDecodeError, csv.Error):
        return None


def _first(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for _, one in zip(range(ROWS_TO_JUDGE_BY), lines, strict=False):
        yield one


def _split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    return list(csv.reader(lines, delimiter=delimiter, strict=True))


def _layout(path: Path) -> Layout:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = "".join(line for _, line in zip(range(2 * ROWS_TO_JUDGE_BY), file, strict=False))
    delimiter = delimiter_of(head)
    for number, line in enumerate(head.splitlines(), 1):
        row = [cell.strip() for cell in _split([line], delimiter)[0]] if line else []
        if any(row):
            if not all(row) or len(set(row)) < len(row):
                raise NotPlainError
            return Layout(path, delimiter, row, number)
    raise NotPlainError


def _decimal(sample: Sequence[Sequence[str]], layout: Layout, wanted: Wanted) -> str:
    if wanted.decimal != "auto":
        return wanted.decimal
    cells = [
        cell
        for row in sample
        for header, cell in zip(layout.header, row, strict=True)
        if header not in wanted.texts and number_in(cell, "comma") is not None
    ]
    return "comma" if any("," in cell for cell in cells) else "point"


def _all_numbers(sample: Sequence[Sequence[str]], at: int, wanted: Wanted, decimal: str) -> bool:
    return all(
        row[at] in wanted.missing or number_in(row[at], decimal) is not None for row in sample
    )


def _read(
    layout: Layout, wanted: Wanted, decimal: str, texts: list[int], numeric: list[int]
) -> tuple[dict[str, Sequence[str]], Sequence[int]]:
    most = _most_lines(layout.path)
    grid, plain = np.empty((len(numeric), most)), np.ones(len(numeric), bool)
    words = {at: Words(np.empty(most, np.int32), {}) for at in texts}
    rows: list[np.ndarray] = []
    end = 0
    for data, numbers in _blocks(layout):
        start, end = end, end + len(numbers)
        text, numbers_read = _parsed_block(data, layout, wanted, decimal, texts, numeric)
        grid[:, start:end], clean = _numbers(numbers_read, wanted)
        plain &= clean
        for at, own in words.items():
            own.add(start, text[at])
        rows.append(numbers)
    columns: dict[str, Sequence[str]] = {}
    for at, header in enumerate(layout.header):
        again = partial(_texts_again, layout, at)
        if at in words:
            columns[header] = words[at].column(end)
        elif at in numeric and plain[numeric.index(at)]:
            columns[header] = NumberColumn(grid[numeric.index(at), :end], decimal, again)
        else:
            columns[header] = FileColumn(again, end)
    return columns, _as_range(np.concatenate(rows))


def _as_range(rows: np.ndarray) -> Sequence[int]:
    """Row numbers; as a range, which takes no room, where none is left out."""
    first, last = int(rows[0]), int(rows[-1])
    every = last - first + 1 == len(rows)
    return range(first, last + 1) if every else tuple(rows.tolist())


@dataclass(frozen=True)
class Words:
    """Cells of a text column as numbers of its different texts, block by block."""

    codes: np.ndarray
    known: dict[str, int]

    def add(self, start: int, cells: pd.Series) -> None:
        """Put by the cells of a block from a position on."""
        codes, different = pd.factorize(cells)
        texts = [text.strip() for text in different]
        numbers = [self.known.setdefault(text, len(self.known)) for text in texts]
        own = np.array(numbers, np.int32)[codes]
        self.codes[start : start + len(own)] = own

    def column(self, count: int) -> TextColumn:
        """The first ``count`` cells."""
        return TextColumn(self.codes[:count], list(self.known))


def _most_lines(path: Path) -> int:
    """At least as many as there are lines."""
    with path.open("rb") as file:
        chunks = iter(partial(file.read, SMALL_BLOCK), b"")
        return 1 + sum(chunk.count(b"\n") + chunk.count(b"\r") for chunk in chunks)


def _blocks(layout: Layout) -> Iterator[tuple[bytes, np.ndarray]]:
    """Lines below the header in blocks, with the numbers of those that hold something."""
    number = 1
    with layout.path.open("rb") as file:
        for at, data in enumerate(_whole_lines(file)):
            data = data if at else data.removeprefix(codecs.BOM_UTF8)
            ends = _plain_ends(data, layout, layout.first if number == 1 else 0)
            if ends is None:
                lines, count = _told_lines(data, layout, number)
                numbers = np.array([one for one, _ in lines], dtype=np.int64)
                data = "\n".join(line for _, line in lines).encode()
            else:
                data, count = data[ends[0] :], int(ends[1])
                numbers = np.arange(max(number, layout.first + 1), number + count)
            number += count
            if len(numbers):
                yield data, numbers


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """A file in blocks that end with a line."""
    rest = b""
    for chunk in iter(partial(file.read, BLOCK), b""):
        data, line, rest = (rest + chunk).rpartition(b"\n")
        if line:
            yield data + line
    if rest:
        yield rest


def _plain_ends(data: bytes, layout: Layout, skipped: int) -> tuple[int, int] | None:
    """Where the lines after the header begin, and how many lines there are with it.

    ``None`` where lines have to be looked at one by one: quotes, blanks, other line ends.
    """
    if b'"' in data or b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    if not data.isascii():
        data.decode()  # an error says that it is no UTF-8
    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    marks = np.flatnonzero(letters == ord(layout.delimiter))
    counts = np.diff(np.searchsorted(marks, ends), prepend=0)[skipped:]
    starts = np.append(0, ends[:-1] + 1)[skipped:]
    # a line without any text begins with one of these, if with anything
    if np.isin(letters[starts], np.frombuffer(f"{layout.delimiter} \t\r\n".encode(), "u1")).any():
        return None
    if (counts != len(layout.header) - 1).any():
        raise NotPlainError
    return (int(starts[0]) if len(starts) else len(data)), len(ends)


def _told_lines(data: bytes, layout: Layout, number: int) -> tuple[list[tuple[int, str]], int]:
    """Lines of a block that hold something, with their numbers, and the count of all."""
    every = list(StringIO(data.decode(), newline=""))
    blank, others = f"{layout.delimiter} \t", len(layout.header) - 1
    kept = []
    for at, line in enumerate((line.rstrip("\r\n") for line in every), number):
        if at <= layout.first or not line.strip(blank):
            continue
        if '"' in line or "\0" in line:
            if "\0" in line or not any(layout.cells(line)):
                raise NotPlainError
        elif line.count(layout.delimiter) != others:
            raise NotPlainError
        kept.append((at, line))
    return kept, len(every)


def _parsed_block(
    data: bytes, layout: Layout, wanted: Wanted, decimal: str, texts: list[int], numeric: list[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns of text, and those of numbers as numbers where they are."""
    missing = [text for text in wanted.missing if number_in(text) is None]
    if len(numeric) > MANY:  # what is missing would be prepared for each of them
        text = _parsed(data, layout, texts, decimal, dtype="str")
        return text, _parsed(data, layout, numeric, decimal, na_values=missing)
    options = {"dtype": dict.fromkeys(texts, "str"), "na_values": dict.fromkeys(numeric, missing)}
    frame = _parsed(data, layout, [*texts, *numeric], decimal, **options)
    return frame, frame[numeric]


def _parsed(
    data: bytes, layout: Layout, columns: list[int], decimal: str, **options: Any
) -> pd.DataFrame:
    return pd.read_csv(
        BytesIO(data),
        sep=layout.delimiter,
        header=None,
        usecols=columns,
        keep_default_na=False,
        decimal=SIGNS[decimal],
        low_memory=False,
        skip_blank_lines=False,
        **options,
        **EVERY_DIGIT,
    )


def _numbers(frame: pd.DataFrame, wanted: Wanted) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, one row a column, and which columns hold nothing else."""
    clean = np.array([kind.kind in "iuf" for kind in frame.dtypes], bool)
    values = np.full(frame.shape[::-1], np.nan)
    if clean.all():
        values = frame.to_numpy(float).T
    elif clean.any():
        values[clean] = frame.loc[:, clean].to_numpy(float).T
    odd = np.isinf(values).any(axis=1)
    for code in [number for number in map(number_in, wanted.missing) if number is not None]:
        # a number that means missing is told from others by its text
        odd |= (values == code).any(axis=1)
    return values, clean & ~odd


def _texts_again(layout: Layout, at: int) -> tuple[str, ...]:
    return tuple(layout.cells(line)[at] for _, line in layout.lines())
