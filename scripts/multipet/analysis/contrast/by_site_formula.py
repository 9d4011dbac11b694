"""Formulas in which what a contrast compares may differ from site to site."""

from collections.abc import Set

from multipet.formulas.expression import Name, names_in
from multipet.formulas.formula import (
    INTERCEPT,
    Formula,
    RandomPart,
    Term,
    fixed_part,
    parse_formula,
    random_text,
    term_text,
)

SITE = "site"


def effect_at_each_site(formula: str, compared: Set[str]) -> str:
    """The formula with site fixed, and every term with a compared variable crossed with it.

    Other random terms stay; those of site go, as its fixed effects take their place. Where
    scanners are fixed they span the sites already.

    Examples
    --------
    >>> effect_at_each_site("age + sex + (1 | participant_id) + (1 | site)", {"age"})
    '1 + age + sex + site + age:site + (1 | participant_id)'
    """
    parsed = parse_formula(formula)
    levels = [] if _has_fixed(parsed, SITE) or _has_fixed(parsed, "scanner") else [SITE]
    present = {frozenset(term) for term in parsed.fixed}
    crossed = [
        f"{term_text(term)}:{SITE}"
        for term in parsed.fixed
        if _names(term) & compared and frozenset((*term, Name(SITE))) not in present
    ]
    kept = [random_text(part) for part in parsed.random if part.grouping != (SITE,)]
    return " + ".join([fixed_part(formula), *levels, *crossed, *kept])


def varying_slope(formula: str, column: str, compared: Set[str]) -> str:
    """The formula with a random slope of ``column`` by site.

    Slopes of compared variables by site that the formula has already give way to it.
    """
    parsed = parse_formula(formula)
    parts = [kept for part in parsed.random if (kept := _without_slopes(part, compared))]
    slope = f"(0 + {column} | {SITE})"
    return " + ".join([fixed_part(formula), *dict.fromkeys(map(random_text, parts)), slope])


def with_covariates(formula: str, columns: list[str]) -> str:
    """The formula with more fixed covariates, before its random terms."""
    random = [random_text(part) for part in parse_formula(formula).random]
    return " + ".join([fixed_part(formula), *columns, *random])


def without_factors(formula: str, constant: Set[str]) -> str:
    """The formula without factors that have one level left, nor random terms by them.

    Examples
    --------
    >>> without_factors("age * site + (1 | scanner) + (1 | participant_id)", {"site", "scanner"})
    '1 + age + (1 | participant_id)'
    """
    if not constant:
        return formula
    parsed = parse_formula(formula)
    names = [
        frozenset(node for node in term if node not in map(Name, constant)) for term in parsed.fixed
    ]
    fixed = {
        key: tuple(node for node in term if node in key)
        for key, term in zip(names, parsed.fixed, strict=True)
    }
    start = "1" if INTERCEPT in parsed.fixed else "0"
    terms = [term_text(term) for term in fixed.values() if term != INTERCEPT]
    kept = [random_text(part) for part in parsed.random if not set(part.grouping) & constant]
    return " + ".join([start, *terms, *kept])


def has_slope_by_site(formula: str, compared: Set[str]) -> bool:
    """Does a compared variable have a random slope by site?"""
    parts = parse_formula(formula).random
    return any(part.grouping == (SITE,) and _slopes(part, compared) for part in parts)


def has_random_site(formula: str) -> bool:
    """Does site have a random intercept?"""
    parts = parse_formula(formula).random
    return any(part.grouping == (SITE,) and INTERCEPT in part.terms for part in parts)


def random_centre(formula: str) -> str:
    """The finest of scanner and site that has a random intercept; empty where none has."""
    parts = parse_formula(formula).random
    random = {part.grouping for part in parts if INTERCEPT in part.terms}
    return next((factor for factor in ("scanner", SITE) if (factor,) in random), "")


def _has_fixed(formula: Formula, factor: str) -> bool:
    return (Name(factor),) in formula.fixed


def _names(term: Term) -> set[str]:
    return {name for node in term for name in names_in(node)}


def _slopes(part: RandomPart, compared: Set[str]) -> list[Term]:
    return [term for term in part.terms if _names(term) & compared]


def _without_slopes(part: RandomPart, compared: Set[str]) -> RandomPart | None:
    if part.grouping != (SITE,):
        return part
    taken = _slopes(part, compared)
    terms = tuple(term for term in part.terms if term not in taken)
    return RandomPart(terms, part.grouping, part.correlated) if terms else None
