"""What a site's scans lack beside values: covariates, scanners, one spelling of a scanner."""

from dataclasses import replace

from multipet.core.problems import listed
from multipet.ingest.notes import Notes
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable

NO_SCANNER = "unspecified"


def note_scans(table: SiteTable, names_scanners: bool, notes: Notes) -> None:
    """Note missing covariates, scans without a scanner, and scanners spelled in two ways.

    Parameters
    ----------
    table
        The site's tidy table.
    names_scanners
        Whether the site says on which scanner a scan was made.
    notes
        Takes the findings.
    """
    for scan in table.scans:
        cells = zip(table.variables, scan.covariates, strict=True)
        lacking = listed(name for name, cell in cells if cell is None)
        if lacking:
            message = f"no {lacking}; models that use it leave this scan out"
            about_scan("missing_covariate", message, scan, notes, value=lacking)
        if names_scanners and _camera(scan) == NO_SCANNER:
            message = f'no scanner; it counts as on a scanner of its own, "{scan.scanner}"'
            about_scan("missing_scanner", message, scan, notes)
    _note_spellings(table, notes)


def without_rowless(table: SiteTable, notes: Notes) -> SiteTable:
    """Leave out, and note, scans of a long table whose rows are all of ignored regions.

    The tidy table has a row a scan and region, so that these have no place in it.
    """
    kept = [
        position
        for position in range(len(table.scans))
        if any(rows[position] is not None for rows in table.rows.values())
    ]
    if len(kept) == len(table.scans):
        return table
    for position in sorted(set(range(len(table.scans))) - set(kept)):
        message = "the scan has no row of a region that is read"
        about_scan("scan_without_values", message, table.scans[position], notes)
    regions = {
        name: RegionValues(one.values[kept], one.volumes[kept] if len(one.volumes) else one.volumes)
        for name, one in table.regions.items()
    }
    rows = {name: tuple(own[position] for position in kept) for name, own in table.rows.items()}
    scans = tuple(table.scans[position] for position in kept)
    return replace(table, scans=scans, regions=regions, rows=rows)


def about_scan(check: str, message: str, scan: Scan, notes: Notes, **more: object) -> None:
    """Add a finding about something that a scan lacks."""
    concerns = {
        "site": scan.site,
        "participant_id": scan.participant_id,
        "session": scan.session,
        "row": scan.row,
    }
    notes.finding(check, "missing", message, **{**concerns, **more})


def _camera(scan: Scan) -> str:
    return scan.scanner.removeprefix(f"{scan.site}/")


def _note_spellings(table: SiteTable, notes: Notes) -> None:
    spellings: dict[str, dict[str, int]] = {}
    for scan in table.scans:
        label = _camera(scan)
        bare = "".join(letter for letter in label.casefold() if letter.isalnum())
        counts = spellings.setdefault(bare or label, {})
        counts[label] = counts.get(label, 0) + 1
    for counts in spellings.values():
        if len(counts) > 1:
            told = ", ".join(_counted(label, n) for label, n in counts.items())
            message = f"scanner names that look alike were kept apart: {told}"
            notes.finding("scanner_spelled_twice", "noted", message, value=listed(counts))


def _counted(label: str, scans: int) -> str:
    return f'"{label}" ({scans} scan{"" if scans == 1 else "s"})'
