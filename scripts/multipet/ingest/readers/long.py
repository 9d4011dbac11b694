"""Format ``long_table``: one row a region of a scan, its name in a column."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from multipet.config.delivered import SiteSettings
from multipet.config.specs import TidyStudy
from multipet.core.problems import listed
from multipet.ingest.delivered_table import (
    NO_SCAN,
    DeliveredTable,
    read_delivered,
    refuse_missing_column,
)
from multipet.ingest.notes import Notes
from multipet.ingest.readers.delivery import (
    SCAN_NAMES,
    Delivery,
    Misfit,
    Reader,
    RegionCells,
    note_ignored,
    note_unread,
    refuse_bad_names,
    without_ignored,
)


def read_long(site: SiteSettings, study: TidyStudy, notes: Notes) -> Delivery:
    """Read a table of one row a region of a scan."""
    columns = dict(site.columns)
    columns.setdefault("value", study.study.outcome.column)
    names = [*SCAN_NAMES, *study.variables, "region", "value", "volume"]
    mapped = msgspec.structs.replace(site, columns=columns)
    table = read_delivered(mapped, names, notes, numbers=names[-2:])
    for name in ("participant_id", "region", "value"):
        refuse_missing_column(table, name, notes)
    regions = long_regions(table, site, notes) if "region" in table.cells else {}
    unread = note_unread(table, site.select, notes)
    numbers = {name: table.cells[name] for name in names[-2:] if name in table.cells}
    return Delivery(table, regions, numbers, unread)


def long_regions(table: DeliveredTable, site: SiteSettings, notes: Notes) -> dict[str, RegionCells]:
    """Rows of each region of a long table."""
    settings, names = site.regions, site.regions.names
    positions = _positions(table, notes)
    delivered_as: dict[str, str] = {}
    regions: dict[str, RegionCells] = {}
    volume = "volume" if "volume" in table.cells else ""
    read = without_ignored({cell: names.get(cell, cell) for cell in positions}, settings)
    for cell, region in read.items():
        where = positions[cell]
        if region in regions:
            message = f'"{delivered_as[region]}" and "{cell}" are both region "{region}"'
            notes.problem(table.place(where[0], "region"), message, "change regions.names")
        delivered_as[region] = cell
        regions[region] = RegionCells(where, "value", volume, cell)
    ignored = {cell: len(where) for cell, where in positions.items() if cell not in read}
    note_ignored(table, "row", ignored, notes)
    refuse_bad_names(table, read, notes)
    if positions and not read:
        notes.problem(table.name, "regions.ignore leaves out every row", "name fewer regions in it")
    _note_unused_names(table, names, positions, notes)
    return regions


def _positions(table: DeliveredTable, notes: Notes) -> dict[str, Sequence[int]]:
    """Rows of each region, by its name as delivered."""
    from multipet.ingest.readers.numbers import as_column  # with numpy

    positions = as_column(table.cells["region"]).positions()
    for position in positions.pop("", ()):
        notes.problem(table.place(position, "region"), "is empty", NO_SCAN)
    return positions


def _note_unused_names(
    table: DeliveredTable,
    names: Mapping[str, str],
    positions: Mapping[str, Sequence[int]],
    notes: Notes,
) -> None:
    unused = [name for name in names if name not in positions]
    if unused:
        message = f"no row of {table.name} is of {listed(unused)} (in regions.names)"
        notes.finding("unused_region_name", "noted", message, value=listed(unused))


def _misfits(site: SiteSettings) -> Iterator[Misfit]:
    for part in ("prefix", "suffix"):
        if getattr(site.regions, part):
            hint = "a long table names its regions in a column: use names"
            yield ("regions", part), "belongs to wide_table", hint


LONG = Reader("long_table", "one row a region of a scan", read_long, _misfits)
