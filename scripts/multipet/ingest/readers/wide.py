"""Format ``wide_table``: one row a scan, one column a region."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from multipet.config.delivered import RegionNames, SiteSettings, VolumeColumns
from multipet.config.specs import TidyStudy
from multipet.core.problems import did_you_mean, listed
from multipet.ingest.delivered_table import DeliveredTable, read_delivered, refuse_missing_column
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


def read_wide(site: SiteSettings, study: TidyStudy, notes: Notes) -> Delivery:
    """Read a table of one row a scan and one column a region."""
    table = read_delivered(site, [*SCAN_NAMES, *study.variables], notes)
    refuse_missing_column(table, "participant_id", notes)
    regions = wide_regions(table, site, notes)
    unread = note_unread(table, _known_headers(table, regions, site), notes)
    headers = [header for one in regions.values() for header in (one.value, one.volume) if header]
    return Delivery(table, regions, {header: table.others[header] for header in headers}, unread)


def _known_headers(
    table: DeliveredTable, cells: Mapping[str, RegionCells], site: SiteSettings
) -> set[str]:
    """Headers that the config reads, selects by or ignores."""
    known = {header for one in cells.values() for header in (one.value, one.volume)}
    known |= {*site.select, *site.regions.ignore}
    return known | region_columns(table.others, site.regions, site.regions.names).keys()


def wide_regions(table: DeliveredTable, site: SiteSettings, notes: Notes) -> dict[str, RegionCells]:
    """Region columns of a wide table."""
    taken = set(table.headers.values())
    free = [header for header in table.others if header not in taken]
    settings = site.regions
    columns = region_columns(free, settings, settings.names)
    volume_columns = _volume_columns(free, settings, site.volumes)
    for header in volume_columns:
        columns.pop(header, None)
    _check_named(table, settings, columns, notes)
    read = without_ignored(columns, settings)
    note_ignored(table, "column", {name: 1 for name in columns if name not in read}, notes)
    refuse_bad_names(table, read, notes)
    if not read:
        message = f"no region column ({_affixes(settings)})"
        notes.problem(table.name, message, f"the columns are {listed(free, most=30)}")
    volume_of = {region: header for header, region in volume_columns.items()}
    regions: dict[str, RegionCells] = {}
    everywhere = range(len(table.rows))
    for header, region in read.items():
        if region in regions:
            message = f'columns "{regions[region].value}" and "{header}" are both region "{region}"'
            notes.problem(table.name, message, "list one of them under regions.ignore")
        else:
            bare = stripped(header, settings)
            regions[region] = RegionCells(everywhere, header, volume_of.get(region, ""), bare)
    return regions


def region_columns(
    headers: Iterable[str], affixes: RegionNames | VolumeColumns, names: Mapping[str, str]
) -> dict[str, str]:
    """Find the region columns of a wide table.

    Parameters
    ----------
    headers
        Headers not used for anything else.
    affixes
        ``prefix`` and ``suffix``: both must fit, and are stripped.
    names
        As delivered, after stripping: ours; this also finds columns that neither fits.

    Returns
    -------
    dict
        Header -> our name of the region.
    """
    bare = {header: stripped(header, affixes) for header in headers}
    return {
        header: names.get(name, name)
        for header, name in bare.items()
        if name != header or header in names
    }


def stripped(header: str, affixes: RegionNames | VolumeColumns) -> str:
    """``header`` without the prefix and the suffix, if both fit."""
    prefix, suffix = affixes.prefix, affixes.suffix
    fits = header.startswith(prefix) and header.endswith(suffix)
    bare = header[len(prefix) : len(header) - len(suffix)].strip()
    return bare if fits and bare and len(header) > len(prefix) + len(suffix) else header


def _volume_columns(
    free: Sequence[str], settings: RegionNames, volumes: VolumeColumns
) -> dict[str, str]:
    """Volume columns; a header that fits both belongs to the longer prefix and suffix."""
    if not (volumes.prefix or volumes.suffix):
        return {}
    others: set[str] = set()
    if _affix_length(settings) > _affix_length(volumes):
        others = set(region_columns(free, settings, {})) - set(settings.ignore)
    found = region_columns([header for header in free if header not in others], volumes, {})
    return {header: settings.names.get(region, region) for header, region in found.items()}


def _affix_length(affixes: RegionNames | VolumeColumns) -> int:
    return len(affixes.prefix) + len(affixes.suffix)


def _affixes(settings: RegionNames) -> str:
    affixes = {"prefix": settings.prefix, "suffix": settings.suffix}
    given = [f'{name} "{affix}"' for name, affix in affixes.items() if affix]
    return " and ".join(given) or "names listed in regions.names"


def _check_named(
    table: DeliveredTable, settings: RegionNames, columns: Mapping[str, str], notes: Notes
) -> None:
    prefix, suffix = settings.prefix, settings.suffix
    for name in settings.names:
        if name not in columns and f"{prefix}{name}{suffix}" not in columns:
            message = f'no region column "{prefix}{name}{suffix}" (in regions.names)'
            notes.problem(table.name, message, did_you_mean(name, table.others))


def _misfits(site: SiteSettings) -> Iterator[Misfit]:
    regions = site.regions
    if not (regions.prefix or regions.suffix or regions.names):
        hint = "give a prefix, a suffix or names"
        yield ("regions",), "does not say which columns are regions", hint
    for column in ("region", "value", "volume"):
        if column in site.columns:
            hint = "a wide table has a column a region: use regions and volumes"
            yield ("columns", column), "belongs to long_table", hint


WIDE = Reader("wide_table", "one row a scan, one column a region", read_wide, _misfits)
