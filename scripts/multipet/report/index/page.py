"""The index: every contrast with its answer and chips, and the data that they rest on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.analysis.model.study_overview import StudyOverview, study_overview
from multipet.config.page_specs import IndexSpec
from multipet.config.study import StudyHead
from multipet.core.versions import versions
from multipet.report.chips.chip import SYMBOLS, WORDS, Chip, State
from multipet.report.contrast.exclusions import action_counts, by_check, without_repeats
from multipet.report.contrast.files import rows
from multipet.report.explanations import explanation, in_words
from multipet.report.html.embedded import Logo, logo_of
from multipet.report.html.rendering import render
from multipet.report.html.tables import Cell, Heading, Table
from multipet.report.html.text import Prose, Span, outcome
from multipet.report.index.data import Flow, data_counts, data_table, flow_of

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """A contrast in the index.

    Attributes
    ----------
    n_detected, n_rows
        Rows with an effect, out of all.
    largest, largest_region
        The largest effect; empty without an answer.
    chips
        In their order; ``concerns`` are those that are not fine.
    failures
        Regions without an answer.
    failed
        Why the contrast has no report; empty where it has one.
    """

    id: str
    title: str
    prespecified: bool
    model: str
    answer: Prose = ()
    n_detected: int = 0
    n_rows: int = 0
    largest: str = ""
    largest_region: str = ""
    chips: tuple[Chip, ...] = ()
    failures: int = 0
    failed: str = ""

    @property
    def share(self) -> float:
        """Share of the rows that have an effect."""
        return self.n_detected / self.n_rows if self.n_rows else 0.0

    @property
    def concerns(self) -> tuple[Chip, ...]:
        """Chips that are not fine, those that stop first."""
        return (*self.in_state("stop"), *self.in_state("look"))

    def in_state(self, state: str) -> tuple[Chip, ...]:
        """Chips of one state: ``ok``, ``look`` or ``stop``."""
        return tuple(chip for chip in self.chips if chip.state == state)


@dataclass(frozen=True)
class HarmonisationEntry:
    """A harmonisation in the index: what was done, what to look at, who uses it."""

    id: str
    title: str
    answer: Prose
    worries: tuple[Prose, ...]
    used_by: tuple[tuple[str, str], ...]


def entry_of(record: Record) -> Entry:
    """A contrast from what ``page.contrast_summary`` wrote, or from why there is none.

    A contrast without a report is ``{"contrast": {"id", "title"}, "failed": reason}``.
    """
    contrast = record["contrast"]
    named = {
        "id": contrast["id"],
        "title": contrast.get("title") or contrast["id"],
        "prespecified": bool(contrast.get("prespecified")),
        "model": record.get("model", ""),
    }
    if record.get("failed"):
        return Entry(**named, failed=" ".join(str(record["failed"]).split()))
    return Entry(
        **named,
        answer=_prose(record["answer"]),
        n_detected=record["n_detected"],
        n_rows=record["n_rows"],
        largest=record["largest"] or "n/a",
        largest_region=record["largest_region"],
        chips=tuple(Chip(**chip, section="trust") for chip in record["chips"]),
        failures=record["failures"],
    )


def harmonisation_entry(record: Record) -> HarmonisationEntry:
    """A harmonisation from what ``harmonisation_page.harmonisation_summary`` wrote."""
    return HarmonisationEntry(
        id=record["harmonisation"]["id"],
        title=record["harmonisation"]["title"],
        answer=_prose(record["answer"]),
        worries=tuple(map(_prose, record["worries"])),
        used_by=tuple((used["id"], used["title"]) for used in record["used_by"]),
    )


def _prose(spans: list[dict[str, Any]]) -> Prose:
    return tuple(Span(**span) for span in spans)


@dataclass(frozen=True)
class DataView:
    """The people and scans of the study: in words, and by site and scanner."""

    counts: str
    table: Table


@dataclass(frozen=True)
class IndexPage:
    """Content of the index; an empty part is left out."""

    study: StudyHead
    logo: Logo | None
    outcome: Span
    entries: tuple[Entry, ...]
    harmonisations: tuple[HarmonisationEntry, ...]
    data: DataView | None
    flow: Flow | None
    findings: Table | None
    versions: tuple[tuple[str, str], ...]
    symbols: Mapping[State, str]
    words: Mapping[State, str]


def index_page(
    spec: IndexSpec,
    records: Iterable[Record],
    findings: pd.DataFrame,
    pooled: pd.DataFrame | None,
) -> IndexPage:
    """Put the index together.

    Parameters
    ----------
    spec
        The spec of the step.
    records
        In the order of the config, each told by its key: ``contrast``, what
        ``page.contrast_summary`` wrote, or ``{"contrast", "failed"}``; ``harmonisation``, what
        ``harmonisation_page.harmonisation_summary`` wrote; ``files``, what
        ``ingest.tidy_table.source_of`` wrote of a site.
    findings
        Findings on the way to the pooled table (columns ``FINDINGS``).
    pooled
        The pooled table; None where a failed run did not get so far.
    """
    records = tuple(records)
    contrasts = [record for record in records if "contrast" in record]
    answered = [record for record in contrasts if not record.get("failed")]
    sources = [record for record in records if "files" in record]
    overview = None if pooled is None else study_overview(pooled)
    return IndexPage(
        study=spec.study,
        logo=logo_of(spec.logo),
        outcome=outcome(spec.study.outcome.label),
        entries=tuple(map(entry_of, contrasts)),
        harmonisations=tuple(harmonisation_entry(r) for r in records if "harmonisation" in r),
        data=_data(spec, overview) if overview else None,
        flow=flow_of(spec, sources, overview.with_value, answered) if overview else None,
        findings=_findings(without_repeats(rows(findings), spec)),
        versions=tuple(versions().items()),
        symbols=SYMBOLS,
        words=WORDS,
    )


def index_html(page: IndexPage) -> str:
    """Render the index as one HTML file; its links are relative."""
    return render("index.html.j2", symbol=page.outcome.text, page=page)


def _data(spec: IndexSpec, overview: StudyOverview) -> DataView | None:
    if not overview.groups:
        return None
    return DataView(data_counts(overview), data_table(spec, overview))


def _findings(findings: Sequence[Mapping[str, Any]]) -> Table | None:
    """How often each check fired on the raw tables, and what was done."""
    if not findings:
        return None
    headings = (
        Heading("Check", numeric=False),
        Heading("Findings"),
        Heading("What was done", numeric=False),
        Heading("What it means", numeric=False),
    )
    body = tuple(_finding_row(check, same) for check, same in by_check(findings).items())
    return Table("findings-table", "Findings in the raw tables, by check.", headings, body)


def _finding_row(check: str, findings: Sequence[Mapping[str, Any]]) -> tuple[Cell, ...]:
    counted = action_counts(findings)
    actions = ", ".join(f"{n} {action}" if len(counted) > 1 else action for action, n in counted)
    n = str(len(findings))
    return (
        Cell(in_words(check), check, numeric=False, header=True),
        Cell(n, n),
        Cell(actions, actions, numeric=False),
        Cell(explanation(check), numeric=False),
    )
