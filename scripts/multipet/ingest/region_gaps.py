"""Values that are not there: a cell, a scan, a region of a site, a part of a combination."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from multipet.ingest.notes import Notes
from multipet.ingest.regions import RegionValues
from multipet.ingest.scan_notes import about_scan
from multipet.ingest.tidy_table import SiteTable
from multipet.problems import listed

Values = Sequence[float | None]


def note_missing_values(
    table: SiteTable, used: AbstractSet[str], finals: AbstractSet[str], notes: Notes
) -> set[int]:
    """Note missing cells, one line for a whole scan or a whole region that has no value.

    Cells that matter only as a part of a combination are left to ``note_missing_parts``.

    Parameters
    ----------
    table
        A site's tidy table.
    used
        Delivered regions that the study takes up; the others are one line in all.
    finals
        Regions of the pooled table.
    notes
        Takes the findings.

    Returns
    -------
    set
        Positions of the scans without any value.
    """
    unused = [region for region in table.regions if region not in used]
    if unused:
        message = f"regions that the study does not keep: {listed(unused, 100)}"
        notes.finding("region_not_kept", "dropped", message, site=table.site, value=len(unused))
    columns = {name: one.values for name, one in table.regions.items() if name in used}
    empty = {
        position
        for position in range(len(table.scans))
        if columns and all(values[position] is None for values in columns.values())
    }
    for position in sorted(empty):
        message = "the scan has no value in any region"
        about_scan("scan_without_values", message, table.scans[position], notes)
    for region, values in columns.items():
        if region in finals:
            _note_cells(table, region, values, empty, notes)
    _note_idle_scanners(table, empty, notes)
    return empty


def _note_cells(
    table: SiteTable, region: str, values: Values, empty: set[int], notes: Notes
) -> None:
    gaps = [i for i, value in enumerate(values) if value is None and i not in empty]
    if gaps and len(gaps) + len(empty) == len(values):
        message = f"no scan of {table.site} has a value of {region}"
        notes.finding("region_without_values", "missing", message, site=table.site, region=region)
        return
    for position in gaps:
        row = table.rows[region][position]
        message = "no value" if row else "no row of this region for the scan"
        scan = table.scans[position]
        about_scan("missing_value", message, scan, notes, region=region, row=row)


def _note_idle_scanners(table: SiteTable, empty: set[int], notes: Notes) -> None:
    scans = [0] * len(table.scans)
    for position in empty:
        scans[position] = 1
    idle = dict.fromkeys(table.scans[position].scanner for position in sorted(empty))
    for scanner in idle:
        own = [
            gone for scan, gone in zip(table.scans, scans, strict=True) if scan.scanner == scanner
        ]
        if all(own):
            which = "the one scan" if len(own) == 1 else f"none of the {len(own)} scans"
            has = "has no" if len(own) == 1 else "has a"
            message = f'{which} on "{scanner}" {has} value'
            notes.finding(
                "scanner_without_values", "noted", message, site=table.site, value=scanner
            )


def note_missing_parts(
    table: SiteTable,
    region: str,
    parts: Mapping[str, RegionValues],
    empty: AbstractSet[int],
    notes: Notes,
    *,
    weighted: bool,
) -> None:
    """Note scans whose combination is missing because a part is, or its volume.

    Parameters
    ----------
    table
        The site's tidy table.
    region
        The combination.
    parts
        Part -> its values after exclusions, and its volumes.
    empty
        Scans without any value, which have been noted.
    notes
        Takes the findings.
    weighted
        Whether the combination is weighted by volume.
    """
    idle = [name for name, one in parts.items() if one.values.count(None) == len(one.values)]
    if idle and len(empty) < len(table.scans):
        message = (
            f"no scan of {table.site} has a value of {listed(idle)}: {region} is missing there"
        )
        notes.finding("region_without_values", "missing", message, site=table.site, region=region)
        return
    for position, scan in enumerate(table.scans):
        lacking = {}
        for part, one in parts.items():
            if one.values[position] is None:
                lacking[_gap(table, part, position)] = part
            elif weighted and one.volumes[position] is None:
                lacking[f"no volume of {part}"] = part
        if lacking and position not in empty:
            message = f"{region} was not computed: {listed(lacking)}"
            cells = (table.rows[part][position] for part in lacking.values())
            rows = listed(sorted({row for row in cells if row is not None}))
            about_scan("missing_part", message, scan, notes, region=region, row=rows)


def _gap(table: SiteTable, part: str, position: int) -> str:
    """What is not there of a part of a combination."""
    if table.regions[part].values[position] is not None:
        return f"{part} was excluded"
    return f"no value of {part}" if table.rows[part][position] else f"no row of {part}"


def note_missing_region(table: SiteTable, region: str, notes: Notes) -> None:
    """Note a region that a whole site lacks."""
    message = f"{table.site} does not deliver {region}; it is missing there"
    notes.finding("missing_region", "missing", message, site=table.site, region=region)
