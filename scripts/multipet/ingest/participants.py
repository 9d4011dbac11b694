"""Demographics kept apart from the values: the participants table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multipet.findings import Finding
from multipet.ingest.covariates import Covariate, typed_columns
from multipet.ingest.delivered_table import (
    NO_SCAN,
    DeliveredTable,
    read_delivered,
    refuse_missing_column,
)
from multipet.ingest.notes import Notes
from multipet.ingest.scan_rows import shown

KEYS = ("participant_id", "session", "site")


@dataclass(frozen=True)
class Participants:
    """Rows of the participants table.

    Attributes
    ----------
    name
        How messages call the table.
    keys
        Which of participant_id, session and site it has: what identifies a row.
    people
        Key -> covariates by name (``None`` is missing).
    rows
        Key -> row number.
    variables
        Declared covariates that it has.
    findings
        What was noted while it was read.
    """

    name: str
    keys: tuple[str, ...]
    people: dict[tuple[str, ...], dict[str, Covariate]]
    rows: dict[tuple[str, ...], int]
    variables: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    def key_of(self, participant_id: str, session: str, site: str) -> tuple[str, ...]:
        """Key under which a scan's row stands."""
        words = dict(zip(KEYS, (participant_id, session, site), strict=True))
        return tuple(words[key] for key in self.keys)


def read_participants(study: Mapping[str, Any]) -> Participants | None:
    """Read the participants table, ``None`` where the study has none.

    Raises
    ------
    UserError
        With everything that is wrong in the table.
    """
    settings = study.get("participants")
    if not settings:
        return None
    notes, variables = Notes("tidy"), study["variables"]
    table = read_delivered(settings, [*KEYS, *variables], notes)
    refuse_missing_column(table, "participant_id", notes)
    covariates, _ = typed_columns(table, variables, {}, settings, notes)
    keys = tuple(key for key in KEYS if key in table.cells)
    for key in keys:
        _refuse_empty(table, key, notes)
    notes.stop_on_problems()
    people, rows = _people(table, keys, covariates, notes)
    notes.stop_on_problems()
    return Participants(table.name, keys, people, rows, tuple(covariates), tuple(notes.findings))


def _refuse_empty(table: DeliveredTable, key: str, notes: Notes) -> None:
    for position, cell in enumerate(table.cells[key]):
        if not cell:
            notes.problem(table.place(position, key), "is empty", NO_SCAN)


def _people(
    table: DeliveredTable,
    keys: Sequence[str],
    covariates: Mapping[str, Sequence[Covariate]],
    notes: Notes,
) -> tuple[dict[tuple[str, ...], dict[str, Covariate]], dict[tuple[str, ...], int]]:
    people: dict[tuple[str, ...], dict[str, Covariate]] = {}
    rows: dict[tuple[str, ...], int] = {}
    for position, key in enumerate(zip(*(table.cells[key] for key in keys), strict=True)):
        person = {name: cells[position] for name, cells in covariates.items()}
        row = table.rows[position]
        if key not in people:
            people[key], rows[key] = person, row
        elif people[key] == person:
            message = f"row {row} of {table.name} repeats row {rows[key]} and was dropped"
            who = dict(zip(keys, key, strict=True))
            notes.finding("duplicate_row", "dropped", message, row=row, **who)
        else:
            name = next(name for name in person if person[name] != people[key][name])
            notes.problem(
                f"{table.name}, rows {rows[key]} and {row}",
                f"two rows for {_named(keys, key)} with {name} {shown(people[key][name])} "
                f"and {shown(person[name])}",
                "remove one, or add a session or site column",
            )
    return people, rows


def _named(keys: Sequence[str], key: Sequence[str]) -> str:
    return ", ".join(f'{name} "{word}"' for name, word in zip(keys, key, strict=True))
