"""How an effect is shown: in percent on a log scale, else in the outcome's unit."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.config.study import Outcome
from multipet.report.html.text import is_missing, number, signed

SD_MEANING = (
    "SD of one scan within site and scanner: differences between people and the residual together"
)
ANALYSIS_SCALE = ("estimate", "ci_low", "ci_high", "detectable")
IN_PERCENT = ("percent", "percent_low", "percent_high", "percent_detectable")
UNITLESS = ("", "1")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class EffectScale:
    """Which columns of a contrast table hold the effect that readers see.

    Attributes
    ----------
    estimate, low, high
        Column names of the effect and of the ends of its interval.
    detectable
        Column name of the smallest effect that the design detects.
    unit
        As printed after the number: ``%``, the outcome's unit, or its label where it has none.
    """

    estimate: str
    low: str
    high: str
    detectable: str
    unit: str

    def text(self, row: Row) -> str:
        """Return the effect with sign and unit: ``−4.90 %``."""
        return self.bound(row[self.estimate])

    def amount(self, size: float) -> str:
        """Return a size without sign: ``3.20 %``."""
        return f"{number(size)}\N{NO-BREAK SPACE}{self.unit}"

    def interval(self, row: Row) -> str:
        """Return the interval without unit: ``−6.10 to +3.68``."""
        return f"{signed(row[self.low])} to {signed(row[self.high])}"

    def interval_text(self, row: Row) -> str:
        """Return the interval with its unit: ``−6.10 to +3.68 %``."""
        return f"{self.interval(row)}\N{NO-BREAK SPACE}{self.unit}"

    def from_analysis(self, value: float) -> float:
        """Return an effect on the analysis scale in the unit of the effects shown."""
        return 100 * math.expm1(value) if self.unit == "%" else value

    def bound(self, value: float) -> str:
        """Return one number with sign and unit."""
        return f"{signed(value)}\N{NO-BREAK SPACE}{self.unit}"


def effect_scale(outcome: Outcome, contrast: pd.DataFrame) -> EffectScale:
    """Choose the columns to show from the outcome's scale (``identity`` or ``log``)."""
    named = outcome.label if outcome.unit in UNITLESS else outcome.unit
    if outcome.scale != "log":
        return EffectScale(*ANALYSIS_SCALE, named)
    if "percent" in contrast and contrast["percent"].notna().any():
        return EffectScale(*IN_PERCENT, "%")
    return EffectScale(*ANALYSIS_SCALE, f"log {outcome.label}")


def decisive_p(row: Row) -> float:
    """Return the p-value that decides: adjusted where there is one."""
    adjusted = row["p_adjusted"]
    return row["p_value"] if is_missing(adjusted) else adjusted


def detected(row: Row, alpha: float) -> bool:
    """Whether the row's decisive p-value is below ``alpha``; False where there is none."""
    p = decisive_p(row)
    return not is_missing(p) and p < alpha


def estimated(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a contrast table that hold an estimate."""
    return table[table["estimate"].notna()].to_dict("records")


def tested(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a contrast table that hold an estimate and its test."""
    return [row for row in estimated(table) if not is_missing(decisive_p(row))]
