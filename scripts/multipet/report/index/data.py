"""The data of a study as the index shows them: who was scanned, and from rows to scans."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multipet.analysis.model.study_overview import StudyOverview
from multipet.config.page_specs import IndexSpec
from multipet.ingest.scan_notes import NO_SCANNER
from multipet.report.html.tables import Cell, Described, Heading, Table, digits, number_cell, whole
from multipet.report.html.text import count, percent, site_label, variable_label

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


def data_table(spec: IndexSpec, overview: StudyOverview) -> Table:
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
    spec: IndexSpec,
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


MOST_MODELS = 6  # columns of the table by site; the diagram has all
Record = Mapping[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """What goes no further, and why."""

    n: int
    reason: str


@dataclass(frozen=True)
class Step:
    """A station of the flow.

    Attributes
    ----------
    n, what
        How many of what: ``320``, ``scans with a value``.
    left
        What leaves the flow after this station.
    note
        What else there is to say of it.
    """

    n: int
    what: str
    left: tuple[LeftOut, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Arrival:
    """Scans that models were fitted to; ``left`` have a value and are not used."""

    models: tuple[str, ...]
    n_scans: int
    n_subjects: int
    left: int


@dataclass(frozen=True)
class Flow:
    """The diagram: stations, arrivals, and the same numbers by site."""

    steps: tuple[Step, ...]
    arrivals: tuple[Arrival, ...]
    table: Table


def flow_of(
    spec: IndexSpec,
    sources: Sequence[Record],
    with_value: Mapping[str, int],
    summaries: Sequence[Record],
) -> Flow | None:
    """The flow of a study; None where no site says how many rows it delivered.

    Parameters
    ----------
    spec
        Gives the labels of the sites.
    sources
        What ``ingest.tidy_table.source_of`` wrote of each site.
    with_value
        Scans of each site that have a value.
    summaries
        What ``page.contrast_summary`` wrote; each names its model and counts its data.
    """
    if not sources or any("rows" not in source for source in sources):
        return None
    groups = _by_data(summaries)
    known = sum(with_value.get(source["site"], 0) for source in sources)
    return Flow(
        _steps(sources, known),
        tuple(
            Arrival(models, data["n_scans"], data["n_subjects"], known - data["n_scans"])
            for models, data in groups
        ),
        _table(spec, sources, with_value, groups),
    )


def _steps(sources: Sequence[Record], known: int) -> tuple[Step, ...]:
    rows = {key: sum(s["rows"][key] for s in sources) for key in sources[0]["rows"]}
    scans = sum(source["n_scans_read"] for source in sources)
    several = rows["read"] != scans
    return (
        Step(
            rows["delivered"],
            f"{_noun(rows['delivered'], 'row')} delivered",
            _left((rows["repeated"], "repeated, dropped"), (rows["not_selected"], "not selected")),
            f"from {count(len(sources), 'site')}",
        ),
        Step(
            scans,
            f"{_noun(scans, 'scan')} in {count(rows['read'], 'row')}",
            _left((scans - known, "without a value in any region")),
            "a site may write a scan in several rows, one a region" if several else "",
        ),
        Step(known, f"{_noun(known, 'scan')} with a value"),
    )


def _left(*parts: tuple[int, str]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(n, reason) for n, reason in parts if n)


def _noun(n: int, one: str) -> str:
    return one if n == 1 else f"{one}s"


def _by_data(summaries: Sequence[Record]) -> list[tuple[tuple[str, ...], Record]]:
    """Models that were fitted to the same people, in order of appearance, with their counts."""
    fitted = {summary["model"]: summary["data"] for summary in summaries}
    known = list(fitted.values())
    different = [data for i, data in enumerate(known) if data not in known[:i]]
    return [(tuple(m for m, own in fitted.items() if own == data), data) for data in different]


def _table(
    spec: IndexSpec,
    sources: Sequence[Record],
    with_value: Mapping[str, int],
    groups: Sequence[tuple[tuple[str, ...], Record]],
) -> Table:
    """Every number of the diagram, a row a site."""
    in_models = [(f"In {', '.join(models)}", _scans_at(data)) for models, data in groups]
    columns: list[tuple[str, Callable[[Record], int]]] = [
        ("Rows delivered", lambda source: source["rows"]["delivered"]),
        ("Repeated", lambda source: source["rows"]["repeated"]),
        ("Not selected", lambda source: source["rows"]["not_selected"]),
        ("Scans", lambda source: source["n_scans_read"]),
        ("With a value", lambda source: with_value.get(source["site"], 0)),
        *in_models[:MOST_MODELS],
    ]
    rows = tuple(
        (_head(site_label(spec, source["site"])), *(Cell(str(of(source))) for _, of in columns))
        for source in sources
    )
    every = (
        _head("All sites"),
        *(Cell(str(sum(map(of, sources))), strong=True) for _, of in columns),
    )
    headings = (Heading("Site", numeric=False), *(Heading(title) for title, _ in columns))
    return Table("flow-table", "The same counts by site.", headings, (*rows, every))


def _scans_at(data: Record) -> Callable[[Record], int]:
    scans = {site["site"]: site["n_scans"] for site in data["per_site"]}
    return lambda source: scans.get(source["site"], 0)


def _head(text: str) -> Cell:
    return Cell(text, text, numeric=False, header=True)
