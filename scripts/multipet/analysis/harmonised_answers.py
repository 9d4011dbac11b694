"""Answers from harmonised values beside the main one: what may stand as their p, and what not."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis import variant_names
from multipet.analysis.answers import Question
from multipet.columns import SENSITIVITY, names
from multipet.inference.multiplicity import adjust

#: Cells of a row that are naive where values were harmonised and nothing was calibrated.
NAIVE = ("p_value", "p_adjusted", "ci_low", "ci_high", "percent_low", "percent_high")
#: Cells that a calibration shares with a contrast's table.
CALIBRATED = (
    "region", "comparison", "estimate", "standard_error", "t", "p_value", "p_naive", "p_method",
    "ci_low", "ci_high", "status",
)  # fmt: skip


def without_calibration(table: pd.DataFrame) -> pd.DataFrame:
    """Rows whose test does not know of the harmonisation: its p is ``p_naive``, no interval."""
    table = table.assign(p_naive=table["p_value"], p_method="")
    return table.assign(**dict.fromkeys(NAIVE, np.nan))


def other_harmonisations(
    question: Question, main: pd.DataFrame, calibration: pd.DataFrame, own: str
) -> pd.DataFrame:
    """Calibrated answers from the harmonisations that are not the model's own.

    Parameters
    ----------
    question
        What was asked.
    main
        The contrast's table, which knows how many people and scans there are.
    calibration
        Columns ``calibration.CALIBRATION``.
    own
        Harmonisation of the model; ``none`` where it is fitted to raw values.

    Returns
    -------
    DataFrame
        Columns ``columns.SENSITIVITY``.
    """
    others = calibration[calibration["harmonisation"] != own]
    table = others[list(CALIBRATED)].assign(
        variant=[variant_names.harmonised(name) for name in others["harmonisation"]],
        contrast=question.contrast,
    )
    counts = main[["region", "comparison", "n_subjects", "n_scans", "n_sites", "varies"]]
    table = table.merge(counts, on=["region", "comparison"], how="left")
    if question.scale == "log":
        ends = {"estimate": "percent", "ci_low": "percent_low", "ci_high": "percent_high"}
        table = table.assign(
            **{name: 100 * np.expm1(table[end].astype(float)) for end, name in ends.items()}
        )
    method = question.inference["adjust"]
    parts = [
        part.assign(p_adjusted=adjust(part["p_value"].to_numpy(float), method))
        for _, part in table.groupby("variant", sort=False)
    ]
    return stacked(*parts) if parts else table.reindex(columns=names(SENSITIVITY))


def largest_naive_error(calibration: pd.DataFrame, own: str) -> float:
    """Largest share of draws in which a naive test of the model's values errs; NaN without."""
    errors = calibration.loc[calibration["harmonisation"] == own, "naive_error"]
    return float(errors.max()) if len(errors) else math.nan


def stacked(*parts: pd.DataFrame) -> pd.DataFrame:
    """Sensitivity tables, one below the other."""
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True).reindex(columns=names(SENSITIVITY))


def takes_from_data(harmonisation: Mapping[str, Any] | None) -> bool:
    """Whether values were harmonised by what these data themselves show."""
    return harmonisation is not None and harmonisation["method"] not in ("linear_scale", "saved")
