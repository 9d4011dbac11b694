"""What a contrast asks, and at which values the rest is held, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from multipet.config.kinds import KINDS, variables_of
from multipet.formulas.expression import names_in
from multipet.formulas.formula import parse_formula
from multipet.report.contrast.files import ContrastFiles
from multipet.report.html.text import Prose, Span, listed, name, outcome, prose


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
    at
        Where it is taken: `` at sex women``; empty where nowhere in particular.
    """

    subject: Prose
    lower: Prose
    higher: Prose
    null: Prose
    noun: str
    per: str = ""
    at: Prose = ()


def settings_of(contrast: Mapping[str, Any]) -> Any:
    """What the config gives for the contrast's kind: ``{age: 10}`` of ``slope: {age: 10}``."""
    settings, kind = contrast.get("settings"), contrast["kind"]
    return settings[kind] if isinstance(settings, Mapping) and kind in settings else settings


def question_of(files: ContrastFiles) -> Question:
    """Return the words of a contrast, by its kind."""
    label = outcome(files.spec["study"]["outcome"]["label"])
    contrast = files.spec["contrast"]
    if contrast["kind"] == "slope":
        return _slope(files, label, next(iter(settings_of(contrast))))
    if contrast["kind"] == "difference":
        return _difference(files, label, *next(iter(settings_of(contrast).items())))
    asked = name(contrast.get("title") or contrast.get("question") or contrast["id"])
    return Question(
        subject=prose("“", asked, "” The estimate for ", label),
        lower=prose("below zero"),
        higher=prose("above zero"),
        null=prose("“", asked, "” No departure from zero for ", label),
        noun="difference" if contrast["kind"] == "pairwise" else "estimate",
        at=at_of(files),
    )


def amount_of(files: ContrastFiles) -> str:
    """Return the amount of a slope with its unit: ``10 years``; empty for other contrasts."""
    contrast = files.spec["contrast"]
    if contrast["kind"] != "slope":
        return ""
    variable, amount = next(iter(settings_of(contrast).items()))
    unit = (files.spec.get("variables", {}).get(variable) or {}).get("unit")
    return _amount(amount, unit)


def at_of(files: ContrastFiles) -> Prose:
    """Where the contrast is taken: `` at sex women``; empty for a combination, whose terms say."""
    contrast = files.spec["contrast"]
    settings = contrast.get("settings")
    at = settings.get("at") if isinstance(settings, Mapping) else None
    if not at or contrast["kind"] == "combination":
        return ()
    parts: list[str | Span] = []
    for variable, value in sorted(at.items()):
        parts += [", " if parts else " at ", name(files.variable_label(variable)), " "]
        parts.append(name(_setting(files, variable, value)))
    return prose(*parts)


def _setting(files: ContrastFiles, variable: str, value: str | float) -> str:
    if isinstance(value, str):
        return files.level_label(variable, value)
    return _amount(value, (files.spec.get("variables", {}).get(variable) or {}).get("unit"))


def _amount(amount: float, unit: str | None) -> str:
    size = f"{amount:g}".replace("-", "\N{MINUS SIGN}")
    if unit in (None, "", "1"):
        return size
    return f"{size} {unit.removesuffix('s') if amount == 1 else unit}"


def _slope(files: ContrastFiles, measured: Span, variable: str) -> Question:
    label, at = name(files.variable_label(variable)), at_of(files)
    return Question(
        subject=prose(measured),
        lower=prose("lower with higher ", label, *at),
        higher=prose("higher with higher ", label, *at),
        null=prose("No association of ", measured, " with ", label, *at),
        noun="slope",
        per=f" per {amount_of(files)}",
        at=at,
    )


def _difference(files: ContrastFiles, measured: Span, variable: str, pair: list[str]) -> Question:
    first, second = (name(files.level_label(variable, level)) for level in pair)
    at = at_of(files)
    return Question(
        subject=prose(measured),
        lower=prose("lower in ", first, " than in ", second, *at),
        higher=prose("higher in ", first, " than in ", second, *at),
        null=prose("No difference in ", measured, " between ", first, " and ", second, *at),
        noun="difference",
        at=at,
    )


def held_sentence(files: ContrastFiles) -> str:
    """Covariates that the contrast does not name and how they are held; empty without any."""
    named = set(_named(files.spec["contrast"].get("settings")))
    numbers, levels = [], []
    for covariate in _covariates(files):
        kind = files.spec["variables"][covariate]["kind"]
        if covariate not in named:
            (numbers if kind == "number" else levels).append(files.variable_label(covariate))
    parts = []
    if numbers:
        parts.append(f"{listed(numbers)} at {'its' if len(numbers) == 1 else 'their'} mean")
    if levels:
        parts.append(f"{listed(levels)} averaged over levels with equal weights")
    return f"What is not compared is held: {'; '.join(parts)}." if parts else ""


def _named(settings: Any) -> Iterator[str]:
    """Variables that a contrast compares or is taken at."""
    if not isinstance(settings, Mapping) or not set(KINDS) & set(settings):
        return
    yield from variables_of(settings)
    yield from settings.get("at", {})
    for term in settings.get("combination", ()):
        yield from term.get("at", {})


def _covariates(files: ContrastFiles) -> list[str]:
    """Configured variables among the fixed effects, in the order of the formula."""
    terms = parse_formula(files.spec["model"]["formula"]).fixed
    found = dict.fromkeys(name for term in terms for node in term for name in names_in(node))
    known = files.spec.get("variables", {})
    return [name for name in found if known.get(name, {}).get("kind")]
