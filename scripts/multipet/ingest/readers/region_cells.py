"""Where the values of each region stand in a wide or a long table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multipet.core.problems import did_you_mean, listed
from multipet.ingest.delivered_table import FORMULA, NO_SCAN, RESERVED, DeliveredTable, is_formula
from multipet.ingest.notes import Notes
from multipet.ingest.regions import region_columns, stripped


@dataclass(frozen=True)
class RegionCells:
    """Cells of one region.

    Attributes
    ----------
    positions
        Row positions that hold the region.
    value, volume
        Columns with its values and volumes; ``volume`` is empty where there are none.
    delivered
        Name of the region in the table, without prefix and suffix.
    """

    positions: Sequence[int]
    value: str
    volume: str = ""
    delivered: str = ""


def wide_regions(
    table: DeliveredTable, site: Mapping[str, Any], notes: Notes
) -> dict[str, RegionCells]:
    """Region columns of a wide table."""
    taken = set(table.headers.values())
    free = [header for header in table.others if header not in taken]
    settings, volumes = site.get("regions") or {}, site.get("volumes") or {}
    columns = region_columns(free, {**settings, "ignore": ()})
    volume_columns = _volume_columns(free, settings, volumes)
    for header in volume_columns:
        columns.pop(header, None)
    _check_named(table, settings, columns, notes)
    read = _read_ones(columns, settings)
    _note_ignored(table, "column", {name: 1 for name in columns if name not in read}, notes)
    _refuse_reserved(table, read, notes)
    if not read:
        message = f"no region column ({_affixes(settings)})"
        notes.problem(table.name, message, f"the columns are {listed(free, most=30)}")
    volume_of = {region: header for header, region in volume_columns.items()}
    found: dict[str, RegionCells] = {}
    everywhere = range(len(table.rows))
    for header, region in read.items():
        if region in found:
            message = f'columns "{found[region].value}" and "{header}" are both region "{region}"'
            notes.problem(table.name, message, "list one of them under regions.ignore")
        else:
            bare = stripped(header, settings)
            found[region] = RegionCells(everywhere, header, volume_of.get(region, ""), bare)
    return found


def long_regions(
    table: DeliveredTable, site: Mapping[str, Any], notes: Notes
) -> dict[str, RegionCells]:
    """Rows of each region of a long table."""
    settings = site.get("regions") or {}
    names = settings.get("names") or {}
    positions: dict[str, list[int]] = {}
    delivered_as: dict[str, str] = {}
    for position, cell in enumerate(table.cells["region"]):
        if cell:
            positions.setdefault(cell, []).append(position)
        else:
            notes.problem(table.place(position, "region"), "is empty", NO_SCAN)
    found: dict[str, RegionCells] = {}
    volume = "volume" if "volume" in table.cells else ""
    read = _read_ones({cell: names.get(cell, cell) for cell in positions}, settings)
    for cell, region in read.items():
        where = positions[cell]
        if region in found:
            message = f'"{delivered_as[region]}" and "{cell}" are both region "{region}"'
            notes.problem(table.place(where[0], "region"), message, "change regions.names")
        delivered_as[region] = cell
        found[region] = RegionCells(where, "value", volume, cell)
    ignored = {cell: len(where) for cell, where in positions.items() if cell not in read}
    _note_ignored(table, "row", ignored, notes)
    _refuse_reserved(table, read, notes)
    if positions and not read:
        notes.problem(table.name, "regions.ignore leaves out every row", "name fewer regions in it")
    _note_unused_names(table, names, positions, notes)
    return found


def _read_ones(regions: Mapping[str, str], settings: Mapping[str, Any]) -> dict[str, str]:
    """Regions, by their name as delivered, without those to ignore (by either name)."""
    ignored = set(settings.get("ignore") or ())
    return {name: ours for name, ours in regions.items() if not {name, ours} & ignored}


def _refuse_reserved(table: DeliveredTable, read: Mapping[str, str], notes: Notes) -> None:
    for delivered, region in read.items():
        if region in RESERVED:
            message = f'"{delivered}" is a region called "{region}", which names nothing'
            notes.problem(table.name, message, "give it a name in regions.names, or ignore it")
        elif is_formula(region):
            hint = "give it another name in regions.names"
            notes.problem(table.name, f'region "{region}" {FORMULA}', hint)


def _note_ignored(
    table: DeliveredTable, what: str, ignored: Mapping[str, int], notes: Notes
) -> None:
    if ignored:
        count = sum(ignored.values())
        counted = f"{count} {what}{'' if count == 1 else 's'}"
        message = f"{counted} of {table.name} left out by regions.ignore: {listed(ignored)}"
        notes.finding("region_not_kept", "dropped", message, value=count)


def note_unread(
    table: DeliveredTable, cells: Mapping[str, RegionCells], site: Mapping[str, Any], notes: Notes
) -> tuple[str, ...]:
    """Name the columns that nothing in the config reads: one may be a forgotten region."""
    settings = site.get("regions") or {}
    used = {header for one in cells.values() for header in (one.value, one.volume)}
    used |= set(table.headers.values()) | set(site.get("select") or {})
    if site["format"] == "wide_table":
        regions = region_columns(table.others, {**settings, "ignore": ()})
        used |= regions.keys() | set(settings.get("ignore") or ())
    unread = [header for header in table.others if header not in used]
    if unread:
        columns = "a column" if len(unread) == 1 else "columns"
        message = f"{table.name} has {columns} that the config does not read: {listed(unread)}"
        notes.finding("column_not_read", "noted", message, value=listed(unread))
    return tuple(unread)


def _volume_columns(
    free: Sequence[str], settings: Mapping[str, Any], volumes: Mapping[str, Any]
) -> dict[str, str]:
    """Volume columns; a header that fits both belongs to the longer prefix and suffix."""
    if not (volumes.get("prefix") or volumes.get("suffix")):
        return {}
    others: set[str] = set()
    if _affix_length(settings) > _affix_length(volumes):
        others = set(region_columns(free, {**settings, "names": {}}))
    affixes = {"prefix": volumes.get("prefix"), "suffix": volumes.get("suffix")}
    found = region_columns(free, {**affixes, "ignore": others})
    names = settings.get("names") or {}
    return {header: names.get(region, region) for header, region in found.items()}


def _affix_length(settings: Mapping[str, Any]) -> int:
    return len(settings.get("prefix") or "") + len(settings.get("suffix") or "")


def _affixes(settings: Mapping[str, Any]) -> str:
    given = [f'{key} "{settings[key]}"' for key in ("prefix", "suffix") if settings.get(key)]
    return " and ".join(given) or "names listed in regions.names"


def _check_named(
    table: DeliveredTable, settings: Mapping[str, Any], columns: Mapping[str, str], notes: Notes
) -> None:
    prefix, suffix = settings.get("prefix") or "", settings.get("suffix") or ""
    for name in settings.get("names") or {}:
        if name not in columns and f"{prefix}{name}{suffix}" not in columns:
            message = f'no region column "{prefix}{name}{suffix}" (in regions.names)'
            notes.problem(table.name, message, did_you_mean(name, table.others))


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
