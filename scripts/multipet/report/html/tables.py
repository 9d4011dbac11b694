"""Tables of the report as cells of text; each number keeps its full digits for sorting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multipet.ingest.scan_notes import NO_SCANNER
from multipet.report.contrast.files import ContrastFiles
from multipet.report.html.text import (
    Labelled,
    is_missing,
    level_label,
    names_scanners,
    number,
    site_label,
    variable_label,
)


@dataclass(frozen=True)
class Heading:
    """Head of a column; ``meaning`` is what a pointer shows."""

    text: str
    numeric: bool = True
    meaning: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text
        As printed.
    value
        What the column is sorted by: the number with all its digits, or the text.
    numeric, header, strong
        Right-aligned; first cell of its row; printed in bold.
    column
        Name of the number in the results file; empty where the cell is no such number.
    """

    text: str
    value: str = ""
    numeric: bool = True
    header: bool = False
    strong: bool = False
    column: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption above and a note below, ready to be rendered."""

    id: str
    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = False
    note: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Name of each column's numbers in the results file; empty where it has none."""
        found = ([row[i].column for row in self.rows] for i in range(len(self.headings)))
        return tuple(next(filter(None, names), "") for names in found)


def site_table(spec: Labelled, per_site: Sequence[Mapping[str, Any]]) -> Table:
    """People, scans, scanners, groups and ages of every site."""
    described = Described.of(per_site)
    scanners = names_scanners({"per_site": per_site})
    headings = (
        Heading("Site", numeric=False),
        Heading("People"),
        Heading("Scans"),
        *([Heading("Scanners", numeric=False)] if scanners else []),
        *described.headings(spec),
    )
    body = tuple(_site_row(spec, site, described, scanners) for site in per_site)
    return Table("sites-table", "What each site gave to this model.", headings, body)


def row_heads(files: ContrastFiles, row: Mapping[str, Any], paired: bool) -> tuple[Cell, ...]:
    """First cells of a row: its region and, where ``paired``, its comparison."""
    region = Cell(files.region_label(row["region"]), row["region"], numeric=False, header=True)
    shown = files.comparison_label(row["comparison"])
    compared = Cell(shown, shown, numeric=False)
    return (region, compared) if paired else (region,)


@dataclass(frozen=True)
class Described:
    """Columns that describe people: one a level of each factor, two a number.

    Attributes
    ----------
    levels
        Factors and their levels, in order of appearance.
    numbers
        Names of the numbers.
    """

    levels: tuple[tuple[str, str], ...]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, groups: Sequence[Mapping[str, Any]]) -> "Described":
        """Everything that any of ``groups`` (see ``analysis.people_counts``) says."""
        levels = ((f, v) for group in groups for f, n in group.get("levels", {}).items() for v in n)
        numbers = ((name,) for group in groups for name in group.get("numbers", {}))
        return cls(tuple(ordered(levels)), tuple(name for (name,) in ordered(numbers)))

    def headings(self, spec: Labelled) -> tuple[Heading, ...]:
        """Heads of the columns."""
        named = [variable_label(spec, name) for name in self.numbers]
        return (
            *(
                Heading(f"{variable_label(spec, f)}: {level_label(spec, f, v)}")
                for f, v in self.levels
            ),
            *(Heading(f"{name}, mean (SD)") for name in named),
            *(Heading(f"{name}, range") for name in named),
        )

    def cells(self, group: Mapping[str, Any]) -> tuple[Cell, ...]:
        """Cells of one group's row."""
        counts = group.get("levels", {})
        spreads = [group.get("numbers", {}).get(name, {}) for name in self.numbers]
        return (
            *(number_cell(counts.get(f, {}), v, whole, absent="0") for f, v in self.levels),
            *(Cell(f"{number(n.get('mean'))} ({number(n.get('sd'))})") for n in spreads),
            *(Cell(f"{number(n.get('min'))} to {number(n.get('max'))}") for n in spreads),
        )


def _site_row(
    spec: Labelled, site: Mapping[str, Any], described: Described, named: bool
) -> tuple[Cell, ...]:
    cameras = [name.removeprefix(f"{site['site']}/") for name in site.get("scanners", [])]
    scanners = ", ".join("not named" if name == NO_SCANNER else name for name in cameras)
    label = site_label(spec, site["site"])
    return (
        Cell(label, label, numeric=False, header=True),
        number_cell(site, "n_subjects", whole),
        number_cell(site, "n_scans", whole),
        *([Cell(scanners, scanners, numeric=False)] if named else []),
        *described.cells(site),
    )


def number_cell(
    row: Mapping[str, Any], column: str, form: Any, strong: bool = False, absent: str = "n/a"
) -> Cell:
    """The number in ``column`` of a row, printed by ``form``."""
    value = row.get(column)
    if is_missing(value):
        return Cell(absent, column=column)
    return Cell(form(value), digits(value), strong=strong, column=column)


def whole(value: float) -> str:
    """Return a count as text."""
    return str(int(value))


def digits(value: float | None) -> str:
    """A number with all its digits, to be sorted by; empty where it is missing."""
    return "" if value is None or is_missing(value) else repr(float(value))


def ordered(keys: Iterable[tuple]) -> list[tuple]:
    """Each key once, in order of appearance."""
    return list(dict.fromkeys(keys))
