"""How site and scanner enter a model: the switch ``auto | random | fixed | none``, resolved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Terms that each choice adds to the formula. Scanner labels carry their site, so that
#: scanner is nested in site by construction.
TERMS = {"random": "(1 | {factor})", "fixed": "{factor}", "none": ""}


@dataclass(frozen=True)
class Choice:
    """How one factor enters a model.

    Attributes
    ----------
    factor
        ``site`` or ``scanner``.
    asked
        As in the config: ``auto``, ``random``, ``fixed`` or ``none``.
    used
        ``random``, ``fixed``, ``none``, or ``in scanner`` for a site that fixed scanners span.
    reason
        One sentence for the report.
    """

    factor: str
    asked: str
    used: str
    reason: str


def choose_site(asked: str, n_sites: int, *, minimum: int, compared: bool, scanner: str) -> Choice:
    """Decide how site enters.

    Parameters
    ----------
    asked
        The config's choice.
    n_sites
        Sites with data.
    minimum
        Fewest levels for a random effect (``checks.few_levels.minimum``).
    compared
        Does a contrast of this model compare sites?
    scanner
        How scanner enters (``Choice.used``).
    """
    if asked == "none":
        return Choice("site", asked, "none", "The config leaves site out of the model.")
    if n_sites < 2:
        return Choice("site", asked, "none", "There is one site only.")
    if scanner == "fixed":
        reason = "Scanners are fixed effects, and each belongs to one site: they span the sites."
        return Choice("site", asked, "in scanner", reason)
    return _by_levels("site", asked, n_sites, minimum, compared)


def choose_scanner(
    asked: str,
    n_scanners: int,
    n_sites: int,
    *,
    minimum: int,
    compared: bool,
    site: str,
    site_compared: bool,
) -> Choice:
    """Decide how scanner within site enters; ``site`` is the config's choice for site."""
    if asked == "none":
        return Choice("scanner", asked, "none", "The config leaves scanner out of the model.")
    if n_scanners <= n_sites:
        reason = "No site has a second scanner, so that scanner and site are the same."
        return Choice("scanner", asked, "none", reason)
    if asked == "auto" and not compared:
        if site_compared:
            reason = "Sites are compared, so that scanners within them are random."
            return Choice("scanner", asked, "random", reason)
        if site == "random" and n_scanners < minimum:
            reason = f"Site is random, and {n_scanners} scanners are too few for fixed and random."
            return Choice("scanner", asked, "random", reason)
    return _by_levels("scanner", asked, n_scanners, minimum, compared)


def full_formula(
    formula: str, choices: Mapping[str, Choice], site_means: Sequence[str] = ()
) -> str:
    """Append the terms of ``choices`` to the formula that the user wrote.

    ``site_means`` are columns of the table; only a random site leaves room for them.
    """
    terms = [TERMS.get(choice.used, "").format(factor=f) for f, choice in choices.items()]
    means = site_means if choices["site"].used == "random" else ()
    return " + ".join([formula, *means, *filter(None, terms)])


def alternative(choices: Mapping[str, Choice]) -> dict[str, Choice] | None:
    """The other way to enter site (random for fixed and back), or None where there is none."""
    site = choices["site"]
    if site.used not in {"random", "fixed"}:
        return None
    other = "fixed" if site.used == "random" else "random"
    return {**choices, "site": Choice("site", site.asked, other, f"Sensitivity: site {other}.")}


def _by_levels(factor: str, asked: str, n: int, minimum: int, compared: bool) -> Choice:
    if asked != "auto":
        return Choice(factor, asked, asked, f"The config sets {factor}: {asked}.")
    if compared:
        return Choice(factor, asked, "fixed", f"A contrast of this model compares {factor}s.")
    if n < minimum:
        reason = f"There are {n} {factor}s; a random effect needs {minimum} at least."
        return Choice(factor, asked, "fixed", reason)
    reason = f"There are {n} {factor}s, enough for a random effect ({minimum} or more)."
    return Choice(factor, asked, "random", reason)
