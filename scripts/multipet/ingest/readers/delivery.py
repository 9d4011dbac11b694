"""What a reader is, and what each hands over: a table under our names, and its regions' cells."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from multipet.config.delivered import RegionNames, SiteSettings
from multipet.config.specs import TidyStudy
from multipet.core.problems import listed
from multipet.ingest.delivered_table import FORMULA, RESERVED, DeliveredTable, is_date, is_formula
from multipet.ingest.notes import Notes

#: What every table of scans may say beside its values and covariates.
SCAN_NAMES = ("participant_id", "session", "scanner")


@dataclass(frozen=True)
class RegionCells:
    """Cells of one region.

    Attributes
    ----------
    positions
        Row positions that hold the region.
    value, volume
        Columns of ``Delivery.numbers`` with its values and volumes; ``volume`` is empty where
        there are none.
    delivered
        Name of the region in the table, without prefix and suffix.
    """

    positions: Sequence[int]
    value: str
    volume: str = ""
    delivered: str = ""


@dataclass(frozen=True)
class Delivery:
    """A site's scans and regions as any reader finds them.

    Attributes
    ----------
    table
        Ids, sessions, scanners and covariates by our names, and where each row is from.
    regions
        Our region -> its cells.
    numbers
        Column -> text cells of values and volumes, one a row of ``table``.
    unread
        Columns that nothing in the config reads: one may be a forgotten region.
    """

    table: DeliveredTable
    regions: dict[str, RegionCells]
    numbers: dict[str, Sequence[str]]
    unread: tuple[str, ...] = ()


#: Key below the site's entry, what is wrong there, the likely fix.
Misfit = tuple[tuple[str, ...], str, str]


@dataclass(frozen=True)
class Reader:
    """A format that sites deliver.

    Attributes
    ----------
    format
        ``format`` of a site's entry in the config.
    meaning
        What a file of this format is, for the manual.
    read
        Reads the site's entry (first) of a study (second: ``study`` and ``variables``);
        problems and findings go to the notes.
    misfits
        What the site's entry lacks, or says and this format cannot use; files unread.
    """

    format: str
    meaning: str
    read: Callable[[SiteSettings, TidyStudy, Notes], Delivery]
    misfits: Callable[[SiteSettings], Iterator[Misfit]]


def without_ignored(regions: Mapping[str, str], settings: RegionNames) -> dict[str, str]:
    """Regions, by their name as delivered, without those to ignore (by either name)."""
    ignored = set(settings.ignore)
    return {name: ours for name, ours in regions.items() if not {name, ours} & ignored}


def refuse_bad_names(table: DeliveredTable, read: Mapping[str, str], notes: Notes) -> None:
    """Stop on regions whose name names nothing, or that a spreadsheet would compute."""
    for delivered, region in read.items():
        if region in RESERVED:
            message = f'"{delivered}" is a region called "{region}", which names nothing'
            notes.problem(table.name, message, "give it a name in regions.names, or ignore it")
        elif is_formula(region):
            hint = "give it another name in regions.names"
            notes.problem(table.name, f'region "{region}" {FORMULA}', hint)
        elif is_date(region):
            message = f'region "{region}" is a date: a spreadsheet made it of a name such as SEPT1?'
            notes.problem(table.name, message, "correct it, or say what it is in regions.names")


def note_ignored(
    table: DeliveredTable, what: str, ignored: Mapping[str, int], notes: Notes
) -> None:
    """Note how many columns or rows (``what``) of which regions ``regions.ignore`` left out."""
    if ignored:
        count = sum(ignored.values())
        counted = f"{count} {what}{'' if count == 1 else 's'}"
        message = f"{counted} of {table.name} left out by regions.ignore: {listed(ignored)}"
        notes.finding("region_not_kept", "dropped", message, value=count)


def note_unread(table: DeliveredTable, known: Iterable[str], notes: Notes) -> tuple[str, ...]:
    """Name the columns that are not ``known``: neither mapped nor read nor to be ignored."""
    used = {*known, *table.headers.values()}
    unread = [header for header in table.others if header not in used]
    if unread:
        columns = "a column" if len(unread) == 1 else "columns"
        message = f"{table.name} has {columns} that the config does not read: {listed(unread)}"
        notes.finding("column_not_read", "noted", message, value=listed(unread))
    return tuple(unread)
