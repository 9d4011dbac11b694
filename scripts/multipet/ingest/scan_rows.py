"""Rows of a delivered table folded into scans: repeated rows, contradictions, missing values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from multipet.core.problems import listed
from multipet.ingest.covariates import Covariate, CovariateColumn
from multipet.ingest.delivered_table import DeliveredTable
from multipet.ingest.notes import Notes
from multipet.ingest.readers.numbers import as_column, first_positions

Cells = np.ndarray
#: A column that says which measure, hemisphere or method a row is of has few words.
MOST_WORDS = 30


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
    scan_of: np.ndarray
    first: np.ndarray


def scans_of(ids: Sequence[str], sessions: Sequence[str]) -> ScanRows:
    """Number the scans of a table."""
    people, times = as_column(ids), as_column(sessions)
    pairs = people.codes.astype(np.int64) * len(times.words) + times.codes
    count = len(people.words) * len(times.words)
    if count > 4 * len(pairs):  # a place for each would be too many
        different, pairs = np.unique(pairs, return_inverse=True)
        count = len(different)
    first = first_positions(pairs, count)
    order = np.argsort(first, kind="stable")[: np.count_nonzero(first < len(pairs))]
    number = np.empty(count, np.int32)
    number[order] = np.arange(len(order))
    keys = [(people[at], times[at]) for at in first[order].tolist()]
    return ScanRows(keys, number[pairs], first[order])


def scan_attribute(
    name: str, cells: CovariateColumn, scans: ScanRows, table: DeliveredTable, notes: Notes
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
    chosen = scans.first.tolist()
    completed = 0
    for position in _rows_to_compare(cells.keys, scans).tolist():
        scan = scans.scan_of[position]
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


def _rows_to_compare(keys: np.ndarray, scans: ScanRows) -> np.ndarray:
    """Rows of the scans whose rows are not all alike."""
    first = keys[scans.first][scans.scan_of]
    other = (keys != first) & ~(np.isnan(keys) & np.isnan(first))
    odd = np.zeros(len(scans.keys), bool)
    odd[scans.scan_of[other]] = True
    return np.flatnonzero(odd[scans.scan_of])


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
    """Values of one region, a value a scan, with the row position each came from (else -1)."""

    values: Cells
    volumes: Cells
    positions: np.ndarray


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
        if len(positions) == len(self.scans.keys) == len(values):
            return Placed(values, volumes, np.arange(len(values)))
        own = np.asarray(positions, dtype=np.intp)
        source = np.full(len(self.scans.keys), -1)
        # of several rows of a scan the first one counts
        source[self.scans.scan_of[own[::-1]]] = own[::-1]
        if np.count_nonzero(source >= 0) < len(own):
            self._compare(region, own, source, values, volumes)
        return Placed(_taken(values, source), _taken(volumes, source), source)

    def _compare(
        self, region: str, positions: np.ndarray, source: np.ndarray, values: Cells, volumes: Cells
    ) -> None:
        """Remember the rows of a region whose scan has it in an earlier row already."""
        before = source[self.scans.scan_of[positions]]
        later = before != positions
        pairs = zip(before[later].tolist(), positions[later].tolist(), strict=True)
        for first, second in pairs:
            if _differs(first, second, values, volumes):
                told = f"{region} {shown(_cell(values, first))} and {shown(_cell(values, second))}"
                self.conflicts.setdefault((first, second), told)
            else:
                self.repeats[second] = first

    def tell(self, table: DeliveredTable, notes: Notes) -> None:
        """Note what was found: a row that says the same is dropped, another one is a problem."""
        if columns := _telling_apart(self.conflicts, table):
            self._tell_measures(columns, table, notes)
            return
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

    def _tell_measures(self, columns: Sequence[str], table: DeliveredTable, notes: Notes) -> None:
        """Stop, in one line, where rows hold several things of a scan and region."""
        first, second = next(iter(self.conflicts))
        values = {name: list(dict.fromkeys(table.others[name])) for name in columns}
        told = " and ".join(f'"{name}" ({listed(found)})' for name, found in values.items())
        ones = ", ".join(f'{name}: ["{found[0]}"]' for name, found in values.items())
        notes.problem(
            f"{table.name}, rows {table.rows[first]} and {table.rows[second]}",
            f"rows of one scan and region differ in {told}: {len(self.conflicts)} such pairs",
            f"choose the rows to read, as select: {{{ones}}}; if a column is a part of the "
            "region's name, write both into one column",
        )

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


def _telling_apart(conflicts: Mapping[tuple[int, int], str], table: DeliveredTable) -> list[str]:
    """Unread columns of few words that tell apart all rows that contradict one another."""
    read = set(table.headers.values())
    candidates = [
        header
        for header, cells in (table.others.items() if len(conflicts) > 1 else ())
        if header not in read and 1 < len(set(cells)) <= MOST_WORDS
    ]
    telling = {
        header: {pair for pair in conflicts if len({table.others[header][at] for at in pair}) > 1}
        for header in candidates
    }
    if not conflicts or set().union(*telling.values()) != set(conflicts):
        return []
    return [header for header, pairs in telling.items() if pairs]


def _taken(values: Cells, source: np.ndarray) -> Cells:
    """The value of each scan; NaN where it has none, nothing where there are no ``values``."""
    return np.where(source < 0, np.nan, values[source]) if len(values) else values


def _differs(first: int, second: int, values: Cells, volumes: Cells) -> bool:
    if len(volumes) and _cell(volumes, first) != _cell(volumes, second):
        return True
    return _cell(values, first) != _cell(values, second)


def _cell(values: Cells, position: int) -> float | None:
    value = float(values[position])
    return None if value != value else value
