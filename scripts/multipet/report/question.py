"""What a contrast asks, in the words that its answer is built from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from multipet.report.contrast_files import ContrastFiles
from multipet.report.prose import Prose, Span, name, outcome, prose


@dataclass(frozen=True)
class Question:
    """Words for the possible answers of one contrast.

    Attributes
    ----------
    subject
        What is lower or higher, e.g. the outcome.
    lower, higher
        The two directions: ``lower in patients than in controls``.
    null
        What was not detected: ``No difference in BP_ND between patients and controls``.
    noun
        What an estimate is: ``difference``, ``slope`` or ``estimate``.
    per
        Printed after an estimate: `` per 10 years``; empty where nothing fits.
    """

    subject: Prose
    lower: Prose
    higher: Prose
    null: Prose
    noun: str
    per: str = ""


def settings_of(contrast: Mapping[str, Any]) -> Any:
    """What the config gives for the contrast's kind: ``{age: 10}`` of ``slope: {age: 10}``."""
    settings, kind = contrast.get("settings"), contrast["kind"]
    return settings[kind] if isinstance(settings, Mapping) and kind in settings else settings


def question_of(files: ContrastFiles) -> Question:
    """Return the words of a contrast, by its kind."""
    label = outcome(files.spec["study"]["outcome"]["label"])
    contrast = files.spec["contrast"]
    if contrast["kind"] == "slope":
        return _slope(files, label, *next(iter(settings_of(contrast).items())))
    if contrast["kind"] == "difference":
        return _difference(files, label, *next(iter(settings_of(contrast).items())))
    asked = name(contrast.get("title") or contrast.get("question") or contrast["id"])
    return Question(
        subject=prose("“", asked, "” The estimate for ", label),
        lower=prose("below zero"),
        higher=prose("above zero"),
        null=prose("“", asked, "” No departure from zero for ", label),
        noun="difference" if contrast["kind"] == "pairwise" else "estimate",
    )


def amount_of(files: ContrastFiles) -> str:
    """Return the amount of a slope with its unit: ``10 years``; empty for other contrasts."""
    contrast = files.spec["contrast"]
    if contrast["kind"] != "slope":
        return ""
    variable, amount = next(iter(settings_of(contrast).items()))
    unit = (files.spec.get("variables", {}).get(variable) or {}).get("unit")
    if unit in (None, "", "1"):
        return f"{amount:g}"
    return f"{amount:g} {unit.removesuffix('s') if amount == 1 else unit}"


def _slope(files: ContrastFiles, measured: Span, variable: str, amount: float) -> Question:
    label = name(files.variable_label(variable))
    return Question(
        subject=prose(measured),
        lower=prose("lower with higher ", label),
        higher=prose("higher with higher ", label),
        null=prose("No association of ", measured, " with ", label),
        noun="slope",
        per=f" per {amount_of(files)}",
    )


def _difference(files: ContrastFiles, measured: Span, variable: str, pair: list[str]) -> Question:
    first, second = (name(files.level_label(variable, level)) for level in pair)
    return Question(
        subject=prose(measured),
        lower=prose("lower in ", first, " than in ", second),
        higher=prose("higher in ", first, " than in ", second),
        null=prose("No difference in ", measured, " between ", first, " and ", second),
        noun="difference",
    )
