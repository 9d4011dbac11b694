"""Batches: which scans were acquired under the same conditions, by one label column or several."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.problems import Problem, UserError, did_you_mean, listed


@dataclass(frozen=True)
class Batches:
    """The batch of every scan.

    Attributes
    ----------
    columns
        Columns whose combinations are the batches.
    labels
        Labels in order; those of several columns are joined by " + ".
    codes
        Position in ``labels`` of each scan's batch.
    """

    columns: tuple[str, ...]
    labels: tuple[str, ...]
    codes: NDArray[np.int64]

    @property
    def name(self) -> str:
        """How messages call the batch: ``site``, ``site + scanner``."""
        return " + ".join(self.columns)


def label_text(value: Hashable) -> str:
    """Return a label as text: 1, 1.0 and "1" are one batch."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def read_batches(table: pd.DataFrame, columns: str | Sequence[str]) -> Batches:
    """Read the batch of every row of ``table``.

    Levels come in the order of a categorical column, else sorted as text. Labels without a
    scan are left out.

    Raises
    ------
    UserError
        If a column does not exist, a label is missing, or two batches share a joined label.
    """
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    problems = [
        Problem("batch", f'no column "{name}"', did_you_mean(name, table.columns))
        for name in names
        if name not in table.columns
    ]
    if not names:
        problems.append(Problem("batch", "names no column", "for example: scanner"))
    if problems:
        raise UserError(problems)
    texts = [_texts(table[name]) for name in names]
    ranks = [{text: k for k, text in enumerate(_levels(table[name]))} for name in names]
    keys = list(zip(*texts, strict=True))
    order = sorted(set(keys), key=lambda key: [r[part] for r, part in zip(ranks, key, strict=True)])
    labels = [" + ".join(key) for key in order]
    if len(set(labels)) < len(labels):
        raise UserError(Problem("batch", f"two batches would both be called {_twice(labels)}"))
    position = {key: k for k, key in enumerate(order)}
    return Batches(names, tuple(labels), np.array([position[key] for key in keys], dtype=np.int64))


def reference_code(reference: str | None, batches: Batches) -> int | None:
    """Position of the reference batch, if there is one.

    Raises
    ------
    UserError
        If there is no batch of that label.
    """
    if reference is None:
        return None
    text = label_text(reference)
    if text not in batches.labels:
        hint = did_you_mean(text, batches.labels)
        raise UserError(Problem("reference", f'no batch "{text}" in {batches.name}', hint))
    return batches.labels.index(text)


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
    return {str(name): _asked(levels) for name, levels in fit_on.items()}


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
        for level in _asked(levels):
            if level not in known:
                message = f'column "{name}" has no level "{level}"'
                problems.append(Problem("fit_on", message, did_you_mean(level, known)))
        chosen &= np.isin(texts, _asked(levels)) & table[name].notna().to_numpy()
    if problems:
        raise UserError(problems)
    return chosen


def _asked(levels: Any) -> list[str]:
    several = isinstance(levels, Sequence | np.ndarray) and not isinstance(levels, str)
    return [label_text(level) for level in (levels if several else [levels])]


def _texts(column: pd.Series) -> list[str]:
    gone = (column.isna() | column.isin([""])).to_numpy()
    if gone.any():
        rows = listed(np.flatnonzero(gone) + 2)
        message = f'column "{column.name}" has no label in {gone.sum()} scans: rows {rows}'
        raise UserError(Problem("batch", message, "say which batch they are of"))
    return list(map(label_text, column.tolist()))


def _levels(column: pd.Series) -> list[str]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(dict.fromkeys(map(label_text, column.cat.categories)))
    return sorted(set(_texts(column)))


def _twice(labels: Sequence[str]) -> str:
    return listed(sorted({label for label in labels if labels.count(label) > 1}))
