"""The names of an atlas's labels, and which of our regions each belongs to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from multipet.config.delivered import AtlasFiles
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.ingest.readers.raw_table import RawTable, read_raw_table

COLUMNS = ("index", "name", "hemisphere")
OPTIONAL = ("hemisphere",)


@dataclass(frozen=True)
class AtlasLabel:
    """One label of an atlas.

    Attributes
    ----------
    index
        Its number in the image; 0 is the background and no label.
    name
        As the atlas calls it.
    region
        Our region that it is, or is a part of.
    hemisphere
        As the atlas writes it; empty where it does not.
    """

    index: int
    name: str
    region: str
    hemisphere: str = ""


@dataclass(frozen=True)
class LabelTable:
    """Labels of an atlas in the order of its table, and what was found in reading it."""

    labels: tuple[AtlasLabel, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def regions(self) -> list[str]:
        """Regions that have a label, each once."""
        return list(dict.fromkeys(label.region for label in self.labels))


def read_labels(atlas: AtlasFiles) -> LabelTable:
    """Read the table of an atlas.

    Parameters
    ----------
    atlas
        Its files, as in the config.

    Raises
    ------
    UserError
        With everything that is wrong with the table.
    """
    raw = read_raw_table(atlas.table)
    headers = {name: atlas.columns.get(name, name) for name in COLUMNS}
    problems = list(_missing_columns(raw, headers, atlas.columns))
    problems = problems or list(_wrong_rows(raw, headers))
    if problems:
        raise UserError(problems)
    blank = ("",) * len(raw.rows)
    cells = [raw.columns.get(header, blank) for header in headers.values()]
    labels = [
        AtlasLabel(int(index), name, atlas.names.get(name, name), side)
        for index, name, side in zip(*cells, strict=True)
    ]
    kept = tuple(label for label in labels if label.index)
    return LabelTable(kept, raw.findings)


def _missing_columns(
    raw: RawTable, headers: Mapping[str, str], declared: Mapping[str, str]
) -> Iterator[Problem]:
    for name, header in headers.items():
        if header not in raw.columns and (name in declared or name not in OPTIONAL):
            hint = did_you_mean(header, raw.columns)
            yield Problem(raw.name, f'has no column "{header}" for the {name} of a label', hint)


def _wrong_rows(raw: RawTable, headers: Mapping[str, str]) -> Iterator[Problem]:
    seen: dict[int, int] = {}
    cells = (raw.columns[headers["index"]], raw.columns[headers["name"]])
    for row, index, name in zip(raw.rows, *cells, strict=True):
        where = f"{raw.name}, row {row}"
        if not (index.isascii() and index.isdigit() and len(index) <= 9):
            yield Problem(where, f'"{index}" is no label', "labels are whole numbers from 0")
            continue
        if not name:
            yield Problem(where, f"label {index} has no name")
        other = seen.setdefault(int(index), row)
        if other != row:
            yield Problem(where, f"label {index} is that of row {other} too")
