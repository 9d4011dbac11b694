"""The index: every contrast with its answer and chips, and the data that they rest on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.report.chips import SYMBOLS, WORDS, Chip
from multipet.report.contrast_files import names_scanners, rows
from multipet.report.exclusions import action_counts, by_check, without_repeats
from multipet.report.explanations import explanation, in_words
from multipet.report.formatting import count
from multipet.report.prose import Prose, Span, outcome
from multipet.report.provenance import versions
from multipet.report.rendering import render
from multipet.report.tables_html import Table, site_table
from multipet.report.unfinished import Unfinished

Summary = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """A contrast in the index."""

    id: str
    title: str
    prespecified: bool
    model: str
    answer: Prose
    detected: str
    largest: str
    largest_region: str
    chips: tuple[Chip, ...]
    failures: int


@dataclass(frozen=True)
class DataView:
    """The people and scans of the models that share them."""

    models: tuple[str, ...]
    counts: str
    table: Table


@dataclass(frozen=True)
class Exclusion:
    """How often a check fired on the raw tables, and what was done."""

    title: str
    n: int
    actions: str
    explanation: str


@dataclass(frozen=True)
class IndexPage:
    """Content of the index."""

    study: Mapping[str, Any]
    outcome: Span
    entries: tuple[Entry, ...]
    unfinished: tuple[Unfinished, ...]
    data: tuple[DataView, ...]
    exclusions: tuple[Exclusion, ...]
    versions: tuple[tuple[str, str], ...]
    symbols: Mapping[str, str]
    words: Mapping[str, str]


def index_page(
    spec: Mapping[str, Any],
    summaries: Iterable[Summary],
    findings: pd.DataFrame,
    unfinished: Sequence[Unfinished] = (),
) -> IndexPage:
    """Put the index together.

    Parameters
    ----------
    spec
        Holds ``study`` (title, tracer, outcome) and ``sites`` (labels).
    summaries
        What ``page.contrast_summary`` wrote, in the order of the config.
    findings
        Findings on the way to the pooled table (columns ``FINDINGS``).
    unfinished
        Contrasts that the run left without a report.
    """
    summaries = tuple(summaries)
    return IndexPage(
        study=spec["study"],
        outcome=outcome(spec["study"]["outcome"]["label"]),
        entries=tuple(map(_entry, summaries)),
        unfinished=tuple(unfinished),
        data=_data(spec, summaries),
        exclusions=tuple(
            _exclusion(*group) for group in by_check(without_repeats(rows(findings), spec)).items()
        ),
        versions=versions(),
        symbols=SYMBOLS,
        words=WORDS,
    )


def index_html(page: IndexPage) -> str:
    """Render the index as one HTML file; its links are relative."""
    return render("index.html.j2", symbol=page.outcome.text, page=page)


def _entry(summary: Summary) -> Entry:
    contrast = summary["contrast"]
    return Entry(
        id=contrast["id"],
        title=contrast["title"],
        prespecified=contrast["prespecified"],
        model=summary["model"],
        answer=tuple(Span(**span) for span in summary["answer"]),
        detected=f"{summary['n_detected']} of {summary['n_rows']}",
        largest=summary["largest"] or "n/a",
        largest_region=summary["largest_region"],
        chips=tuple(Chip(**chip, section="trust") for chip in summary["chips"]),
        failures=summary["failures"],
    )


def _data(spec: Mapping[str, Any], summaries: Sequence[Summary]) -> tuple[DataView, ...]:
    """One table of sites for all models that were fitted on the same people."""
    views: list[DataView] = []
    for position, models in enumerate(_models_by_data(summaries), 1):
        data = next(s["data"] for s in summaries if s["model"] == models[0])
        table = site_table(spec, data["per_site"])
        table = Table(f"sites-{position}", table.caption, table.headings, table.rows)
        views.append(DataView(tuple(models), _counts(data), table))
    return tuple(views)


def _counts(data: Mapping[str, Any]) -> str:
    """People, scans, sites and, where they have names, scanners."""
    words = {"n_subjects": ("person", "people"), "n_scans": ("scan",), "n_sites": ("site",)}
    if names_scanners(data):
        words["n_scanners"] = ("scanner",)
    return ", ".join(count(data[key], *nouns) for key, nouns in words.items() if key in data)


def _models_by_data(summaries: Sequence[Summary]) -> list[list[str]]:
    groups: list[tuple[Any, list[str]]] = []
    for summary in summaries:
        data, model = summary["data"], summary["model"]
        if not data.get("per_site") or any(model in models for _, models in groups):
            continue
        same = next((models for known, models in groups if known == data), None)
        if same is None:
            groups.append((data, [model]))
        else:
            same.append(model)
    return [models for _, models in groups]


def _exclusion(check: str, findings: Sequence[Mapping[str, Any]]) -> Exclusion:
    actions = ", ".join(f"{n} {action}" for action, n in action_counts(findings))
    return Exclusion(in_words(check), len(findings), actions, explanation(check))
