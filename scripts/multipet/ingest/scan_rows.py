"""Rows of a delivered table folded into scans: repeated rows, contradictions, missing values."""

from collections.abc import Sequence
from dataclasses import dataclass

from multipet.ingest.covariates import Covariate
from multipet.ingest.delivered_table import DeliveredTable
from multipet.ingest.notes import Notes

Cells = Sequence[float | None]


@dataclass(frozen=True)
class ScanRows:
    """Which row belongs to which scan.

    Attributes
    ----------
    keys
        participant_id and session of each scan, in order of appearance.
    scan_of
        Row position -> position of its scan in ``keys``.
    first
        Scan -> position of its first row.
    """

    keys: list[tuple[str, str]]
    scan_of: list[int]
    first: list[int]


def scans_of(ids: Sequence[str], sessions: Sequence[str]) -> ScanRows:
    """Number the scans of a table."""
    number: dict[tuple[str, str], int] = {}
    first = []
    scan_of = []
    for position, key in enumerate(zip(ids, sessions, strict=True)):
        if key not in number:
            number[key] = len(number)
            first.append(position)
        scan_of.append(number[key])
    return ScanRows(list(number), scan_of, first)


def scan_attribute(
    name: str, cells: Sequence[Covariate], scans: ScanRows, table: DeliveredTable, notes: Notes
) -> list[Covariate]:
    """Give each scan the one value that its rows agree on.

    Parameters
    ----------
    name
        Scanner or covariate.
    cells
        One a row; ``None`` is missing.
    scans
        Which row is of which scan.
    table
        Gives the row numbers.
    notes
        Takes contradictions and what was completed from another row of the scan.
    """
    chosen = list(scans.first)
    completed = 0
    for position, scan in enumerate(scans.scan_of):
        cell, before = cells[position], cells[chosen[scan]]
        if cell is None or before is None:
            completed += cell is not before
            chosen[scan] = position if before is None else chosen[scan]
        elif cell != before:
            _note_contradiction(name, chosen[scan], position, cells, scans, table, notes)
    if completed:
        rows = "row" if completed == 1 else "rows"
        message = f"{name} is missing in {completed} {rows} whose scan has it in another row"
        notes.finding("completed_within_scan", "joined", message, value=completed)
    return [cells[position] for position in chosen]


def _note_contradiction(
    name: str,
    first: int,
    second: int,
    cells: Sequence[Covariate],
    scans: ScanRows,
    table: DeliveredTable,
    notes: Notes,
) -> None:
    participant, session = scans.keys[scans.scan_of[second]]
    notes.problem(
        f"{table.name}, rows {table.rows[first]} and {table.rows[second]}",
        f'scan of "{participant}", session "{session}", has {name} '
        f"{shown(cells[first])} and {shown(cells[second])}",
        "correct one, or give the scans sessions of their own",
    )


def shown(value: Covariate) -> str:
    """Value as a message shows it."""
    if value is None:
        return "nothing"
    return f"{value:g}" if isinstance(value, float) else f'"{value}"'


@dataclass(frozen=True)
class Placed:
    """Values of one region, a value a scan, with the row position each came from."""

    values: list[float | None]
    volumes: list[float | None]
    positions: list[int | None]


class Placing:
    """Puts values at their scans and remembers rows that repeat or contradict others."""

    def __init__(self, scans: ScanRows) -> None:
        self.scans = scans
        self.repeats: dict[int, int] = {}
        self.conflicts: dict[tuple[int, int], str] = {}

    def place(self, region: str, positions: Sequence[int], values: Cells, volumes: Cells) -> Placed:
        """Place one region.

        Parameters
        ----------
        region
            Its name, for messages.
        positions
            Row positions that hold it.
        values, volumes
            Its numbers at all row positions; ``volumes`` may be empty.
        """
        count = len(self.scans.keys)
        if len(positions) == count == len(values):
            return Placed(list(values), list(volumes), list(positions))
        source: list[int | None] = [None] * count
        for position in positions:
            scan = self.scans.scan_of[position]
            before = source[scan]
            if before is None:
                source[scan] = position
            elif self._differs(before, position, values, volumes):
                told = f"{region} {shown(values[before])} and {shown(values[position])}"
                self.conflicts.setdefault((before, position), told)
            else:
                self.repeats[position] = before
        return Placed(
            [None if at is None else values[at] for at in source],
            [None if at is None else volumes[at] for at in source] if volumes else [],
            source,
        )

    def tell(self, table: DeliveredTable, notes: Notes) -> None:
        """Note what was found: a row that says the same is dropped, another one is a problem."""
        contradicting = {second for _, second in self.conflicts}
        for (first, second), told in self.conflicts.items():
            participant, session = self.scans.keys[self.scans.scan_of[second]]
            notes.problem(
                f"{table.name}, rows {table.rows[first]} and {table.rows[second]}",
                f'two rows of the scan of "{participant}", session "{session}", differ: {told}',
                "remove one, or give the scans sessions of their own",
            )
        for position, before in sorted(self.repeats.items()):
            if position not in contradicting:
                self._note_repeat(position, before, table, notes)

    def _note_repeat(self, position: int, before: int, table: DeliveredTable, notes: Notes) -> None:
        participant, session = self.scans.keys[self.scans.scan_of[position]]
        message = f"row {table.rows[position]} repeats row {table.rows[before]} and was dropped"
        notes.finding(
            "duplicate_row",
            "dropped",
            message,
            participant_id=participant,
            session=session,
            row=table.rows[position],
        )

    @staticmethod
    def _differs(first: int, second: int, values: Cells, volumes: Cells) -> bool:
        if volumes and volumes[first] != volumes[second]:
            return True
        return values[first] != values[second]
