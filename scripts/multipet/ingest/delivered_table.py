"""A delivered table under our names: rows selected, columns mapped, texts recoded."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from multipet.config.delivered import DeliveredTable as TableSettings
from multipet.config.delivered import SiteSettings
from multipet.core.problems import did_you_mean, listed
from multipet.ingest.notes import Notes
from multipet.ingest.readers.raw_table import RawTable, read_raw_table

# `n/a` is what our own tables write where there is no text, so it cannot name anything
RESERVED = ("", "n/a")
# what a spreadsheet that opens our tables would take for something to compute
FORMULA = "begins like a formula, which a spreadsheet would run"
FORMULA_SIGNS = ("=", "+", "@", "＝", "＋", "＠", "－")
# what a spreadsheet shows of a date: 2026-09-01, 1-Sep, Sep-01, 01.09.2026
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
DATE = re.compile(
    rf"\d{{4}}-\d\d-\d\d(?:T[\d:.]+)?|\d{{1,2}}-(?:{MONTHS})(?:-\d{{2,4}})?|(?:{MONTHS})-\d{{2,4}}"
    r"|\d{1,2}[./]\d{1,2}[./]\d{4}",
    re.ASCII | re.IGNORECASE,
)
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
# what to do about an empty cell that says whose scan, or which region, a row is of
NO_SCAN = "fill it in, or remove the row if it is a note or a total"


def is_formula(name: str) -> bool:
    """Whether a spreadsheet would compute ``name`` where it stands in a table."""
    # a minus that begins no number begins a formula: -2+3+cmd|…
    return name.startswith(FORMULA_SIGNS) or (
        name.startswith("-") and len(name) > 1 and not NUMBER.fullmatch(name)
    )


def is_date(name: str) -> bool:
    """Whether ``name`` is a date as spreadsheets write them."""
    return DATE.fullmatch(name) is not None


@dataclass(frozen=True)
class DeliveredTable:
    """Text cells of one table, by our names.

    Attributes
    ----------
    name
        How messages call the table.
    rows
        Row numbers in the file.
    cells
        Our name -> cells, recoded. Only names that the table or the constants have.
    headers
        Our name -> header in the file; constants have none.
    others
        Header -> cells of every column of the file, as delivered.
    absent
        Our names whose mapped header the file does not have; that has been told.
    """

    name: str
    rows: Sequence[int]
    cells: dict[str, Sequence[str]]
    headers: dict[str, str]
    others: dict[str, Sequence[str]]
    absent: frozenset[str] = frozenset()

    def place(self, position: int, name: str) -> str:
        """Say where a cell is: file, row and column."""
        column = self.headers.get(name, name)
        return f'{self.name}, row {self.rows[position]}, column "{column}"'


def read_delivered(
    settings: TableSettings,
    names: Sequence[str],
    notes: Notes,
    numbers: Sequence[str] = (),
) -> DeliveredTable:
    """Read a table and give its columns our names.

    Parameters
    ----------
    settings
        Entry of a site or of the participants in the config.
    names
        Our names to look for: under the header that ``columns`` maps, else under their own.
    notes
        Takes the problems (a mapped header that is not there) and findings.
    numbers
        Those of ``names`` that are numbers; the others are text whatever they hold.
    """
    mapped = _mapped(settings)
    texts = [mapped.get(name, name) for name in names if name not in numbers]
    raw = read_raw_table(
        settings.path,
        settings.sheet or None,
        texts=[*texts, *settings.select],
        missing=settings.missing,
        decimal=settings.decimal,
    )
    notes.findings += [replace(finding, site=notes.site) for finding in raw.findings]
    raw = _selected(raw, settings, notes)
    headers = _headers(raw, settings, names, notes)
    cells: dict[str, Sequence[str]] = {name: raw.columns[headers[name]] for name in headers}
    constants = settings.constants if isinstance(settings, SiteSettings) else {}
    for name, text in constants.items():
        if name in headers:
            _refuse_constant(raw.name, name, headers[name], notes)
        cells[name] = (text,) * len(raw.rows)
    for name, levels in settings.values.items():
        if name in cells:
            cells[name] = recoded(cells[name], levels)
    absent = frozenset(name for name, header in mapped.items() if header not in raw.columns)
    return DeliveredTable(raw.name, raw.rows, cells, headers, raw.columns, absent)


def recoded(cells: Any, levels: Mapping[str, str]) -> Sequence[str]:
    """Replace the texts that ``levels`` names; the others stay."""
    if isinstance(cells, tuple | list):
        return tuple(levels.get(cell, cell) for cell in cells)
    return cells.recoded(levels)


def refuse_missing_column(table: DeliveredTable, name: str, notes: Notes) -> None:
    """Note a column that must be there and is not."""
    if name in table.cells or name in table.absent:
        return
    hint = did_you_mean(name, table.others)
    notes.problem(table.name, f'no column for "{name}"', f"map it under `columns`; {hint}")


def _refuse_constant(table: str, name: str, header: str, notes: Notes) -> None:
    message = f'column "{header}" says the {name} of every row, and so does constants.{name}'
    notes.problem(table, message, "remove the constant; `values` can recode what the column says")


def _mapped(settings: TableSettings) -> dict[str, str]:
    return {name: header.strip() for name, header in settings.columns.items()}


def _headers(
    raw: RawTable, settings: TableSettings, names: Sequence[str], notes: Notes
) -> dict[str, str]:
    mapped = _mapped(settings)
    for name, header in mapped.items():
        if header not in raw.columns:
            message = f'no column "{header}" (mapped to "{name}")'
            notes.problem(raw.name, message, did_you_mean(header, raw.columns))
    wanted = {name: mapped.get(name, name) for name in names}
    return {name: header for name, header in wanted.items() if header in raw.columns}


def _selected(raw: RawTable, settings: TableSettings, notes: Notes) -> RawTable:
    of_people = settings.columns.get("participant_id", "participant_id")
    for header, wanted in settings.select.items():
        if header not in raw.columns:
            message = f'no column "{header}" to select by'
            notes.problem(raw.name, message, did_you_mean(header, raw.columns))
            continue
        words = set(wanted)
        told = "one of the ids listed" if header == of_people else listed(sorted(words))
        raw = _rows_where(raw, header, words, told, notes)
    return raw


def _rows_where(raw: RawTable, header: str, words: set[str], told: str, notes: Notes) -> RawTable:
    cells = raw.columns[header]
    kept = [position for position, cell in enumerate(cells) if cell in words]
    if not kept:
        found = listed(f'"{cell}"' for cell in dict.fromkeys(cells))
        notes.problem(
            f'{raw.name}, column "{header}"',
            f"no row has {listed(sorted(words))}",
            f"the column holds {found}",
        )
        notes.stop_on_problems()
    left = len(cells) - len(kept)
    if left:
        rows = "row" if left == 1 else "rows"
        message = f'{left} {rows} of {raw.name} not selected: "{header}" is not {told}'
        notes.finding("not_selected", "dropped", message, value=left)
    columns = {name: _taken(column, kept) for name, column in raw.columns.items()}
    return replace(raw, columns=columns, rows=tuple(raw.rows[i] for i in kept))


def _taken(column: Any, positions: Sequence[int]) -> Sequence[str]:
    if isinstance(column, tuple):
        return tuple(column[position] for position in positions)
    return column.taken(positions)
