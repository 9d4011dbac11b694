"""Levels of the factor by which the residual spread of a model differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from multipet.core.problems import Problem, UserError, listed
from multipet.mixed_model.variables import factor_codes

# below it the spread of a level is hardly known: of simulated Kenward-Roger tests of no effect 10 %
# had p < 0.05 with 6 scans a level, 6.5 % with 8 or 10, 5 % from 15 on; type_one_error.py in tests
FEW_SCANS = 10
LEAST = 1e-3  # a spread that counts as 0, relative to the largest
_LEAST_SCANS = 2


@dataclass(frozen=True, eq=False)
class ResidualLevels:
    """Which residual spread each row has.

    Attributes
    ----------
    factor
        Name of the factor: ``scanner``.
    levels
        Those that occur in the rows used; the first is the one that others are relative to.
    index
        Level of each row, shape (n,).
    """

    factor: str
    levels: tuple[str, ...]
    index: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Rows of each level."""
        return np.bincount(self.index, minlength=len(self.levels))


@dataclass(frozen=True, eq=False)
class ResidualSpread:
    """The residual standard deviations of one fit: that of a level is δ times the first's.

    Attributes
    ----------
    levels
        The levels.
    delta
        δ of each level, the first being 1, shape (levels,).
    """

    levels: ResidualLevels
    delta: np.ndarray
    ratios: Mapping[str, float] = field(init=False)

    def __post_init__(self) -> None:
        ratios = dict(zip(self.levels.levels, map(float, self.delta), strict=True))
        object.__setattr__(self, "ratios", ratios)

    @property
    def of_rows(self) -> np.ndarray:
        """δ of each row, shape (n,)."""
        return self.delta[self.levels.index]

    @property
    def log_determinant(self) -> float:
        """Σ log δ² over the rows: what the criterion has more than that of weighted rows."""
        return 2 * float(self.levels.sizes @ np.log(self.delta))


def is_zero(delta: np.ndarray) -> np.ndarray:
    """Which δ count as 0 beside the largest, for ``delta`` of shape (…, levels)."""
    return delta <= 1.001 * LEAST * delta.max(axis=-1, keepdims=True)


def residual_levels(factor: str, column: pd.Series, where: str) -> ResidualLevels:
    """Levels of ``column``, the rows used.

    Raises
    ------
    UserError
        If there is one level only, or one has a single scan.
    """
    index, levels = factor_codes(column)
    if len(levels) < 2:
        message = f'residual variance by "{factor}": it has one level only ("{levels[0]}")'
        raise UserError(Problem(where, message))
    found = ResidualLevels(factor, levels, index)
    lone = [level for level, n in zip(levels, found.sizes, strict=True) if n < _LEAST_SCANS]
    if lone:
        names = listed(f'"{level}"' for level in lone)
        message = f'residual variance by "{factor}" needs {_LEAST_SCANS} scans or more of each'
        raise UserError(Problem(where, f"{message}; one only: {names}"))
    return found


def given_spread(
    levels: ResidualLevels, ratios: Mapping[str, float] | None, where: str
) -> ResidualSpread:
    """The spread at ``ratios`` of each level, taken relative to the first; 1 where None.

    Raises
    ------
    UserError
        If a level has no ratio, or one that is not a positive number.
    """
    ratios = dict.fromkeys(levels.levels, 1.0) if ratios is None else ratios
    lacking = _unusable(levels.levels, ratios)
    if lacking:
        message = f"residual ratios: no positive number for {listed(lacking)}"
        raise UserError(Problem(where, message))
    delta = np.array([float(ratios[level]) for level in levels.levels])
    return ResidualSpread(levels, delta / delta[0])


def _unusable(levels: Sequence[str], ratios: Mapping[str, float]) -> list[str]:
    values = {level: ratios.get(level, np.nan) for level in levels}
    return [level for level, value in values.items() if not (np.isfinite(value) and value > 0)]
