"""Site means of covariates, as columns that stand beside a random site.

With them a covariate's coefficient is its effect within sites, and theirs tell by how much that
between sites departs from it (Mundlak 1978, doi:10.2307/1913646).
"""

import numpy as np
import pandas as pd

from multipet.formulas.expression import names_in
from multipet.formulas.formula import INTERCEPT, Term, parse_formula
from multipet.formulas.formula_text import fixed_part
from multipet.formulas.functions import check_functions
from multipet.mixed_model.design import complete_rows
from multipet.mixed_model.model_matrix import INTERCEPT_NAME, build_matrix, filled
from multipet.mixed_model.variables import read_variable
from multipet.problems import Problem, UserError

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
