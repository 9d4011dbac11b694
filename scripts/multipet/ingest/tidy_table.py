"""One site's table as tidy values: what `tidy_site` writes and `pool_sites` reads back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from multipet.core.findings import Finding
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
