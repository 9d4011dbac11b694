"""The table of calibrated p-values, and a contrast's table with them filled in."""

import numpy as np
import pandas as pd

from multipet.core.columns import Column, names
from multipet.inference.detectable_effect import detectable_effect
from multipet.inference.multiplicity import adjust

CALIBRATION = (
    Column("harmonisation", "harmonisation, as named in the config", kind="text"),
    Column("region", "brain region", kind="text"),
    Column("comparison", "what is compared, in words", kind="text"),
    Column("estimate", "estimated effect from harmonised values, analysis scale"),
    Column("standard_error", "its plain Wald standard error, same scale"),
    Column("t", "estimate / standard_error", "1"),
    Column("p_naive", "two-sided p of the model on harmonised values as if they were raw", "1"),
    Column("p_value", "(1 + draws with |t| at least as large) / (1 + draws)", "1"),
    Column("t_critical", "size that |t| exceeds just where p_value < 1 - confidence", "1"),
    Column("ci_low", "estimate - t_critical x standard_error, same scale"),
    Column("ci_high", "estimate + t_critical x standard_error, same scale"),
    Column("p_method", "where p_value is from: t, permutation or bootstrap", kind="text"),
    Column("draws", "draws under the null hypothesis, each harmonised and fitted anew", "1"),
    Column("naive_error", "share of the draws in which the naive p < 1 - confidence", "1"),
    Column("status", "ok, or why there is no calibrated p", kind="text"),
)
_PERCENT = {
    "ci_low": "percent_low",
    "ci_high": "percent_high",
    "detectable": "percent_detectable",
}


def no_calibration() -> pd.DataFrame:
    """The table of a contrast that has no answer from harmonised values."""
    return pd.DataFrame(columns=names(CALIBRATION))


def apply_to(
    contrast: pd.DataFrame, calibration: pd.DataFrame, own: str, adjustment: str
) -> pd.DataFrame:
    """Put the calibrated p-values and intervals into a contrast's table.

    Parameters
    ----------
    contrast
        Columns ``columns.CONTRAST``, fitted to harmonised values: its p is the naive one.
    calibration
        Columns ``CALIBRATION``.
    own
        Harmonisation of the model.
    adjustment
        How ``p_adjusted`` is adjusted: ``inference.adjust`` of the config.

    Returns
    -------
    DataFrame
        Rows of ``contrast``. Where there is no calibrated p, p and interval are missing: what
        the model says of harmonised values without it stays in ``p_naive`` alone. A reason
        stands in ``status``.
    """
    found = _matched(contrast, calibration[calibration["harmonisation"] == own])
    table = contrast.assign(p_naive=contrast["p_value"])
    reason = found["status"].fillna("not calibrated")
    calibrated = (reason == "ok").to_numpy()
    told = (contrast["status"] == "ok").to_numpy()
    for name in ("p_value", "ci_low", "ci_high"):
        table[name] = found[name].to_numpy(float)
    for name in ("t", "standard_error"):  # the naive test may have called itself impossible
        table[name] = np.where(told | ~calibrated, contrast[name], found[name]).astype(float)
    table["p_method"] = found["p_method"].fillna("").to_numpy()
    table["status"] = np.where(told | calibrated, reason, contrast["status"])
    cells = zip(found["standard_error"], table["df"], found["t_critical"], strict=True)
    table["detectable"] = [_detectable(*cell) for cell in cells]
    in_percent = contrast["percent"].notna().to_numpy()
    for end, name in _PERCENT.items():
        table[name] = np.where(in_percent, 100 * np.expm1(table[end]), np.nan)
    table["p_adjusted"] = adjust(table["p_value"].to_numpy(float), adjustment)
    return table


def _detectable(standard_error: float, df: float, critical: float) -> float:
    """Smallest effect that the calibrated test is likely to find."""
    if pd.isna(critical):
        return float("nan")
    # the critical value stands in for the level
    return detectable_effect(float(standard_error), float(df), 0.05, critical=float(critical))


def _matched(contrast: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The row of ``rows`` of each row of ``contrast``; missing where there is none."""
    keys = ["region", "comparison"]
    return contrast[keys].merge(rows, on=keys, how="left", validate="one_to_one")
