"""What a site's scans lack beside values: covariates, scanners, one spelling of a scanner."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from multipet.core.problems import listed
from multipet.ingest.delivered_table import DeliveredTable
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


#: Names of columns that say with which tracer, or whether a scan is good; no case, no separators.
TRACER_COLUMNS = ("tracer", "tracername", "radiotracer", "radioligand", "ligand", "pettracer")
QC_COLUMNS = (
    *("qc", "qcflag", "qcpass", "qcstatus", "quality"),
    *("use", "usable", "exclude", "excluded"),
)
#: Other names of a tracer.
SYNONYMS = {
    "fbp": "florbetapir",
    "av45": "florbetapir",
    "amyvid": "florbetapir",
    "fbb": "florbetaben",
    "neuraceq": "florbetaben",
    "ftp": "flortaucipir",
    "av1451": "flortaucipir",
    "t807": "flortaucipir",
    "pittsburghcompoundb": "pib",
}
ISOTOPES = re.compile(r"\[?(?:11c|c11|18f|f18|15o|o15|64cu|68ga)\]?")


def note_unread_meaning(
    table: DeliveredTable, unread: Sequence[str], tracer: str, notes: Notes
) -> None:
    """Note unread columns that say that scans differ in tracer, or that some are no good.

    Parameters
    ----------
    table
        A site's table.
    unread
        Its columns that nothing in the config reads.
    tracer
        ``study.tracer``; may be empty.
    notes
        Takes the findings.
    """
    for header in unread:
        name = "".join(letter for letter in header.casefold() if letter.isalnum())
        if name in TRACER_COLUMNS:
            _note_tracers(table, header, tracer, notes)
        elif name in QC_COLUMNS:
            counts = Counter(cell for cell in table.others[header] if cell)
            if len(counts) > 1:
                message = (
                    f'column "{header}" of {table.name} tells scans apart and nothing reads it: '
                    f"{listed(_told(counts))}"
                )
                hint = f'to leave some out, use select: {{{header}: ["{max(counts)}"]}}'
                notes.finding("qc_column", "noted", f"{message}; {hint}", value=header)


def _note_tracers(table: DeliveredTable, header: str, tracer: str, notes: Notes) -> None:
    counts = Counter(cell for cell in table.others[header] if cell)
    kinds = {_ligand(cell) for cell in counts}
    if len(kinds | ({_ligand(tracer)} if tracer else set())) > 1:
        study = f", and study.tracer is {tracer}" if tracer else ""
        message = (
            f'column "{header}" of {table.name}, which nothing reads, names {listed(_told(counts))}'
            f"{study}: values of several tracers are not on one scale"
        )
        notes.finding("several_tracers", "noted", message, value=listed(counts))


def _ligand(tracer: str) -> str:
    """Name of a tracer without its isotope: [11C]PiB, C11-PIB and PIB are one."""
    bare = ISOTOPES.sub("", tracer.casefold())
    name = "".join(letter for letter in bare if letter.isalnum())
    return SYNONYMS.get(name, name)


def _told(counts: Mapping[str, int]) -> list[str]:
    return [f"{word} ({count} row{'' if count == 1 else 's'})" for word, count in counts.items()]
