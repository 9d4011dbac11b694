"""Typed covariates of a delivered table: numbers within bounds, levels that are declared."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from multipet.delivered_table import DeliveredTable
from multipet.notes import Notes
from multipet.numbers_in_text import Numbers, read_numbers
from multipet.problems import listed

Covariate = float | str | None


def typed_columns(
    table: DeliveredTable,
    variables: Mapping[str, Mapping[str, Any]],
    values: Mapping[str, Sequence[str]],
    settings: Mapping[str, Any],
    notes: Notes,
) -> tuple[dict[str, list[Covariate]], dict[str, list[float | None]]]:
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
        Covariates by our name and further numbers by header; ``None`` is missing.
    """
    missing = frozenset(map(str, settings["missing"])) | {""}
    kinds = {name: variables[name]["kind"] for name in variables if name in table.cells}
    own = {name: table.cells[name] for name, kind in kinds.items() if kind == "number"}
    columns = {("variable", name): cells for name, cells in own.items()}
    columns |= {("value", header): cells for header, cells in values.items()}
    numbers = read_numbers(columns, missing, settings["decimal"])
    _note_decimals(table, columns, numbers, settings["decimal"], notes)
    covariates: dict[str, list[Covariate]] = {}
    for name, kind in kinds.items():
        if kind == "number":
            covariates[name] = numbers.values["variable", name]
            _check_bounds(table, name, covariates[name], variables[name], notes)
        else:
            covariates[name] = _levels(table, name, variables[name]["levels"], missing, notes)
    return covariates, {header: numbers.values["value", header] for header in values}


def _note_decimals(
    table: DeliveredTable,
    columns: Mapping[tuple[str, str], Sequence[str]],
    numbers: Numbers,
    wanted: str,
    notes: Notes,
) -> None:
    if wanted == "auto" and numbers.decimal == "comma":
        message = f"{table.name} writes decimal commas; 2,65 was read as 2.65"
        notes.finding("decimal_comma", "noted", message)
    hint = f"write a number, or list the text under `missing`; decimal {numbers.decimal} expected"
    if numbers.mixed:
        hint = "the table mixes decimal points and commas; write one of them"
    told = ((key[1], position, columns[key][position]) for key, position in numbers.wrong)
    for name, text, positions in _by_text(told):
        where = table.place(positions[0], name)
        notes.problem(where, f'"{text}" is not a number{_more(positions)}', hint)


def _check_bounds(
    table: DeliveredTable,
    name: str,
    cells: Sequence[Covariate],
    variable: Mapping[str, Any],
    notes: Notes,
) -> None:
    low, high = variable.get("minimum"), variable.get("maximum")
    least = float("-inf") if low is None else low
    most = float("inf") if high is None else high
    for position, number in enumerate(cells):
        if number is not None and not least <= number <= most:
            found = table.cells[name][position]
            message = f'{name} "{found}" is outside its range, {least:g} to {most:g}'
            notes.problem(table.place(position, name), message)


def _levels(
    table: DeliveredTable,
    name: str,
    levels: Sequence[str],
    missing: frozenset[str],
    notes: Notes,
) -> list[Covariate]:
    known = set(levels)
    cells = [
        cell if cell in known else None if cell in missing else "" for cell in table.cells[name]
    ]
    wrong = ((name, i, table.cells[name][i]) for i, cell in enumerate(cells) if cell == "")
    for _, text, positions in _by_text(wrong):
        message = f'"{text}" is not a level of {name} ({listed(levels)}){_more(positions)}'
        hint = f'say what it means: values: {{{name}: {{"{text}": {_nearest(text, levels)}}}}}'
        notes.problem(table.place(positions[0], name), message, hint)
    return [cell or None for cell in cells]


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
    return f" (and in {len(positions) - 1} more rows)" if len(positions) > 1 else ""
