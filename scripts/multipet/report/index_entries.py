"""Contrasts and harmonisations as the index lists them, from the records of their reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from multipet.report.chips import Chip
from multipet.report.prose import Prose, Span

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
