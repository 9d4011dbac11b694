"""The tables that tell how far the answer of a contrast rests on what was chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from multipet import robustness_columns as columns
from multipet.columns import FINDINGS, Column, names


def no_rows(described: Sequence[Column]) -> Callable[[], pd.DataFrame]:
    """Return what makes a table with these columns and no rows."""
    return lambda: pd.DataFrame(columns=names(described))


@dataclass(frozen=True, eq=False)
class RobustnessFiles:
    """Tables with the columns of the same names in ``robustness_columns``, and findings."""

    left_out: pd.DataFrame = field(default_factory=no_rows(columns.LEFT_OUT))
    left_out_summary: pd.DataFrame = field(default_factory=no_rows(columns.LEFT_OUT_SUMMARY))
    covariate_sets: pd.DataFrame = field(default_factory=no_rows(columns.COVARIATE_SETS))
    specifications: pd.DataFrame = field(default_factory=no_rows(columns.SPECIFICATIONS))
    influence: pd.DataFrame = field(default_factory=no_rows(columns.INFLUENCE))
    linearity: pd.DataFrame = field(default_factory=no_rows(columns.LINEARITY))
    findings: pd.DataFrame = field(default_factory=no_rows(FINDINGS))
