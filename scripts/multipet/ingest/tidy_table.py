"""One site's table as tidy values, and the record of what it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from multipet.config.delivered import SiteSettings
from multipet.config.specs import TidyStudy
from multipet.core.files import sha256_of
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError
from multipet.ingest.covariates import Covariate

Values = np.ndarray


def floats(values: Sequence[float | None] | np.ndarray) -> np.ndarray:
    """``values`` as an array of floats; ``None`` becomes NaN."""
    return np.asarray(values, dtype=float)


@dataclass(frozen=True, eq=False)
class RegionValues:
    """Values of one region at one site, one a scan; NaN is missing.

    Attributes
    ----------
    values
        Outcome, in its unit.
    volumes
        Volumes of the region, any unit as long as it is one; empty where not delivered.
    """

    values: Values
    volumes: Values = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        """Take any sequence of numbers."""
        object.__setattr__(self, "values", floats(self.values))
        object.__setattr__(self, "volumes", floats(self.volumes))


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: a person at a session.

    Attributes
    ----------
    participant_id, session
        Text as delivered.
    site
        Centre.
    scanner
        Camera, as ``site/camera``.
    covariates
        In the order of the declared variables; ``None`` is missing.
    row
        First row of the scan in the delivered table.
    """

    participant_id: str
    session: str
    site: str
    scanner: str
    covariates: tuple[Covariate, ...]
    row: int


@dataclass(frozen=True)
class SiteTable:
    """Scans x regions of one site.

    Attributes
    ----------
    site
        Centre.
    variables
        Names of the declared covariates.
    scans
        In the order of their first rows.
    regions
        Region -> its values (and volumes), one a scan.
    rows
        Region -> the row that each value came from; ``None`` where a long table has none.
    findings
        What was noted while it was read.
    sources
        Region -> its name in the delivered table, without prefix and suffix. Not written to
        the file, like ``unread``.
    unread
        Columns of the delivered table that the config does not read.
    n_rows
        Rows of the delivered table that were read, repeated ones among them; not written either.
    """

    site: str
    variables: tuple[str, ...]
    scans: tuple[Scan, ...]
    regions: dict[str, RegionValues]
    rows: dict[str, tuple[int | None, ...]]
    findings: tuple[Finding, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    n_rows: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of ``records``."""
        volume = ("volume",) if self.has_volumes else ()
        head = ("participant_id", "session", "site", "scanner", "region", "value")
        return (*head, *volume, *self.variables, "row")

    @property
    def has_volumes(self) -> bool:
        """Whether any region comes with volumes."""
        return any(len(region.volumes) for region in self.regions.values())


def source_paths(settings: SiteSettings | None, study: TidyStudy) -> list[Path]:
    """Files that a table is read from: its own, where it has one, and the participants table."""
    entries = (settings, study.participants)
    return [Path(entry.path) for entry in entries if entry]


def refuse_changed(paths: Sequence[Path], checksums: Sequence[str]) -> None:
    """Stop where a file is not the one that was checked when the run began.

    Parameters
    ----------
    paths
        From ``source_paths``.
    checksums
        Their SHA-256 at that time.

    Raises
    ------
    UserError
        With a line for every file that is another one or cannot be read.
    """
    changes = ((path, _change(path, then)) for path, then in zip(paths, checksums, strict=True))
    hint = "run the same command again once it is as it should be"
    problems = [Problem(path.name, change, hint) for path, change in changes if change]
    if problems:
        raise UserError(problems)


def _change(path: Path, checksum: str) -> str:
    try:
        same = sha256_of(path) == checksum
    except OSError as error:
        return f"cannot be read any more: {error.strerror}"
    return "" if same else "was changed while multipet was running"


def source_of(table: SiteTable, settings: SiteSettings, study: TidyStudy) -> dict[str, Any]:
    """Files that ``table`` was read from, and how much it holds.

    Parameters
    ----------
    table
        The site's tidy table.
    settings
        Its entry in the config.
    study
        ``participants`` of the config is used.

    Returns
    -------
    dict
        ``site``, ``rows`` (``delivered``, ``not_selected``, ``repeated`` and ``read``, the rest),
        ``n_scans_read`` (those without a row of a region that is read among them), ``n_scans``,
        ``n_subjects``, ``n_regions`` and ``files``: name and sha256 of the site's table and of
        the participants table.
    """
    return {
        "site": table.site,
        "rows": _rows(table),
        "n_scans_read": len(table.scans) + _rowless(table),
        "n_scans": len(table.scans),
        "n_subjects": len({scan.participant_id for scan in table.scans}),
        "n_regions": len(table.regions),
        "files": [
            {"name": path.name, "sha256": sha256_of(path)} for path in source_paths(settings, study)
        ],
    }


def _rows(table: SiteTable) -> dict[str, int]:
    """Rows of the delivered table, and where they went."""
    found = [f for f in table.findings if f.check == "not_selected"]
    left = sum(int(finding.value) for finding in found)
    repeated = sum(finding.check == "duplicate_row" for finding in table.findings)
    return {
        "delivered": table.n_rows + left,
        "not_selected": left,
        "repeated": repeated,
        "read": table.n_rows - repeated,
    }


def _rowless(table: SiteTable) -> int:
    """Scans that were found but are not in the table: no row of theirs is of a region read."""
    kept = {(scan.participant_id, scan.session) for scan in table.scans}
    return sum(
        finding.check == "scan_without_values"
        and (finding.participant_id, finding.session) not in kept
        for finding in table.findings
    )
