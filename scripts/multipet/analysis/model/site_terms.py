"""How site and scanner enter a model, and site means of covariates beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipet.core.problems import Problem, UserError
from multipet.formulas.expression import names_in
from multipet.formulas.formula import INTERCEPT, Term, fixed_part, parse_formula
from multipet.formulas.functions import check_functions
from multipet.mixed_model.design import complete_rows
from multipet.mixed_model.model_matrix import INTERCEPT_NAME, build_matrix, filled
from multipet.mixed_model.variables import read_variable

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


PREFIX = "site_mean_"
CENTRE = frozenset({"site", "scanner", "region"})


def with_site_means(table: pd.DataFrame, formula: str) -> pd.DataFrame:
    """The table with the site means of every column of a formula's fixed part.

    Parameters
    ----------
    table
        One row a scan (joint: a scan x region), with ``site``.
    formula
        Covariates as the config has them; terms of site, scanner or region have no means. The
        table as it is where empty.

    Returns
    -------
    DataFrame
        With columns named ``site_mean_names(…)``; a mean is that of the scans which have every
        covariate, and missing at a site without any.

    Raises
    ------
    UserError
        If the table has a column of such a name already.
    """
    columns = _columns(table, formula)
    taken = [name for name in columns if name in table]
    if taken:
        message = f'there is a column "{taken[0]}" already, the name of a site mean'
        raise UserError(Problem("site_means: true", message, "rename that variable or region"))
    sites = table["site"].astype(str)
    means = columns.groupby(sites.iloc[columns.index].to_numpy()).mean()
    return table.assign(**{name: sites.map(means[name]).astype(float) for name in means})


def site_mean_names(table: pd.DataFrame, formula: str) -> tuple[str, ...]:
    """Names of the columns that ``with_site_means`` adds: letters, digits and ``_`` only."""
    return tuple(_columns(table, formula))


def means_by_site(values: np.ndarray, sites: np.ndarray) -> np.ndarray:
    """Mean of the values of each row's site, shape (n,)."""
    _, index = np.unique(sites, return_inverse=True)
    return (np.bincount(index, values) / np.bincount(index))[index]


def _columns(table: pd.DataFrame, formula: str) -> pd.DataFrame:
    """The columns whose means are wanted, named after them, in the complete rows of the table."""
    fixed = parse_formula(fixed_part(formula or "1"))
    terms = tuple(term for term in fixed.fixed if term != INTERCEPT and not _names(term) & CENTRE)
    rows = np.flatnonzero(complete_rows(fixed, table))
    if not terms or not len(rows):
        return pd.DataFrame(index=rows)
    check_functions(fixed.nodes, f'formula "{formula}"')
    names = dict.fromkeys(name for term in terms for name in _names(term))
    read = {name: read_variable(name, table[name].iloc[rows]) for name in names}
    same = {n for n, (v, _) in read.items() if v.is_factor and len(v.levels) < 2}
    terms = tuple(term for term in terms if not _names(term) & same)
    values = {name: value for name, (_, value) in read.items()}
    recipe = build_matrix((INTERCEPT, *terms), {name: v for name, (v, _) in read.items()})
    columns = pd.DataFrame(
        filled(recipe.columns(values), len(rows)), index=rows, columns=recipe.names(values)
    ).drop(columns=INTERCEPT_NAME)
    return columns.set_axis(_safe(list(columns.columns)), axis=1)


def _names(term: Term) -> set[str]:
    return {name for node in term for name in names_in(node)}


def _safe(columns: list[str]) -> list[str]:
    found: list[str] = []
    for column in columns:
        letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in column)
        name = PREFIX + letters.strip("_")
        while name in found:
            name += "_"
        found.append(name)
    return found
