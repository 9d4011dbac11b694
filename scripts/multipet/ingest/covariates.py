"""Typed covariates of a delivered table: numbers within bounds, levels that are declared."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from multipet.config.delivered import DeliveredTable as TableSettings
from multipet.config.delivered import MeasuredVariable
from multipet.core.problems import listed
from multipet.ingest.delivered_table import DeliveredTable
from multipet.ingest.notes import Notes
from multipet.ingest.readers.numbers import Numbers, as_column, other_sign, read_numbers

Covariate = float | str | None


class CovariateColumn(Sequence[Covariate]):
    """A covariate, a cell a row.

    Parameters
    ----------
    keys
        Its numbers, or the positions of its levels in ``levels``; NaN is missing.
    levels
        Texts of the levels; ``None`` where it is a number.
    """

    def __init__(self, keys: np.ndarray, levels: Sequence[str] | None = None) -> None:
        self.keys = keys
        self.levels = levels

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.keys)

    def __getitem__(self, position: Any) -> Any:
        """A cell; ``None`` where it is missing."""
        key = float(self.keys[position])
        if key != key:
            return None
        return key if self.levels is None else self.levels[int(key)]


def texts_as_covariate(cells: Sequence[str]) -> CovariateColumn:
    """Texts as a covariate, of which the empty one is missing."""
    column = as_column(cells)
    numbers = np.array([at if word else np.nan for at, word in enumerate(column.words)], float)
    return CovariateColumn(numbers[column.codes], column.words)


#: Years that nobody has lived: a larger age is in months.
OLDEST = 130.0
#: A number in which a comma may part thousands.
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
AGES = ("age", "age_years", "age_at_scan", "age_at_pet", "scan_age")
YEARS = ("years", "year", "yrs", "yr", "y", "a")


def typed_columns(
    table: DeliveredTable,
    variables: Mapping[str, MeasuredVariable],
    values: Mapping[str, Sequence[str]],
    settings: TableSettings,
    notes: Notes,
) -> tuple[dict[str, CovariateColumn], dict[str, np.ndarray]]:
    """Turn text into covariates and values; decimals are decided for the table as a whole.

    Parameters
    ----------
    table
        The table; its columns named in ``variables`` are covariates.
    variables
        The declared covariates.
    values
        Header -> cells of further number columns (outcome, volumes).
    settings
        Entry of the table in the config: ``missing`` and ``decimal``.
    notes
        Takes what is wrong.

    Returns
    -------
    tuple
        Covariates by our name (``None`` is missing) and further numbers by header (NaN is).
    """
    missing = frozenset(settings.missing) | {""}
    kinds = {name: variables[name].kind for name in variables if name in table.cells}
    own = {name: table.cells[name] for name, kind in kinds.items() if kind == "number"}
    columns = {("variable", name): cells for name, cells in own.items()}
    columns |= {("value", header): cells for header, cells in values.items()}
    numbers = read_numbers(columns, missing, settings.decimal)
    _note_decimals(table, columns, numbers, settings.decimal, notes)
    covariates: dict[str, CovariateColumn] = {}
    for name, kind in kinds.items():
        if kind == "number":
            read = numbers.values["variable", name]
            _check_bounds(table, name, read, variables[name], notes)
            covariates[name] = CovariateColumn(read)
        else:
            covariates[name] = _levels(table, name, variables[name].levels or (), missing, notes)
    return covariates, {header: numbers.values["value", header] for header in values}


def _note_decimals(
    table: DeliveredTable,
    columns: Mapping[tuple[str, str], Sequence[str]],
    numbers: Numbers,
    wanted: str,
    notes: Notes,
) -> None:
    if wanted == "auto" and numbers.decimal == "comma":
        _refuse_thousands(table, columns, numbers, notes)
        if not numbers.wrong:
            _note_commas(table, columns, numbers, notes)
    told = ((key[1], position, columns[key][position]) for key, position in numbers.wrong)
    for name, text, positions in _by_text(told):
        where, more = table.place(positions[0], name), _more(positions)
        if numbers.usual and other_sign(text, numbers.decimal):
            other = "comma" if numbers.decimal == "point" else "point"
            message = f'"{text}" has a decimal {other}{more}'
            hint = (
                f"{numbers.usual} other {_plural('number', numbers.usual)} of the table "
                f"{'have' if numbers.usual > 1 else 'has'} a decimal {numbers.decimal}; "
                "write one of them throughout"
            )
        else:
            message = f'"{text}" is not a number{more}'
            hint = "write a number, or list the text under `missing`; "
            hint += f"decimal {numbers.decimal} expected"
        notes.problem(where, message, hint)


def _refuse_thousands(
    table: DeliveredTable,
    columns: Mapping[tuple[str, str], Sequence[str]],
    numbers: Numbers,
    notes: Notes,
) -> None:
    """Stop where 1,024 stands beside 985: each comma may part thousands, and none need be decimal.

    Only a column whose numbers with a comma all have three digits after it, and whose others are
    whole numbers of three digits, or more, is in doubt.
    """
    for key, cells in columns.items():
        values = numbers.values[key]
        # what may be thousands is a whole number a thousand times larger
        if not np.all((values * 1000 == np.round(values * 1000)) | np.isnan(values)):
            continue
        known = [(at, cell) for at, cell in enumerate(cells) if values[at] == values[at]]
        commas = [(at, cell) for at, cell in known if "," in cell]
        plain = [cell for _, cell in known if "," not in cell]
        doubtful = all(THOUSANDS.fullmatch(cell) for _, cell in commas)
        if commas and plain and doubtful and all(len(cell.lstrip("+-")) >= 3 for cell in plain):
            at, text = commas[0]
            message = (
                f'"{text}" may be {text.replace(",", ".")} or {text.replace(",", "")}: '
                f"others of the column are whole numbers, as {plain[0]}"
            )
            hint = "write it without the comma or, if it is a decimal comma, set `decimal`"
            notes.problem(table.place(at, key[1]), message, hint)


def _note_commas(
    table: DeliveredTable,
    columns: Mapping[tuple[str, str], Sequence[str]],
    numbers: Numbers,
    notes: Notes,
) -> None:
    # a value is quoted rather than somebody's age
    for key in sorted(columns, key=lambda key: key[0] == "variable"):
        for position, text in enumerate(columns[key]):
            value = float(numbers.values[key][position])
            if "," in text and value == value:
                place = f'row {table.rows[position]}, column "{table.headers.get(key[1], key[1])}"'
                message = f"{table.name} writes decimal commas: {text} in {place}"
                notes.finding("decimal_comma", "noted", f"{message}, was read as {value!r}")
                return


def _check_bounds(
    table: DeliveredTable,
    name: str,
    values: np.ndarray,
    variable: MeasuredVariable,
    notes: Notes,
) -> None:
    low, high = variable.minimum, variable.maximum
    least = float("-inf") if low is None else low
    most = float("inf") if high is None else high
    hint = ""
    if high is None and _in_years(name, variable):
        most = OLDEST
        hint = f"if it is not in years, say its unit or its maximum under variables.{name}"
    for position in np.flatnonzero((values < least) | (values > most)).tolist():
        cell = table.cells[name][position]
        message = f'{name} "{cell}" is outside its range, {_range(least, most)}'
        notes.problem(table.place(position, name), message, hint)


def _range(least: float, most: float) -> str:
    if least == float("-inf"):
        return f"at most {most:g}"
    return f"at least {least:g}" if most == float("inf") else f"{least:g} to {most:g}"


def _in_years(name: str, variable: MeasuredVariable) -> bool:
    """Whether a number is somebody's age, unless the config says that it is not in years."""
    return name.casefold() in AGES and (variable.unit or "years").casefold() in YEARS


def _levels(
    table: DeliveredTable,
    name: str,
    levels: Sequence[str],
    missing: frozenset[str],
    notes: Notes,
) -> CovariateColumn:
    column = as_column(table.cells[name])
    for code, text in enumerate(column.words):
        if text in levels or text in missing:
            continue
        positions = np.flatnonzero(column.codes == code).tolist()
        message = f'"{text}" is not a level of {name} ({listed(levels)}){_more(positions)}'
        hint = f'say what it means: values: {{{name}: {{"{text}": {_nearest(text, levels)}}}}}'
        notes.problem(table.place(positions[0], name), message, hint)
    known = {level: float(at) for at, level in enumerate(levels)}
    keys = np.array([known.get(word, np.nan) for word in column.words], float)
    return CovariateColumn(keys[column.codes], levels)


def _nearest(text: str, levels: Sequence[str]) -> str:
    starts = [level for level in levels if text and text[0].casefold() == level[0].casefold()]
    return starts[0] if len(starts) == 1 else "…"


def _by_text(told: Iterable[tuple[str, int, str]]) -> list[tuple[str, str, list[int]]]:
    """Put the cells of a column that hold the same text together."""
    positions: dict[tuple[str, str], list[int]] = {}
    for name, position, text in told:
        positions.setdefault((name, text), []).append(position)
    return [(name, text, found) for (name, text), found in positions.items()]


def _more(positions: Sequence[int]) -> str:
    others = len(positions) - 1
    return f" (and in {others} more {_plural('row', others)})" if others else ""


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
