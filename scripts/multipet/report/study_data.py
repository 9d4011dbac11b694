"""The data of a study as the index shows them: site x scanner with groups, ages and gaps."""

from collections.abc import Mapping, Sequence
from typing import Any

from multipet.analysis.study_overview import StudyOverview
from multipet.ingest.scan_notes import NO_SCANNER
from multipet.report.contrast_files import site_label, variable_label
from multipet.report.formatting import count, percent
from multipet.report.tables_html import Cell, Described, Heading, Table, digits, number_cell, whole

Group = Mapping[str, Any]


def data_counts(overview: StudyOverview) -> str:
    """People, scans, sites, scanners and regions, in words."""
    return ", ".join((
        count(overview.n_subjects, "person", "people"),
        count(overview.n_scans, "scan"),
        count(overview.n_sites, "site"),
        *([count(overview.n_scanners, "scanner")] if _names_scanners(overview.groups) else []),
        count(overview.n_regions, "region"),
    ))  # fmt: skip


def data_table(spec: Mapping[str, Any], overview: StudyOverview) -> Table:
    """One row a scanner of a site; ``spec`` gives the labels."""
    groups = overview.groups
    described = Described.of(groups)
    named = _names_scanners(groups)
    lacking = [name for name in (groups[0]["missing"] if groups else ()) if _lacks(groups, name)]
    headings = (
        Heading("Site", numeric=False),
        *([Heading("Scanner", numeric=False)] if named else []),
        Heading("People"),
        Heading("Scans"),
        *described.headings(spec),
        Heading("Missing values", meaning="of scans x regions"),
        *(Heading(f"No {variable_label(spec, name)}", meaning="scans") for name in lacking),
    )
    rows = tuple(_row(spec, group, described, named, lacking) for group in groups)
    return Table("data-table", _caption(overview), headings, rows)


def _row(
    spec: Mapping[str, Any],
    group: Group,
    described: Described,
    named: bool,
    lacking: Sequence[str],
) -> tuple[Cell, ...]:
    label = site_label(spec, group["site"])
    camera = _camera(group)
    shown = "not named" if camera == NO_SCANNER else camera
    return (
        Cell(label, label, numeric=False, header=True),
        *([Cell(shown, shown, numeric=False)] if named else []),
        number_cell(group, "n_subjects", whole),
        number_cell(group, "n_scans", whole),
        *described.cells(group),
        _missing_cell(group),
        *(number_cell(group["missing"], name, whole, absent="0") for name in lacking),
    )


def _missing_cell(group: Group) -> Cell:
    gone, cells = group["n_cells"] - group["n_values"], group["n_cells"]
    text = f"{gone} ({percent(gone / cells)})" if gone else "0"
    return Cell(text, digits(gone / cells if cells else 0))


def _caption(overview: StudyOverview) -> str:
    several = sum(group["n_subjects"] for group in overview.groups) > overview.n_subjects
    again = " Who was scanned on several scanners counts at each of them." if several else ""
    return (
        "Scans with a value in at least one region, before any model. Missing values: of its "
        f"{count(overview.n_regions, 'region')}, over all scans of the row.{again}"
    )


def _names_scanners(groups: Sequence[Group]) -> bool:
    return any(_camera(group) != NO_SCANNER for group in groups)


def _camera(group: Group) -> str:
    return group["scanner"].removeprefix(f"{group['site']}/")


def _lacks(groups: Sequence[Group], name: str) -> bool:
    return any(group["missing"].get(name) for group in groups)
