"""Numbers as sites write them: decimal points or commas, and texts that mean missing."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np


class FileColumn(Sequence[str]):
    """Cells of a column of a large file, read again where somebody asks for its texts.

    Parameters
    ----------
    texts
        Reads the cells.
    count
        How many there are.
    """

    def __init__(self, texts: Callable[[], Sequence[str]], count: int) -> None:
        self._read = texts
        self._count = count

    @cached_property
    def texts(self) -> Sequence[str]:
        """All cells."""
        return self._read()

    def __len__(self) -> int:
        """How many cells there are."""
        return self._count

    def __getitem__(self, position: Any) -> Any:
        """Text of a cell."""
        return self.texts[position]

    def __iter__(self) -> Iterator[str]:
        """Every cell."""
        return iter(self.texts)

    def taken(self, positions: Sequence[int]) -> "FileColumn":
        """The cells at some positions."""
        return FileColumn(lambda: [self.texts[at] for at in positions], len(positions))


class NumberColumn(FileColumn):
    """A column that holds nothing but numbers and texts for missing.

    Parameters
    ----------
    values
        Its numbers; NaN is missing.
    decimal
        ``point`` or ``comma``: how they are written.
    texts
        Reads the cells as text.
    """

    def __init__(
        self, values: np.ndarray, decimal: str, texts: Callable[[], Sequence[str]]
    ) -> None:
        super().__init__(texts, len(values))
        self.values = values
        self.decimal = decimal

    def taken(self, positions: Sequence[int]) -> "NumberColumn":
        """The cells at some positions."""
        texts = super().taken(positions)
        return NumberColumn(self.values[list(positions)], self.decimal, lambda: texts.texts)


class TextColumn(Sequence[str]):
    """A column of text, each different cell kept once.

    Parameters
    ----------
    codes
        Position in ``words`` of each cell.
    words
        Texts, each once; those that no cell has are left out, the others put in the order in
        which they appear.
    """

    def __init__(self, codes: np.ndarray, words: Sequence[str]) -> None:
        first = first_positions(codes, len(words))
        order = np.argsort(first, kind="stable")[: np.count_nonzero(first < len(codes))]
        number = np.empty(len(words), np.int32)
        number[order] = np.arange(len(order))
        self.codes = number[codes]
        self.words = [words[at] for at in order.tolist()]

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.codes)

    def __getitem__(self, position: Any) -> Any:
        """Text of a cell."""
        return self.words[self.codes[position]]

    def __iter__(self) -> Iterator[str]:
        """Every cell."""
        return map(self.words.__getitem__, self.codes.tolist())

    def taken(self, positions: Sequence[int]) -> "TextColumn":
        """The cells at some positions."""
        return TextColumn(self.codes[list(positions)], self.words)

    def recoded(self, levels: Mapping[str, str]) -> "TextColumn":
        """The cells, those that ``levels`` names replaced."""
        known: dict[str, int] = {}
        words = [levels.get(word, word) for word in self.words]
        codes = np.array([known.setdefault(word, len(known)) for word in words], np.int32)
        return TextColumn(codes[self.codes], list(known))

    def positions(self) -> dict[str, Any]:
        """Each different text -> an array of its positions."""
        order = np.argsort(self.codes, kind="stable")
        ends = np.cumsum(np.bincount(self.codes, minlength=len(self.words)))
        return dict(zip(self.words, np.split(order, ends[:-1]), strict=True))


def as_column(cells: Sequence[str]) -> TextColumn:
    """``cells`` with each different one kept once."""
    if isinstance(cells, TextColumn):
        return cells
    known: dict[str, int] = {}
    codes = [known.setdefault(cell, len(known)) for cell in cells]
    return TextColumn(np.array(codes, dtype=np.int32), list(known))


def first_positions(codes: np.ndarray, count: int) -> np.ndarray:
    """Where each of ``count`` codes stands first; ``len(codes)`` where it does not."""
    first = np.full(count, len(codes))
    # of several values that are written to one place the last one stays
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
COMMA = re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Numbers:
    """Numbers of one table.

    Attributes
    ----------
    values
        Column -> its numbers; NaN where missing or wrong.
    wrong
        Column and position of each cell that is neither a number nor missing.
    decimal
        ``point`` or ``comma``: how the table was read.
    usual
        Cells that are written with ``decimal`` where others have the other sign, else 0. The
        table is then read by the sign that more cells have, and ``wrong`` has the others.
    """

    values: dict[Any, np.ndarray]
    wrong: list[tuple[Any, int]]
    decimal: str
    usual: int = 0


def read_numbers(
    columns: Mapping[Any, Sequence[str]], missing: AbstractSet[str], decimal: str = "auto"
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
    if decimal == "auto" and any(
        isinstance(cells, NumberColumn) and cells.decimal == "comma" for cells in columns.values()
    ):
        numbers = _read(columns, missing, "comma")
        if not numbers.wrong:
            return numbers
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


def _read(columns: Mapping[Any, Sequence[str]], missing: AbstractSet[str], decimal: str) -> Numbers:
    values: dict[Any, np.ndarray] = {}
    wrong = []
    for name, cells in columns.items():
        if isinstance(cells, NumberColumn) and cells.decimal == decimal:
            values[name] = cells.values
            continue
        column = as_column(cells)
        read = [None if word in missing else number_in(word, decimal) for word in column.words]
        values[name] = np.array(read, dtype=float)[column.codes]
        pairs = enumerate(zip(column.words, read, strict=True))
        odd = [at for at, (word, value) in pairs if value is None and word not in missing]
        if odd:
            positions = np.flatnonzero(np.isin(column.codes, odd)).tolist()
            wrong += [(name, position) for position in positions]
    return Numbers(values, wrong, decimal)


def _points(columns: Mapping[Any, Sequence[str]], numbers: Numbers) -> int:
    return sum(
        value == value and "." in cell
        for name, cells in columns.items()
        for cell, value in zip(cells, numbers.values[name].tolist(), strict=True)
    )
