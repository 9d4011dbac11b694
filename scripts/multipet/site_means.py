"""Site means of covariates, as columns that stand beside a random site (Mundlak 1978,
doi:10.2307/1913646)."""

import numpy as np
import pandas as pd

from multipet.formula import INTERCEPT, parse_formula
from multipet.formula_text import fixed_part
from multipet.functions import check_functions
from multipet.design import complete_rows
from multipet.expression import names_in
from multipet.model_matrix import INTERCEPT_NAME, build_matrix, filled
from multipet.variables import read_variable

PREFIX = "site_mean_"


def site_mean_columns(formula: str, table: pd.DataFrame) -> pd.DataFrame:
    """Site means of every column of a formula's fixed part.

    Parameters
    ----------
    formula
        Covariates as the config has them; columns that site or scanner make are left out.
    table
        One row a scan (joint: a scan x region), with ``site``.

    Returns
    -------
    DataFrame
        A column ``site_mean_<column>`` each, with letters, digits and ``_`` only in its name;
        a mean is that of the scans that have every covariate. Index as ``table``.
    """
    fixed = parse_formula(fixed_part(formula))
    check_functions(fixed.nodes, f'formula "{formula}"')
    terms = tuple(t for t in fixed.fixed if t != INTERCEPT and not _of_centre(t))
    rows = np.flatnonzero(complete_rows(fixed, table))
    if not terms or not len(rows):
        return pd.DataFrame(index=table.index)
    names = dict.fromkeys(n for term in terms for node in term for n in names_in(node))
    read = {name: read_variable(name, table[name].iloc[rows]) for name in names}
    values = {name: value for name, (_, value) in read.items()}
    recipe = build_matrix((INTERCEPT, *terms), {name: v for name, (v, _) in read.items()})
    columns = pd.DataFrame(filled(recipe.columns(values), len(rows)), columns=recipe.names(values))
    sites = table["site"].astype(str)
    means = columns.drop(columns=INTERCEPT_NAME).groupby(sites.iloc[rows].to_numpy()).mean()
    added = means.reindex(sites.to_numpy()).set_axis(table.index)
    return added.set_axis(_safe_names(list(means.columns), table), axis=1)


def means_by_site(values: np.ndarray, sites: np.ndarray) -> np.ndarray:
    """Mean of the values of each row's site, shape (n,)."""
    _, index = np.unique(sites, return_inverse=True)
    return (np.bincount(index, values) / np.bincount(index))[index]


def free_name(wanted: str, table: pd.DataFrame) -> str:
    """``wanted``, with underscores after it where the table has such a column."""
    while wanted in table.columns:
        wanted += "_"
    return wanted


def _of_centre(term: tuple) -> bool:
    return bool({"site", "scanner", "region"} & {n for node in term for n in names_in(node)})


def _safe_names(columns: list[str], table: pd.DataFrame) -> list[str]:
    found: list[str] = []
    for column in columns:
        letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in column)
        name = free_name(PREFIX + letters.strip("_"), table)
        while name in found:
            name += "_"
        found.append(name)
    return found
