"""Findings grouped by check: what was set aside, and why; people by id only where allowed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from multipet.config.page_specs import IndexSpec, ReportHarmonisationSpec, ReportSpec
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.contrast.privacy import hide_dates, hide_id
from multipet.report.explanations import explanation, in_words
from multipet.report.html.tables import Cell, Heading, Table
from multipet.report.html.text import count, site_label, some

MOST_REGIONS = 6  # named before a message
MOST_ROWS = 300  # rows of one group on the page; the results file has all
Row = Mapping[str, Any]


class Named(Protocol):
    """Files of a page: they know the labels of regions and comparisons."""

    @property
    def spec(self) -> ReportSpec | ReportHarmonisationSpec:
        """What was asked."""

    def region_label(self, region: str) -> str:
        """Name of a region as readers know it."""

    def comparison_label(self, comparison: str) -> str:
        """A comparison with the labels of its levels."""


@dataclass(frozen=True)
class Group:
    """Findings of one check.

    Attributes
    ----------
    check, title, explanation
        Name of the check, as a heading, and what it means for the reader.
    actions
        How often each action was taken, most frequent first.
    n
        Findings in the group.
    messages
        The different messages, in order, each with its regions in words.
    table
        The findings row by row, at most ``MOST_ROWS``.
    """

    check: str
    title: str
    explanation: str
    actions: tuple[tuple[str, int], ...]
    n: int
    messages: tuple[tuple[str, str], ...]
    table: Table


def grouped(files: Named, findings: Sequence[Row], prefix: str) -> tuple[Group, ...]:
    """Group findings by check, in order of first appearance; ``prefix`` keeps ids apart."""
    shown = files.spec.participant_ids
    return tuple(
        _group(files, check, same, f"{prefix}-{i}", shown)
        for i, (check, same) in enumerate(by_check(findings).items())
    )


def ingest_groups(files: ContrastFiles) -> tuple[Group, ...]:
    """Groups of the findings made on the way from the raw tables to the pooled one."""
    findings = without_repeats(rows(files.ingest_findings), files.spec)
    return grouped(files, findings, "excluded")


def without_repeats(findings: Sequence[Row], spec: ReportSpec | IndexSpec) -> list[Row]:
    """Findings without the missing parts of regions that are listed as missing themselves."""
    combined = spec.combined_regions
    listed_already = {
        (*_scan(row), part)
        for row in findings
        if row["check"] == "missing_part" and row["region"] in combined
        for part in combined[row["region"]]["parts"]
    }
    return [
        row
        for row in findings
        if row["check"] != "missing_value" or (*_scan(row), row["region"]) not in listed_already
    ]


def _scan(row: Row) -> tuple[str, str, str]:
    return row["site"], row["participant_id"], row["session"]


def failures(files: ContrastFiles) -> Table | None:
    """Regions without an answer, each with its reason."""
    failed = [(entry["region"], entry["reason"]) for entry in files.plan["failed"]]
    known = {region for region, _ in failed}
    failed += [
        (row["region"], row["status"])
        for row in rows(files.contrast)
        if row["status"] != "ok" and row["region"] not in known
    ]
    if not failed:
        return None
    body = tuple(
        (
            Cell(files.region_label(region), region, numeric=False, header=True),
            Cell(reason, reason, numeric=False),
        )
        for region, reason in failed
    )
    headings = (Heading("Region", numeric=False), Heading("Reason", numeric=False))
    return Table("failures-table", "Regions without an answer.", headings, body)


def by_check(findings: Sequence[Row]) -> dict[str, list[Row]]:
    """Findings of each check, in order of first appearance."""
    checks = dict.fromkeys(row["check"] for row in findings)
    return {check: [row for row in findings if row["check"] == check] for check in checks}


def action_counts(findings: Iterable[Row]) -> tuple[tuple[str, int], ...]:
    """How often each action was taken, most frequent first."""
    return tuple(Counter(row["action"] for row in findings).most_common())


def _group(files: Named, check: str, findings: Sequence[Row], id_: str, shown: bool) -> Group:
    messages: dict[str, dict[str, None]] = {}
    for row in findings:
        regions = messages.setdefault(_message(files, row, shown), {})
        if row["region"]:
            regions[files.region_label(row["region"])] = None
    return Group(
        check=check,
        title=in_words(check),
        explanation=explanation(check),
        actions=action_counts(findings),
        n=len(findings),
        messages=tuple(
            (text, some(list(regions), MOST_REGIONS)) for text, regions in messages.items()
        ),
        table=_table(files, findings, id_, shown),
    )


def _table(files: Named, findings: Sequence[Row], id_: str, shown: bool) -> Table:
    columns = ["site", "row", *(["participant_id", "session"] if shown else []), "region"]
    used = [c for c in columns if any(row[c] for row in findings)]
    names = {"participant_id": "participant", "row": "row of the table"}
    headings = [Heading(names.get(c, c).capitalize(), numeric=c == "row") for c in used]
    body = tuple(
        (
            *(_cell(files, row, column) for column in used),
            Cell(row["action"], row["action"], numeric=False),
            Cell(_message(files, row, shown), numeric=False),
        )
        for row in findings[:MOST_ROWS]
    )
    more = len(findings) - MOST_ROWS
    rest = f"; {more} more are in results/findings.tsv" if more > 0 else ""
    tail = (Heading("Action", numeric=False), Heading("Reason", numeric=False))
    caption = f"{count(len(findings), 'finding')}{rest}."
    return Table(id_, caption, (*headings, *tail), body)


def _cell(files: Named, row: Row, column: str) -> Cell:
    labels = {
        "region": files.region_label(row["region"]),
        "site": site_label(files.spec, row["site"]),
    }
    text = labels.get(column) or row[column]
    return Cell(text, text, numeric=column == "row")


def _message(files: Named, row: Row, shown: bool) -> str:
    text = row["message"]
    if not shown:
        text = hide_dates(hide_id(text, row["participant_id"]))
    compared = row["comparison"]
    return f"{files.comparison_label(compared)}: {text}" if compared else text
