"""A site's raw table -> its tidy table, with every mistake of the table told at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from multipet.config.delivered import MeasuredVariable, SiteSettings
from multipet.config.specs import TidyStudy
from multipet.core.problems import did_you_mean
from multipet.ingest.covariates import Covariate, CovariateColumn, texts_as_covariate, typed_columns
from multipet.ingest.delivered_table import DeliveredTable, refuse_missing_column
from multipet.ingest.ids import refuse_bad_ids
from multipet.ingest.notes import Notes
from multipet.ingest.participants import Participants, join, read_participants
from multipet.ingest.readers.delivery import RegionCells
from multipet.ingest.readers.numbers import TextColumn
from multipet.ingest.readers.registry import READERS
from multipet.ingest.scan_notes import NO_SCANNER, note_scans, note_unread_meaning, without_rowless
from multipet.ingest.scan_rows import Placing, ScanRows, scan_attribute, scans_of
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable, Values

FIRST_SESSION = "1"


def read_site(
    site_id: str,
    site: SiteSettings,
    study: TidyStudy,
    participants: Participants | None = None,
) -> SiteTable:
    """Read and tidy the table of one site.

    Parameters
    ----------
    site_id
        Name of the site.
    site
        Its entry in the config, defaults filled in.
    study
        ``study``, ``variables`` and ``participants`` of the config.
    participants
        The participants table where it has been read already.

    Raises
    ------
    UserError
        With everything that is wrong in the table.
    """
    participants = participants or read_participants(study)
    notes, variables = Notes("tidy", site_id), study.variables
    delivery = READERS[site.format].read(site, study, notes)
    table, cells = delivery.table, delivery.regions
    note_unread_meaning(table, delivery.unread, study.study.tracer, notes)
    covariates, numbers = typed_columns(table, variables, delivery.numbers, site, notes)
    _check_volumes(table, cells, numbers, notes)
    _check_variables(table, variables, participants, notes)
    refuse_bad_ids(table, notes)
    notes.stop_on_problems()
    scans = scans_of(table.cells["participant_id"], _sessions(table, notes))
    elsewhere = participants.variables if participants else ()
    attributes = _attributes(table, scans, site_id, covariates, "scanner" in elsewhere, notes)
    regions, rows = _placed(table, scans, cells, numbers, notes)
    if participants:
        attributes = join(participants, site_id, scans.keys, attributes, table, notes)
    notes.stop_on_problems()
    every = _scans(site_id, scans, attributes, variables, table)
    tidy = without_rowless(SiteTable(site_id, tuple(variables), every, regions, rows), notes)
    note_scans(tidy, "scanner" in table.cells or "scanner" in elsewhere, notes)
    sources = {region: one.delivered for region, one in cells.items()}
    found, n_rows = tuple(notes.findings), len(table.rows)
    return replace(tidy, findings=found, sources=sources, unread=delivery.unread, n_rows=n_rows)


def _check_volumes(
    table: DeliveredTable,
    cells: Mapping[str, RegionCells],
    numbers: Mapping[str, Values],
    notes: Notes,
) -> None:
    for column in dict.fromkeys(one.volume for one in cells.values() if one.volume):
        volumes = numbers[column]
        for position in np.flatnonzero(volumes <= 0).tolist():
            message = f"volume {volumes[position]:g} is not above 0"
            notes.problem(table.place(position, column), message)


def _check_variables(
    table: DeliveredTable,
    variables: Mapping[str, MeasuredVariable],
    participants: Participants | None,
    notes: Notes,
) -> None:
    elsewhere = participants.variables if participants else ()
    for name in variables:
        if name not in table.cells and name not in elsewhere:
            if participants:
                message = f'"{name}" is neither a column here nor in {participants.name}'
                notes.problem(table.name, message, did_you_mean(name, table.others))
            else:
                refuse_missing_column(table, name, notes)


def _sessions(table: DeliveredTable, notes: Notes) -> Sequence[str]:
    if "session" in table.cells:
        return table.cells["session"]
    message = f'{table.name} has no session; all its scans are session "{FIRST_SESSION}"'
    notes.finding("no_session", "noted", message + _unmapped("session", table))
    return TextColumn(np.zeros(len(table.rows), np.int32), [FIRST_SESSION])


def _unmapped(name: str, table: DeliveredTable) -> str:
    near = [header for header in table.others if header.casefold() == name]
    return f' (its column "{near[0]}" is not mapped)' if near else ""


def _attributes(
    table: DeliveredTable,
    scans: ScanRows,
    site_id: str,
    covariates: Mapping[str, CovariateColumn],
    scanner_elsewhere: bool,
    notes: Notes,
) -> dict[str, list[Covariate]]:
    """Scanner and covariates, one a scan; no scanner where the participants table says it."""
    columns = dict(covariates)
    if "scanner" in table.cells:
        columns = {"scanner": texts_as_covariate(table.cells["scanner"]), **columns}
    attributes = {
        name: scan_attribute(name, cells, scans, table, notes) for name, cells in columns.items()
    }
    if "scanner" not in table.cells and not scanner_elsewhere:
        message = f'{table.name} has no scanner; all its scans are on "{site_id}/{NO_SCANNER}"'
        notes.finding("no_scanner", "noted", message + _unmapped("scanner", table))
        attributes["scanner"] = [NO_SCANNER] * len(scans.keys)
    return attributes


def _placed(
    table: DeliveredTable,
    scans: ScanRows,
    cells: Mapping[str, RegionCells],
    numbers: Mapping[str, Values],
    notes: Notes,
) -> tuple[dict[str, RegionValues], dict[str, tuple[int | None, ...]]]:
    placing = Placing(scans)
    regions: dict[str, RegionValues] = {}
    rows: dict[str, tuple[int | None, ...]] = {}
    known: dict[bytes, tuple[int | None, ...]] = {}
    for region, where in cells.items():
        volumes = numbers[where.volume] if where.volume else np.empty(0)
        placed = placing.place(region, where.positions, numbers[where.value], volumes)
        regions[region] = RegionValues(placed.values, placed.volumes)
        # the regions of a wide table all stand in the same rows
        source = placed.positions.tobytes()
        if source not in known:
            known[source] = _row_numbers(table, placed.positions)
        rows[region] = known[source]
    placing.tell(table, notes)
    return regions, rows


def _row_numbers(table: DeliveredTable, positions: np.ndarray) -> tuple[int | None, ...]:
    """Row numbers at positions; ``None`` where a position is -1."""
    if isinstance(table.rows, range):
        every = (positions + table.rows.start).tolist()
        if positions.min(initial=0) >= 0:
            return tuple(every)
    return tuple(table.rows[at] if at >= 0 else None for at in positions.tolist())


def _scans(
    site_id: str,
    scans: ScanRows,
    attributes: Mapping[str, Sequence[Covariate]],
    variables: Mapping[str, MeasuredVariable],
    table: DeliveredTable,
) -> tuple[Scan, ...]:
    covariates = zip(*(attributes[name] for name in variables), strict=True)
    every = covariates if variables else [()] * len(scans.keys)
    return tuple(
        Scan(who, session, site_id, f"{site_id}/{camera or NO_SCANNER}", tuple(own), table.rows[at])
        for (who, session), camera, own, at in zip(
            scans.keys, attributes["scanner"], every, scans.first, strict=True
        )
    )
