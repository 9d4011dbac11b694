"""The scans that a harmonisation is estimated from, where they are not all."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.harmonisation.batches import label_text
from multipet.problems import Problem, UserError, did_you_mean


def subset_rows(table: pd.DataFrame, fit_on: Any) -> NDArray[np.bool_]:
    """Whether each scan of ``table`` is in the subset ``fit_on``, (scan,).

    Parameters
    ----------
    fit_on
        ``{"group": "control"}`` or ``{"group": ["control", "relative"], "sex": "F"}``: scans
        with one of the levels in every column; or true/false for every row; None: all.

    Raises
    ------
    UserError
        If a column or level does not exist, or there is not one true or false for every row.
    """
    if fit_on is None:
        return np.ones(len(table), bool)
    if isinstance(fit_on, Mapping):
        return _with_levels(table, fit_on)
    chosen = np.asarray(fit_on)
    if chosen.dtype != bool or chosen.shape != (len(table),):
        message = "wants {column: levels}, or true or false for each of the table's rows"
        raise UserError(Problem("fit_on", message))
    return chosen


def fit_on_record(fit_on: Any) -> dict[str, list[str]] | str | None:
    """Return ``fit_on`` as parameters store it: ``"rows"`` for one true or false a row."""
    if fit_on is None:
        return None
    if not isinstance(fit_on, Mapping):
        return "rows"
    return {str(name): _levels(levels) for name, levels in fit_on.items()}


def _with_levels(table: pd.DataFrame, wanted: Mapping[str, Any]) -> NDArray[np.bool_]:
    problems = [] if wanted else [Problem("fit_on", "names no column")]
    chosen = np.ones(len(table), bool)
    for name, levels in wanted.items():
        if name not in table.columns:
            hint = did_you_mean(name, table.columns)
            problems.append(Problem("fit_on", f'no column "{name}"', hint))
            continue
        texts = np.array([label_text(value) for value in table[name]], dtype=object)
        known = sorted(set(texts[table[name].notna().to_numpy()]))
        for level in _levels(levels):
            if level not in known:
                message = f'column "{name}" has no level "{level}"'
                problems.append(Problem("fit_on", message, did_you_mean(level, known)))
        chosen &= np.isin(texts, _levels(levels)) & table[name].notna().to_numpy()
    if problems:
        raise UserError(problems)
    return chosen


def _levels(levels: Any) -> list[str]:
    several = isinstance(levels, Sequence | np.ndarray) and not isinstance(levels, str)
    return [label_text(level) for level in (levels if several else [levels])]
