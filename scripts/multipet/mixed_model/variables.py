"""Columns of a table as a model sees them: numbers, or levels with an explicit order."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from multipet.core.problems import Problem, UserError, did_you_mean

_LARGEST = 200_000_000  # entries of a dense indicator matrix: 1.6 GB


@dataclass(frozen=True)
class Variable:
    """One variable in the rows used.

    Attributes
    ----------
    levels
        The levels that occur, first = reference; empty for a number.
    mean
        Mean of a number; NaN for a categorical variable.
    """

    name: str
    levels: tuple[str, ...]
    mean: float

    @property
    def is_factor(self) -> bool:
        """Whether it has levels."""
        return bool(self.levels)


def require_columns(names: Iterable[str], table: pd.DataFrame, where: str) -> None:
    """Raise a UserError that names every column that ``table`` lacks."""
    lacking = [name for name in names if name not in table.columns]
    columns = [str(column) for column in table.columns] if lacking else []
    problems = [
        Problem(where, f'no column "{name}" in the table', did_you_mean(name, columns))
        for name in lacking
    ]
    if problems:
        raise UserError(problems)


def is_number(column: pd.Series | ExtensionDtype | np.dtype) -> bool:
    """Whether a column, or its type, is a number to a model (true/false is two levels)."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def factor_codes(column: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Level of each row and the levels that occur, in the order of the categorical.

    Columns without an order of their own get sorted levels. No row may be missing.
    """
    if not isinstance(column.dtype, pd.CategoricalDtype):
        values = column if is_number(column) else column.astype(str)
        codes, levels = pd.factorize(values, sort=True)
    else:
        every = column.cat.codes.to_numpy().astype(int)
        categories = column.cat.categories
        used = np.bincount(every, minlength=len(categories)) > 0
        codes, levels = (np.cumsum(used) - 1)[every], categories.to_numpy()[used]
    label = _label if np.asarray(levels).dtype.kind in "fO" else str
    return codes, tuple(map(label, levels))


def read_variable(name: str, column: pd.Series) -> tuple[Variable, np.ndarray]:
    """Variable and its values in the rows of ``column``.

    Returns
    -------
    Variable
        The description.
    ndarray
        A number's values, shape (n,); a factor's share of each level, shape (n, levels).
    """
    if is_number(column):
        values = column.to_numpy(dtype=float)
        if not np.isfinite(values).all():
            raise UserError(Problem(f"column {name}", "has infinite values"))
        return Variable(name, (), float(values.mean())), values
    codes, levels = factor_codes(column)
    if len(codes) * len(levels) > _LARGEST:
        message = f"has {len(levels)} levels: too many for an effect, it can only group"
        raise UserError(Problem(f"column {name}", message))
    return Variable(name, levels, float("nan")), np.eye(len(levels))[codes]


def _label(level: object) -> str:
    if isinstance(level, float | np.floating) and float(level).is_integer():
        return str(int(level))
    return str(level)
