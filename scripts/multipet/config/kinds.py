"""What a configured contrast compares, by levels, and what readers see in its place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

Setting = str | float
Settings = Mapping[str, Setting]


@dataclass(frozen=True)
class Term:
    """One weighted term: the mean outcome, or a slope, at some levels.

    Attributes
    ----------
    weight
        Factor of the term in the sum.
    settings
        Variable to level or number; variables left out are averaged over.
    slope
        ``(variable, amount)`` where the term is the change over ``amount`` of a number.
    """

    weight: float
    settings: tuple[tuple[str, Setting], ...] = ()
    slope: tuple[str, float] | None = None


@dataclass(frozen=True)
class Comparison:
    """One comparison of a contrast: a sum of terms, with its name in words."""

    label: str
    terms: tuple[Term, ...]


def kind_of(settings: Mapping[str, Any]) -> str:
    """The kind of a contrast: slope, difference, pairwise or combination."""
    return next(kind for kind in KINDS if kind in settings)


def variables_of(settings: Mapping[str, Any]) -> set[str]:
    """Variables that a contrast compares (not those at which it is merely taken)."""
    kind = kind_of(settings)
    return KINDS[kind].variables(settings[kind])


def centre_factors(settings: Mapping[str, Any]) -> set[str]:
    """Which of site and scanner a contrast names, to compare them or to be taken at one."""
    terms = settings.get("combination", ())
    named = {name for at in [settings["at"], *(term["at"] for term in terms)] for name in at}
    return (variables_of(settings) | named) & {"site", "scanner"}


def comparisons(
    settings: Mapping[str, Any], levels: Mapping[str, Sequence[str]], variables: Mapping[str, Any]
) -> list[Comparison]:
    """Spell out a contrast.

    Parameters
    ----------
    settings
        The contrast as configured, defaults filled in.
    levels
        Levels of every level variable, site and scanner included, in order.
    variables
        The config's ``variables``, for units and labels.

    Returns
    -------
    list of Comparison
        One, or one a pair of levels for ``pairwise``.
    """
    kind = kind_of(settings)
    return KINDS[kind].comparisons(settings[kind], settings["at"], levels, variables)


def _pairs(
    name: str, at: Settings, levels: Mapping[str, Sequence[str]], variables: Mapping[str, Any]
) -> list[Comparison]:
    return [_of_levels(name, pair, at) for pair in combinations(levels[name], 2)]


def _difference(
    pairs: Mapping[str, Sequence[str]],
    at: Settings,
    levels: Mapping[str, Sequence[str]],
    variables: Mapping[str, Any],
) -> list[Comparison]:
    return [_of_levels(name, pair, at) for name, pair in pairs.items()]


def _combination(
    terms: Sequence[Mapping[str, Any]],
    at: Settings,
    levels: Mapping[str, Sequence[str]],
    variables: Mapping[str, Any],
) -> list[Comparison]:
    every = tuple(_term(term) for term in terms)
    label = " ".join(_in_words(term, variables) for term in every).removeprefix("+ ")
    return [Comparison(label, every)]


def _of_levels(name: str, pair: Sequence[str], at: Settings) -> Comparison:
    first, second = pair
    terms = (
        Term(1, _sorted({**at, name: first})),
        Term(-1, _sorted({**at, name: second})),
    )
    return Comparison(f"{first} \N{MINUS SIGN} {second}{_at_words(at)}", terms)


def _slope(
    slope: Mapping[str, float],
    at: Settings,
    levels: Mapping[str, Sequence[str]],
    variables: Mapping[str, Any],
) -> list[Comparison]:
    return [
        Comparison(
            _slope_words(name, amount, variables) + _at_words(at),
            (Term(1, _sorted(at), (name, amount)),),
        )
        for name, amount in slope.items()
    ]


def _term(term: Mapping[str, Any]) -> Term:
    slope = next(iter(term["slope"].items())) if "slope" in term else None
    return Term(term["weight"], _sorted(term["at"]), slope)


def _sorted(settings: Mapping[str, Setting]) -> tuple[tuple[str, Setting], ...]:
    return tuple(sorted(settings.items()))


def _slope_words(name: str, amount: float, variables: Mapping[str, Any]) -> str:
    unit = variables.get(name, {}).get("unit", "")
    return f"{name}, per {amount:g}{' ' + unit if unit else ''}"


def _at_words(at: Mapping[str, Setting]) -> str:
    return f" at {', '.join(f'{k} {v}' for k, v in sorted(at.items()))}" if at else ""


def _in_words(term: Term, variables: Mapping[str, Any]) -> str:
    sign = "+" if term.weight >= 0 else "\N{MINUS SIGN}"
    what = ", ".join(f"{value}" for _, value in term.settings) or "mean"
    if term.slope:
        what = f"({_slope_words(*term.slope, variables)}{_at_words(dict(term.settings))})"
    size = abs(term.weight)
    return f"{sign} {'' if size == 1 else f'{size:g} × '}{what}"


def _varying(terms: Sequence[Mapping[str, Any]]) -> set[str]:
    """Variables whose setting differs between the terms, and those whose slope is taken."""
    slopes = {name for term in terms for name in term.get("slope", {})}
    named = {name for term in terms for name in term["at"]}
    return slopes | {n for n in named if len({str(t["at"].get(n)) for t in terms}) > 1}


Label = Callable[[str, Any], str]


def shown_names(
    contrast: Mapping[str, Any],
    levels: Mapping[str, Sequence[str]],
    variables: Mapping[str, Any],
    label: Label,
) -> dict[str, str]:
    """Names of a contrast's comparisons, each with the name that readers see.

    Parameters
    ----------
    contrast
        As configured.
    levels
        Levels of what ``pairwise`` compares, in any order.
    variables
        The config's ``variables``, for units.
    label
        Returns the label of a level, from its variable and its name.

    Returns
    -------
    dict
        Name in the results files -> name with labels.
    """
    settings = {"at": {}} | {key: contrast[key] for key in (*KINDS, "at") if key in contrast}
    labelled = _labelled(settings, label)
    names: dict[str, str] = {}
    for order in (1, -1):  # whichever of a pair comes first in the results
        some = {name: list(known)[::order] for name, known in levels.items()}
        shown = {name: [label(name, level) for level in known] for name, known in some.items()}
        pairs = zip(
            comparisons(settings, some, variables),
            comparisons(labelled, shown, variables),
            strict=True,
        )
        names |= {plain.label: readable.label for plain, readable in pairs}
    return names


def compared_levels(contrast: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> dict:
    """Levels of the variable that ``pairwise`` compares; empty lists where none are known."""
    if kind_of(contrast) != "pairwise":
        return {}
    return {contrast["pairwise"]: list(known.get(contrast["pairwise"], ()))}


def _labelled(settings: Mapping[str, Any], label: Label) -> dict[str, Any]:
    """The same contrast with the labels of its levels in their place."""
    kind = kind_of(settings)
    return {"at": _at(settings["at"], label), kind: KINDS[kind].labelled(settings[kind], label)}


def _as_it_is(settings: Any, label: Label) -> Any:
    """Of kinds that name no level."""
    return settings


def _pair_labelled(pairs: Mapping[str, Sequence[str]], label: Label) -> dict[str, list[str]]:
    return {name: [label(name, level) for level in pair] for name, pair in pairs.items()}


def _terms_labelled(terms: Sequence[Mapping[str, Any]], label: Label) -> list[dict[str, Any]]:
    return [dict(term) | {"at": _at(term.get("at", {}), label)} for term in terms]


def _at(at: Mapping[str, Any], label: Label) -> dict[str, Any]:
    return {k: label(k, v) if isinstance(v, str) else v for k, v in at.items()}


@dataclass(frozen=True)
class Kind:
    """A kind of contrast; every function takes what is configured under its name first.

    Attributes
    ----------
    variables
        Variables that it compares.
    comparisons
        What it stands for, from ``at``, levels by variable, and the config's ``variables``.
    labelled
        The same with the labels of levels in their place.
    """

    variables: Callable[[Any], set[str]]
    comparisons: Callable[
        [Any, Settings, Mapping[str, Sequence[str]], Mapping[str, Any]], list[Comparison]
    ]
    labelled: Callable[[Any, Label], Any] = _as_it_is


#: Kinds of contrasts by their key in the config; ``checks/contrasts.py`` has a check of each.
KINDS: Mapping[str, Kind] = {
    "slope": Kind(set, _slope),
    "difference": Kind(set, _difference, _pair_labelled),
    "pairwise": Kind(lambda name: {name}, _pairs),
    "combination": Kind(_varying, _combination, _terms_labelled),
}
