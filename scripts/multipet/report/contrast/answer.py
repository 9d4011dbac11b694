"""The answer of a contrast in a few plain sentences, made from its table and nothing else."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.report.chips.sites import is_calibrated, takes_from_data
from multipet.report.contrast.effect import SD_MEANING, decisive_p, detected, estimated, tested
from multipet.report.contrast.files import ContrastFiles
from multipet.report.contrast.question import Question, question_of
from multipet.report.html.text import (
    Prose,
    Span,
    count,
    counted_in_words,
    emphasised,
    is_missing,
    level_percent,
    listed,
    name,
    number,
    outcome,
    p_equals,
    prose,
    signed,
    strong,
    threshold,
)

MOST_NAMED = 3  # regions with an effect that the answer names
ADJUSTMENTS = {"bh": "Benjamini–Hochberg", "holm": "Holm"}


@dataclass(frozen=True)
class Answer:
    """The answer of a contrast.

    Attributes
    ----------
    sentences
        One or two sentences: direction, how many rows, largest estimate with interval.
    n_rows, n_detected
        Rows with an estimate, and those whose (adjusted) p is below alpha.
    largest
        The row with the largest estimate among those detected, or among all where none is.
    """

    sentences: Prose
    n_rows: int
    n_detected: int
    largest: dict[str, Any] | None


def answer_of(files: ContrastFiles, table: pd.DataFrame | None = None) -> Answer:
    """Answer the contrast from ``table`` (columns ``columns.CONTRAST``), its own if None."""
    table = files.contrast if table is None else table
    every = tested(table)
    if not every:
        return Answer(_untested(files, table), 0, 0, None)
    found = [row for row in every if detected(row, files.alpha)]
    largest = max(found or every, key=lambda row: abs(row["estimate"]))
    question = question_of(files)
    headline = _headline if found else _null_headline
    reach = () if found else _reach(files, question, every)
    sentences = (
        *headline(files, question, every, found),
        *_largest_sentence(files, question, largest, len(found), len(every)),
        *reach,
    )
    more = _gaps(files, len(table) - len(every))
    more += _naive(files) if table is files.contrast else ""
    return Answer(prose(*sentences, more), len(every), len(found), largest)


def _headline(
    files: ContrastFiles, question: Question, every: list[dict], found: list[dict]
) -> Prose:
    if files.is_pairwise:
        share = strong(f"{len(found)} of {len(every)} comparisons")
        measured = outcome(files.spec.study.outcome.label)
        return prose(
            share, " differed in ", measured, *question.at, _adjusted(files, len(every)), "."
        )
    lower = [row for row in found if row["estimate"] < 0]
    higher = [row for row in found if row["estimate"] > 0]
    start = prose(*question.subject, " was ")
    if lower and higher:
        return prose(
            *start, *emphasised(question.lower), " in ", strong(str(len(lower))), " and ",
            strong("above zero" if question.noun == "estimate" else "higher"), " in ",
            strong(f"{len(higher)} of {count(len(every), 'region')}"),
            _adjusted(files, len(every)), ".",
        )  # fmt: skip
    words = question.lower if lower else question.higher
    where = _regions(files, found, every)
    return prose(*start, *emphasised(words), " in ", *where, _adjusted(files, len(every)), ".")


def _null_headline(
    files: ContrastFiles, question: Question, every: list[dict], _found: list[dict]
) -> Prose:
    tail = _adjusted(files, len(every))
    if files.is_pairwise:
        measured = outcome(files.spec.study.outcome.label)
        share = strong(f"None of the {len(every)} comparisons")
        return prose(share, " differed detectably in ", measured, *question.at, tail, ".")
    where = (
        prose(*where_of(files, every[0]))
        if len(every) == 1
        else prose(strong(f"any of the {len(every)} regions"))
    )
    return prose(*question.null, " was detected in ", *where, tail, ".")


def _largest_sentence(
    files: ContrastFiles, question: Question, row: dict, found: int, n_rows: int
) -> Prose:
    scale, confidence = files.scale, level_percent(files.spec.inference.confidence)
    adjusted = files.adjusts and n_rows > 1
    details: list[str | Span] = [f"{confidence} CI {scale.interval(row)}"]
    if not found and adjusted:
        details.append(", not adjusted")
    standardised = row["standardised"]
    if not is_missing(standardised):
        details += [f"; {signed(standardised)} ", Span("SD", meaning=SD_MEANING)]
    if not found:
        p = "adjusted p" if adjusted else "p"
        details.append(f"; {p_equals(decisive_p(row), p, files.alpha)}")
    start = f" The {question.noun} was "
    if n_rows > 1:
        # a row that is not detected can have a larger estimate
        among = f"of these {question.noun}s" if 1 < found < n_rows else question.noun
        start = f" That {question.noun} was " if found == 1 else f" The largest {among} was "
    where = prose(" in ", *where_of(files, row)) if n_rows > 1 else ()
    return prose(start, strong(scale.text(row) + question.per), *where, " (", *details, ").")


def _reach(files: ContrastFiles, question: Question, every: list[dict]) -> Prose:
    """What the intervals of a null result say."""
    return _ranges(files, every) if files.is_pairwise else _excluded(files, question, every)


def _excluded(files: ContrastFiles, question: Question, every: list[dict]) -> Prose:
    """What the intervals of a null result exclude: the widest ends over all regions."""
    scale, confidence = files.scale, level_percent(files.spec.inference.confidence)
    low = min(row[scale.low] for row in every)
    high = max(row[scale.high] for row in every)
    who = f"The {confidence} confidence intervals" if len(every) > 1 else "That interval"
    verb = "exclude" if len(every) > 1 else "excludes"
    bounds = strong(f"below {scale.bound(low)} or above {scale.bound(high)}")
    what = "values" if question.noun == "estimate" else f"{question.noun}s"
    within = prose(f" {who} {verb} {what} ", bounds, f"{question.per}.")
    return (*within, *_detectable(files, question, every))


def _detectable(files: ContrastFiles, question: Question, every: list[dict]) -> Prose:
    """What studies of this design would mostly have seen."""
    sizes = [row[files.scale.detectable] for row in every]
    known = sorted(size for size in sizes if not is_missing(size))
    if not known:
        return ()
    low, high = files.scale.amount(known[0]), files.scale.amount(known[-1])
    size = strong(high if low == high else f"{number(known[0])} to {high}")
    adjusted = " (unadjusted)" if files.adjusts and len(every) > 1 else ""
    by_region = ", depending on region," if low != high else ""
    return prose(
        f" With this design a true {question.noun} of ", size, question.per,
        f"{by_region} would be found with 80\N{NO-BREAK SPACE}% power{adjusted}.",
    )  # fmt: skip


def _ranges(files: ContrastFiles, every: list[dict]) -> Prose:
    """How far the intervals of a null result reach: the narrowest, and the farthest."""
    scale, confidence = files.scale, level_percent(files.spec.inference.confidence)
    if len(every) == 1:
        return ()
    narrowest = min(every, key=lambda row: row[scale.high] - row[scale.low])
    farthest = max(every, key=lambda row: _reach_of(files, row))
    narrow, far = (
        prose(scale.interval_text(row), " (", *where_of(files, row), ")")
        for row in (narrowest, farthest)
    )
    reach = number(_reach_of(files, farthest), 2)
    size = strong(f"about {reach}\N{NO-BREAK SPACE}{scale.unit}")
    start = f" Of the {len(every)} intervals ({confidence}, not adjusted) the narrowest spans "
    return prose(
        start, *narrow, ", the farthest reaches ", *far, ": differences of up to ", size,
        " cannot be ruled out.",
    )  # fmt: skip


def _reach_of(files: ContrastFiles, row: dict) -> float:
    return max(abs(row[files.scale.low]), abs(row[files.scale.high]))


def _untested(files: ContrastFiles, table: pd.DataFrame) -> Prose:
    """The answer where no row has a test: why, and the largest estimate if there is one."""
    reasons = [status for status in dict.fromkeys(table["status"]) if status not in ("", "ok")]
    why = prose(": ", name(reasons[0].rstrip("."))) if reasons else ()
    rows = estimated(table)
    start = prose(strong("There is no test" if rows else "There is no answer"), *why, ".")
    if not rows:
        return start
    largest = max(rows, key=lambda row: abs(row["estimate"]))
    noun = question_of(files).noun
    size = strong(files.scale.text(largest))
    return prose(*start, f" The largest {noun} was ", size, " in ", *where_of(files, largest), ".")


def _gaps(files: ContrastFiles, n: int) -> str:
    if not n:
        return ""
    what = counted_in_words(n, files.counted_noun)
    return f" {what} could not be tested (see Exclusions and failures)."


def _naive(files: ContrastFiles) -> str:
    if not takes_from_data(files) or is_calibrated(files):
        return ""
    return " The p-values do not count that the values were harmonised, and may be too small."


def _regions(files: ContrastFiles, found: list[dict], every: list[dict]) -> Prose:
    if len(every) == 1:
        return where_of(files, every[0])
    if len(found) == len(every):
        return prose(strong(f"all {len(every)} regions"))
    share = prose(strong(f"{len(found)} of {len(every)} regions"))
    if len(found) > MOST_NAMED:
        return share
    named = listed([files.region_in_prose(row["region"]) for row in found])
    return (*share, *prose(" (", name(named), ")"))


def where_of(files: ContrastFiles, row: dict) -> Prose:
    """Region of a row and, where there are several, its comparison."""
    region = name(files.region_in_prose(row["region"]))
    if not files.is_pairwise:
        return prose(region)
    return prose(region, ", ", name(files.comparison_label(row["comparison"])))


def _adjusted(files: ContrastFiles, n_rows: int) -> str:
    method = ADJUSTMENTS.get(files.spec.inference.adjust)
    level = level_percent(files.alpha)
    if method and n_rows > 1:
        return f" after adjustment for {n_rows} tests ({method}, {level})"
    return f" (p < {threshold(files.alpha)}, not adjusted)" if n_rows > 1 else ""
