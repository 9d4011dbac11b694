"""The lines of a large text table, a block at a time; the plain ones are not looked at singly."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from multipet.ingest.readers.text import ROWS_TO_JUDGE_BY, delimiter_of

#: Bytes of a block of lines.
BLOCK = 8 * 10**6
#: Bytes that are counted at a time: they stay in the processor's cache.
SMALL_BLOCK = 2**18


class NotPlainError(Exception):
    """The file holds something that has to be decided, or told."""


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


def _split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    return list(csv.reader(lines, delimiter=delimiter, strict=True))


def layout_of(path: Path) -> Layout:
    """How a file is cut into cells, by its first lines."""
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


def most_lines(path: Path) -> int:
    """At least as many as there are lines."""
    with path.open("rb") as file:
        chunks = iter(partial(file.read, SMALL_BLOCK), b"")
        return 1 + sum(chunk.count(b"\n") + chunk.count(b"\r") for chunk in chunks)


def blocks(layout: Layout) -> Iterator[tuple[bytes, np.ndarray]]:
    """Lines below the header in blocks, with the numbers of those that hold something."""
    number = 1
    with layout.path.open("rb") as file:
        for at, data in enumerate(_whole_lines(file)):
            data = data if at else data.removeprefix(codecs.BOM_UTF8)
            ends = _plain_ends(data, layout, max(layout.first + 1 - number, 0))
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
