"""Values of the regions of a table of scans, as one array."""

from collections.abc import Sequence

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
    return np.column_stack([table[name].to_numpy(dtype=float, na_value=np.nan) for name in regions])


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
        else:
            rows = np.flatnonzero(np.isinf(table[name].to_numpy(dtype=float, na_value=np.nan)))
            if rows.size:
                message = f'column "{name}" has infinite values: rows {listed(rows + 2)}'
                problems.append(Problem("regions", message))
    return problems
