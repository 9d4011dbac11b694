"""The participants table: demographics kept apart from the values, joined to the scans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from multipet.config.specs import TidyStudy
from multipet.core.findings import Finding
from multipet.core.problems import listed
from multipet.ingest.covariates import Covariate, texts_as_covariate, typed_columns
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
        Declared covariates that it has, and ``scanner`` where it has that.
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


def read_participants(study: TidyStudy) -> Participants | None:
    """Read the participants table, ``None`` where the study has none.

    Raises
    ------
    UserError
        With everything that is wrong in the table.
    """
    settings = study.participants
    if not settings:
        return None
    notes, variables = Notes("tidy"), study.variables
    table = read_delivered(settings, [*KEYS, "scanner", *variables], notes)
    refuse_missing_column(table, "participant_id", notes)
    covariates, _ = typed_columns(table, variables, {}, settings, notes)
    if "scanner" in table.cells:
        covariates["scanner"] = texts_as_covariate(table.cells["scanner"])
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


def join(
    participants: Participants,
    site: str,
    scans: Sequence[tuple[str, str]],
    covariates: Mapping[str, Sequence[Covariate]],
    table: DeliveredTable,
    notes: Notes,
) -> dict[str, list[Covariate]]:
    """Complete the covariates of a site's scans from the participants table.

    Parameters
    ----------
    participants
        The participants table.
    site
        The scans' site.
    scans
        participant_id and session of each scan.
    covariates
        What the site's own table says, one value a scan.
    table
        The site's table, for messages.
    notes
        Takes contradictions between both tables, and scans without a row.

    Returns
    -------
    dict
        Covariates with what was missing filled in.
    """
    keys = [participants.key_of(person, session, site) for person, session in scans]
    unknown = [
        scan
        for position, (scan, key) in enumerate(zip(scans, keys, strict=True))
        if key not in participants.people and _needs(participants, covariates, position)
    ]
    if len(unknown) == len(scans):
        _refuse_strangers(participants, keys, table, notes)
        return {name: list(cells) for name, cells in covariates.items()}
    for scan in unknown:
        _note_unmatched(scan, participants, notes)
    full = {name: list(cells) for name, cells in covariates.items()}
    for name in participants.variables:
        given = [participants.people.get(key, {}).get(name) for key in keys]
        if name not in full:
            full[name] = given
            continue
        for position, other in enumerate(given):
            own = full[name][position]
            if own is None and other is not None:
                _note_filled(name, other, scans[position], participants, notes)
                full[name][position] = other
            elif other is not None and own != other:
                row = participants.rows[keys[position]]
                there = f"{shown(other)} in {participants.name}, row {row}"
                _note_contradiction(
                    f"{name} is {shown(own)} here and {there}", scans[position], table, notes
                )
    return full


def _needs(
    participants: Participants, covariates: Mapping[str, Sequence[Covariate]], position: int
) -> bool:
    """Whether the site's own table leaves a covariate of a scan to the participants table."""
    own = (covariates.get(name) for name in participants.variables)
    return any(cells is None or cells[position] is None for cells in own)


def _refuse_strangers(
    participants: Participants,
    keys: Sequence[tuple[str, ...]],
    table: DeliveredTable,
    notes: Notes,
) -> None:
    ours, theirs = (
        listed((f'"{" ".join(key)}"' for key in dict.fromkeys(some)), most=3)
        for some in (keys, participants.people)
    )
    notes.problem(
        table.name,
        f"no scan of it has a row in {participants.name}",
        f"{' '.join(participants.keys)} is {ours} here and {theirs} there",
    )


def _note_unmatched(scan: tuple[str, str], participants: Participants, notes: Notes) -> None:
    person, session = scan
    bare = _bare(person)
    near = [row for key, row in participants.rows.items() if _bare(key[0]) == bare]
    known = f"; the id in its row {near[0]} is nearly the same" if near else ""
    message = f"no row for this scan in {participants.name}{known}"
    notes.finding("unmatched_participant", "noted", message, participant_id=person, session=session)


def _bare(participant_id: str) -> str:
    return participant_id.casefold().removeprefix("sub-").lstrip("0")


def _note_filled(
    name: str, value: Covariate, scan: tuple[str, str], participants: Participants, notes: Notes
) -> None:
    notes.finding(
        "filled_from_participants",
        "joined",
        f"{name} is missing in the site's table and was taken from {participants.name}",
        participant_id=scan[0],
        session=scan[1],
        value=shown(value).strip('"'),
    )


def _note_contradiction(
    message: str, scan: tuple[str, str], table: DeliveredTable, notes: Notes
) -> None:
    where = f'{table.name}, scan of "{scan[0]}", session "{scan[1]}"'
    notes.problem(where, message, "correct one of them")


def participants_without_scan(
    participants: Participants, scans: Sequence[tuple[str, str, str]], notes: Notes
) -> None:
    """Note rows of the participants table that belong to no scan, in one line.

    Parameters
    ----------
    participants
        The participants table.
    scans
        participant_id, session and site of each scan, ids as delivered.
    """
    seen = {participants.key_of(*scan) for scan in scans}
    idle = [key for key in participants.people if key not in seen]
    if idle:
        which = counted([participants.rows[key] for key in idle])
        message = f"{which} of {participants.name} {'belong' if idle[1:] else 'belongs'} to no scan"
        ids = listed(dict.fromkeys(key[0] for key in idle), most=100)
        notes.finding(
            "participants_without_scan", "noted", message, participant_id=ids, value=len(idle)
        )


def counted(rows: Sequence[int]) -> str:
    """Rows by their numbers: ``row 4``, ``2 rows (4, 7)``."""
    return f"row {rows[0]}" if len(rows) == 1 else f"{len(rows)} rows ({listed(rows, most=100)})"
