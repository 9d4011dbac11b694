"""What a site's scans lack beside values: covariates, scanners, one spelling of a scanner."""

from multipet.ingest.notes import Notes
from multipet.ingest.tidy_table import Scan, SiteTable
from multipet.problems import listed

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
