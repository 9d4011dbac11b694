"""How large a study is: what its jobs need and how a run describes them depend on it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from multipet.config.table_checks import CheckedTables
from multipet.files import canonical_json, read_json, write_text_if_changed

FILE = "size.json"


@dataclass(frozen=True)
class StudySize:
    """Counts over all tables of a study.

    Attributes
    ----------
    regions
        Regions of the pooled table.
    scans
        Scans of each site.
    """

    regions: int = 0
    scans: Mapping[str, int] = field(default_factory=dict)

    @property
    def all_scans(self) -> int:
        """Scans of all sites."""
        return sum(self.scans.values())

    @property
    def values(self) -> int:
        """Cells of the pooled table: scans x regions."""
        return self.all_scans * self.regions


def size_of(tables: CheckedTables) -> StudySize:
    """Count what the tables of a study hold."""
    scans = {table.site: 0 for table in tables.sites}
    for scan in tables.pooled.scans:
        scans[scan.site] += 1
    return StudySize(len(tables.pooled.regions), scans)


def write_size(folder: Path, size: StudySize) -> None:
    """Keep the size for the jobs on other machines, which do not read the tables again."""
    write_text_if_changed(folder / FILE, canonical_json(asdict(size)))


def read_size(folder: Path) -> StudySize:
    """What ``write_size`` kept; a study of nothing where it has not."""
    path = folder / FILE
    return StudySize(**read_json(path)) if path.is_file() else StudySize()
