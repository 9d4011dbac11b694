"""Values of the regions of a table of scans, as one array."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.problems import Problem, UserError, did_you_mean, listed


def region_values(table: pd.DataFrame, regions: Sequence[str]) -> NDArray[np.float64]:
    """Values, (scan, region), NaN = missing.

    Raises
    ------
    UserError
        If no region is named, one is named twice, does not exist, is not a number, or has
        infinite values; all such problems at once.
    """
    problems = list(_problems(table, regions))
    if problems:
        raise UserError(problems)
    values = table[list(regions)].to_numpy(dtype=float, na_value=np.nan)
    problems = list(_infinite(values, regions))
    if problems:
        raise UserError(problems)
    return values


def _problems(table: pd.DataFrame, regions: Sequence[str]) -> list[Problem]:
    if len(regions) == 0:
        return [Problem("regions", "no region is named")]
    problems = []
    twice = sorted({name for name in regions if list(regions).count(name) > 1})
    if twice:
        problems.append(Problem("regions", f"named more than once: {listed(twice)}"))
    for name in regions:
        if name not in table.columns:
            hint = did_you_mean(name, table.columns)
            problems.append(Problem("regions", f'no column "{name}"', hint))
        elif not pd.api.types.is_numeric_dtype(table[name]):
            problems.append(Problem("regions", f'column "{name}" does not hold numbers'))
    return problems


def _infinite(values: NDArray[np.float64], regions: Sequence[str]) -> Iterator[Problem]:
    infinite = np.isinf(values)
    for region in np.flatnonzero(infinite.any(axis=0)):
        rows = listed(np.flatnonzero(infinite[:, region]) + 2)
        yield Problem("regions", f'column "{regions[region]}" has infinite values: rows {rows}')
