"""Values of one covariate: numbers, or shares of the levels seen in the scans learnt from."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import label_text
from multipet.mixed_model.variables import is_number
from multipet.problems import Problem, UserError, did_you_mean, listed


@dataclass(frozen=True, kw_only=True)
class Covariate:
    """What is known of a covariate.

    Attributes
    ----------
    levels
        Levels in the scans learnt from, first = reference; empty for a number.
    unseen
        Levels that other scans of the table have: their effect is unknown.
    mean, low, high
        Mean and range of a number in the scans learnt from; 0 for levels.
    """

    name: str
    levels: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    mean: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def __post_init__(self) -> None:
        # JSON has lists
        object.__setattr__(self, "levels", tuple(self.levels))
        object.__setattr__(self, "unseen", tuple(self.unseen))

    @property
    def is_constant(self) -> bool:
        """Whether the scans learnt from have one value."""
        return len(self.levels) == 1 if self.levels else self.low == self.high

    def as_parameters(self) -> dict[str, Any]:
        """Return its fields, JSON-able."""
        fields = asdict(self)
        del fields["name"]
        return fields | {"levels": list(self.levels), "unseen": list(self.unseen)}


def complete_rows(table: pd.DataFrame, names: Iterable[str]) -> NDArray[np.bool_]:
    """Which rows have a value of every covariate, (scan,); empty text is none."""
    usable = np.ones(len(table), bool)
    for name in names:
        usable &= ~(table[name].isna() | table[name].isin([""])).to_numpy(bool)
    return usable


def read_covariate(name: str, column: pd.Series, rows: NDArray[np.bool_]) -> Covariate:
    """Describe a covariate in ``rows``, which have a value.

    Levels come in the order of a categorical column, else sorted as text.

    Raises
    ------
    UserError
        If it has infinite values.
    """
    if is_number(column):
        values = _numbers(name, column[rows], f"column {name}")
        low, high = float(values.min()), float(values.max())
        return Covariate(name=name, mean=float(values.mean()), low=low, high=high)
    every = complete_rows(column.to_frame(name), [name])
    seen, known = set(_texts(column[rows])), set(_texts(column[every]))
    order = sorted(known)
    if isinstance(column.dtype, pd.CategoricalDtype):
        order = list(dict.fromkeys(map(label_text, column.cat.categories)))
    levels = tuple(level for level in order if level in seen)
    return Covariate(name=name, levels=levels, unseen=tuple(x for x in order if x in known - seen))


def covariate_values(covariate: Covariate, column: pd.Series, where: str) -> Array:
    """Values in the rows of ``column``, all present: (scan,), or (scan, level) for levels.

    An unseen level counts as the mean of the levels.

    Raises
    ------
    UserError
        If a number is none or infinite, or a level is unknown.
    """
    name = covariate.name
    if not covariate.levels:
        if not is_number(column):
            raise UserError(Problem(where, f'"{name}" must be a number, but is text'))
        return _numbers(name, column, where)
    position = {level: k for k, level in enumerate((*covariate.levels, *covariate.unseen))}
    texts = _texts(column)
    unknown = sorted({text for text in texts if text not in position})
    if unknown:
        hint = did_you_mean(unknown[0], position)
        raise UserError(Problem(where, f'"{name}" has unknown levels: {listed(unknown)}', hint))
    k = len(covariate.levels)
    shares = np.vstack([np.eye(k), np.full((len(covariate.unseen), k), 1 / k)])
    return shares[[position[text] for text in texts]]


def _numbers(name: str, column: pd.Series, where: str) -> Array:
    values = column.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise UserError(Problem(where, f'"{name}" has infinite values'))
    return values


def _texts(column: pd.Series) -> list[str]:
    return list(map(label_text, column.tolist()))
