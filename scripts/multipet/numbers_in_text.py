"""Numbers as sites write them: decimal point or decimal comma, nothing guessed a cell at a time."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
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
    mixed
        True where decimal commas stand beside decimal points: then ``wrong`` has the commas.
    """

    values: dict[str, list[float | None]]
    wrong: list[tuple[str, int]]
    decimal: str
    mixed: bool = False


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
        ``point``, ``comma``, or ``auto``: comma where the table has decimal commas and no
        decimal point anywhere. ``inf``, ``nan``, ``1_000`` and thousands separators are no
        numbers.
    """
    if decimal == "comma":
        return _read(columns, missing, "comma")
    numbers = _read(columns, missing, "point")
    commas = [(c, i) for c, i in numbers.wrong if COMMA.fullmatch(columns[c][i])]
    if decimal == "point" or not commas:
        return numbers
    if _has_points(columns, numbers):
        return Numbers(numbers.values, numbers.wrong, "point", mixed=True)
    return _read(columns, missing, "comma")


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


def _has_points(columns: Mapping[str, Sequence[str]], numbers: Numbers) -> bool:
    return any(
        value is not None and "." in cell
        for name, cells in columns.items()
        for cell, value in zip(cells, numbers.values[name], strict=True)
    )
