"""What a contrast asks, and at which values the rest is held, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from multipet.config.kinds import variables_of
from multipet.config.models import ContrastSettings
from multipet.config.page_specs import ReportedContrast
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


def settings_of(contrast: ReportedContrast) -> Any:
    """What the config gives for the contrast's kind: ``{age: 10}`` of ``slope: {age: 10}``."""
    return getattr(contrast.settings, contrast.kind)


def question_of(files: ContrastFiles) -> Question:
    """Return the words of a contrast, by its kind."""
    label = outcome(files.spec.study.outcome.label)
    contrast = files.spec.contrast
    if contrast.kind == "slope":
        return _slope(files, label, next(iter(settings_of(contrast))))
    if contrast.kind == "difference":
        return _difference(files, label, *next(iter(settings_of(contrast).items())))
    crossed = _slope_difference(files, label)
    if crossed is not None:
        return crossed
    asked = name(contrast.title)
    return Question(
        subject=prose("“", asked, "” The estimate for ", label),
        lower=prose("below zero"),
        higher=prose("above zero"),
        null=prose("“", asked, "” No departure from zero for ", label),
        noun="difference" if contrast.kind == "pairwise" else "estimate",
        at=at_of(files),
    )


def amount_of(files: ContrastFiles) -> str:
    """Return the amount of a slope with its unit: ``10 years``; empty for other contrasts."""
    contrast = files.spec.contrast
    if contrast.kind != "slope":
        return ""
    variable, amount = next(iter(settings_of(contrast).items()))
    return _amount(amount, files.unit(variable))


def at_of(files: ContrastFiles) -> Prose:
    """Where the contrast is taken: `` at sex women``; empty for a combination, whose terms say."""
    contrast = files.spec.contrast
    at = contrast.settings.at
    if not at or contrast.kind == "combination":
        return ()
    parts: list[str | Span] = []
    for variable, value in sorted(at.items()):
        parts += [", " if parts else " at ", name(files.variable_label(variable)), " "]
        parts.append(name(_setting(files, variable, value)))
    return prose(*parts)


def _setting(files: ContrastFiles, variable: str, value: str | float) -> str:
    if isinstance(value, str):
        return files.level_label(variable, value)
    return _amount(value, files.unit(variable))


def _amount(amount: float, unit: str) -> str:
    size = f"{amount:g}".replace("-", "\N{MINUS SIGN}")
    if unit in ("", "1"):
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


def _difference(
    files: ContrastFiles, measured: Span, variable: str, pair: Sequence[str]
) -> Question:
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


def _slope_difference(files: ContrastFiles, measured: Span) -> Question | None:
    """A combination that sets one slope against the same at another level; None for any other."""
    terms = files.spec.contrast.settings.combination or ()
    if [term.weight for term in terms] not in ([1, -1], [-1, 1]):
        return None
    plus, minus = sorted(terms, key=lambda term: -term.weight)
    differing = [k for k in plus.at if plus.at[k] != minus.at.get(k)]
    if plus.slope is None or plus.slope != minus.slope:
        return None
    if plus.at.keys() != minus.at.keys() or len(differing) != 1:
        return None
    ((variable, amount),) = plus.slope.items()
    first, second = (
        name(files.level_label(differing[0], str(term.at[differing[0]]))) for term in (plus, minus)
    )
    slope = prose("change of ", measured, " with ", name(files.variable_label(variable)))
    return Question(
        subject=prose("The ", *slope),
        lower=prose("lower in ", first, " than in ", second),
        higher=prose("higher in ", first, " than in ", second),
        null=prose("No difference between ", first, " and ", second, " in the ", *slope),
        noun="difference",
        per=f" per {_amount(amount, files.unit(variable))}",
    )


def held_sentence(files: ContrastFiles) -> str:
    """At which covariates the effect is, that the contrast does not name; empty without any."""
    named, variables = set(_named(files.spec.contrast.settings)), files.spec.variables
    others = [covariate for covariate in _covariates(files) if covariate not in named]
    numbers = [v for v in others if variables[v].kind == "number"]
    groups = [
        listed([files.level_label(v, level) for level in variables[v].levels or ()])
        for v in others
        if v not in numbers
    ]
    parts = []
    if numbers:
        parts.append(f"at mean {listed([files.variable_label(v) for v in numbers])}")
    if groups:
        parts.append(f"averaged equally over {' and over '.join(groups)}")
    return f"Effects are {', '.join(parts)}." if parts else ""


def _named(settings: ContrastSettings) -> Iterator[str]:
    """Variables that a contrast compares or is taken at."""
    yield from variables_of(settings)
    yield from settings.at
    for term in settings.combination or ():
        yield from term.at


def _covariates(files: ContrastFiles) -> list[str]:
    """Configured variables among the fixed effects, in the order of the formula."""
    terms = parse_formula(files.spec.model.formula).fixed
    found = dict.fromkeys(name for term in terms for node in term for name in names_in(node))
    return [name for name in found if name in files.spec.variables]
