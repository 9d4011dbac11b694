"""Contrasts that a failed run left without a report, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multipet.core.failure import Failure, failure_of


@dataclass(frozen=True)
class Unfinished:
    """A contrast without a report.

    Attributes
    ----------
    id, title
        The contrast.
    failures
        Steps that stood in its way.
    """

    id: str
    title: str
    failures: tuple[Failure, ...]

    @property
    def record(self) -> dict[str, Any]:
        """What the index shows of the contrast, see ``index_entries.entry_of``."""
        told = [f"{one.step}: {'; '.join(one.reasons)}{_log(one)}." for one in self.failures]
        return {"contrast": {"id": self.id, "title": self.title}, "failed": " ".join(told)}


def failures_of(way: Iterable[Mapping[str, Any]], since: float) -> tuple[Failure, ...]:
    """Failures among the steps that are not done.

    Parameters
    ----------
    way
        Steps, the earliest first: ``step`` (in words), ``log`` and ``ready`` (nothing before
        it is missing).
    since
        When the run began, in seconds since 1970.

    Returns
    -------
    tuple of Failure
        The steps whose logs say why; where none does, those that could have begun.
    """
    read = {step["log"]: (step, failure_of(step["step"], step["log"], since)) for step in way}
    told = [failure for _, failure in read.values() if failure.explained]
    return tuple(told or [failure for step, failure in read.values() if step["ready"]])


def unfinished(
    ways: Mapping[str, Sequence[Mapping[str, Any]]], titles: Mapping[str, str], since: float
) -> tuple[Unfinished, ...]:
    """The contrasts without a report, in the order of ``ways`` (contrast -> steps not done)."""
    return tuple(
        Unfinished(name, titles[name], failures_of(way, since)) for name, way in ways.items()
    )


def lines(contrasts: Sequence[Unfinished], others: Sequence[Failure]) -> Iterator[str]:
    """What is printed at the end of a failed run."""
    known = {failure.log for one in contrasts for failure in one.failures}
    for one in contrasts:
        yield f"No report of contrast {one.id}:"
        for failure in one.failures:
            yield from _lines(failure)
    for failure in others:
        if failure.log not in known:
            yield "Not done:"
            yield from _lines(failure)


def _log(failure: Failure) -> str:
    return f" (the whole log: {failure.log})" if failure.log else ""


def _lines(failure: Failure) -> Iterator[str]:
    yield f"  {failure.step}"
    yield from (f"    {reason}" for reason in failure.reasons)
    if failure.log:
        yield f"    log: {Path(failure.log).absolute()}"
