"""Numbers as sites write them: decimal point or decimal comma, nothing guessed a cell at a time."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from math import isfinite

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
