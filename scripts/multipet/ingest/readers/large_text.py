"""A large text table, its columns of plain numbers read a block at a time by pandas.

It reads what needs no decision; whatever does (another encoding, line breaks within cells, rows
of other widths, columns without a name) it leaves to ``raw_table``, which tells what is wrong.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipet.core.tables import EVERY_DIGIT
from multipet.ingest.readers.numbers import FileColumn, NumberColumn, number_in
from multipet.ingest.readers.text import ROWS_TO_JUDGE_BY, delimiter_of

#: Characters of a block of lines.
BLOCK = 8 * 10**6
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
        row = _parsed([line], self.delimiter)[0] if '"' in line else line.split(self.delimiter)
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


def read_large(
    path: Path, wanted: Wanted
) -> tuple[dict[str, Sequence[str]], tuple[int, ...]] | None:
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


def _parsed(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    return list(csv.reader(lines, delimiter=delimiter, strict=True))


def _layout(path: Path) -> Layout:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = "".join(line for _, line in zip(range(2 * ROWS_TO_JUDGE_BY), file, strict=False))
    delimiter = delimiter_of(head)
    for number, line in enumerate(head.splitlines(), 1):
        row = [cell.strip() for cell in _parsed([line], delimiter)[0]] if line else []
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
) -> tuple[dict[str, Sequence[str]], tuple[int, ...]]:
    cells: dict[int, list[str]] = {at: [] for at in texts}
    rows: list[int] = []
    grid = np.empty((len(numeric), _most_lines(layout.path)))
    plain = np.ones(len(numeric), bool)
    for block in _blocks(layout, rows):
        lines = "\n".join(block)
        values, clean = _numbers(lines, layout, wanted, decimal, numeric)
        grid[:, len(rows) - len(block) : len(rows)] = values
        plain &= clean
        words = _parsed_block(lines, layout, texts, dtype="str")
        for at, own in cells.items():
            codes, different = pd.factorize(words[at])
            own += np.array([text.strip() for text in different], dtype=object)[codes].tolist()
    numbers = {at: grid[i, : len(rows)] for i, at in enumerate(numeric) if plain[i]}
    columns: dict[str, Sequence[str]] = {}
    for at, header in enumerate(layout.header):
        again = partial(_texts_again, layout, at)
        if at in cells:
            columns[header] = tuple(cells[at])
        elif at in numbers:
            columns[header] = NumberColumn(numbers[at], decimal, again)
        else:
            columns[header] = FileColumn(again, len(rows))
    return columns, tuple(rows)


def _most_lines(path: Path) -> int:
    """At least as many as there are lines."""
    with path.open("rb") as file:
        chunks = iter(partial(file.read, BLOCK), b"")
        return 1 + sum(chunk.count(b"\n") + chunk.count(b"\r") for chunk in chunks)


def _blocks(layout: Layout, rows: list[int]) -> Iterator[list[str]]:
    """Lines in blocks; their numbers are put by in ``rows`` on the way."""
    block: list[str] = []
    size, others = 0, len(layout.header) - 1
    for number, line in layout.lines():
        if '"' in line or "\0" in line:
            if "\0" in line or not any(layout.cells(line)):
                raise NotPlainError
        elif line.count(layout.delimiter) != others:
            raise NotPlainError
        rows.append(number)
        block.append(line)
        size += len(line)
        if size > BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _parsed_block(
    lines: str, layout: Layout, columns: Sequence[int], **options: Any
) -> pd.DataFrame:
    return pd.read_csv(
        StringIO(lines),
        sep=layout.delimiter,
        header=None,
        usecols=list(columns),
        keep_default_na=False,
        low_memory=False,
        skip_blank_lines=False,
        **options,
    )


def _numbers(
    lines: str, layout: Layout, wanted: Wanted, decimal: str, columns: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, one row a column, and which columns hold nothing else."""
    missing = [text for text in wanted.missing if number_in(text) is None]
    options = {"na_values": missing, "decimal": SIGNS[decimal], **EVERY_DIGIT}
    frame = _parsed_block(lines, layout, columns, **options)
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
