"""The scans that can be harmonised, as arrays, and those that a harmonisation is estimated from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import Batches, label_text


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
    values = table[list(regions)].to_numpy(dtype=float, na_value=np.nan)
    problems = list(_infinite(values, regions))
    if problems:
        raise UserError(problems)
    return values


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
    return problems


def _infinite(values: NDArray[np.float64], regions: Sequence[str]) -> Iterator[Problem]:
    infinite = np.isinf(values)
    for region in np.flatnonzero(infinite.any(axis=0)):
        rows = listed(np.flatnonzero(infinite[:, region]) + 2)
        yield Problem("regions", f'column "{regions[region]}" has infinite values: rows {rows}')


@dataclass(frozen=True, eq=False)
class UsableScans:
    """Scans that have every preserved covariate.

    Attributes
    ----------
    values
        (scan, region), NaN = missing.
    columns, names
        Preserved covariates, (scan, column).
    batches
        Batch of each scan; batches without a scan keep their label.
    fitted
        Which scans batch effects are estimated from, (scan,).
    regions
        Names of the regions.
    reference
        Position of the batch that the others are brought to, if any.
    subjects
        Position of each scan's subject, (scan,), where the method wants it.
    """

    values: Array
    columns: Array
    names: Sequence[str]
    batches: Batches
    fitted: NDArray[np.bool_]
    regions: Sequence[str]
    reference: int | None = None
    subjects: NDArray[np.int64] | None = None

    @property
    def reference_label(self) -> str | None:
        """Label of the reference batch."""
        return None if self.reference is None else self.batches.labels[self.reference]

    @property
    def fitted_rows(self) -> "slice | NDArray[np.bool_]":
        """Index of the fitted scans; no copy where these are all."""
        return slice(None) if self.fitted.all() else self.fitted

    @property
    def fitted_batches(self) -> Batches:
        """Batch of each fitted scan."""
        return usable_part(self.batches, self.fitted)


def usable_part(batches: Batches, usable: NDArray[np.bool_]) -> Batches:
    """Batches of the usable scans; every label keeps its position."""
    return replace(batches, codes=batches.codes[usable])


def subject_codes(
    table: pd.DataFrame, subject: str | None, usable: NDArray[np.bool_]
) -> NDArray[np.int64] | None:
    """Position of each usable scan's subject, (scan,); None without a column of subjects.

    Raises
    ------
    UserError
        If the column does not exist or lacks a label.
    """
    if subject is None:
        return None
    if subject not in table.columns:
        hint = did_you_mean(subject, table.columns)
        raise UserError(Problem("subject", f'no column "{subject}"', hint))
    column = table[subject]
    gone = (column.isna() | column.isin([""])).to_numpy(bool)
    if gone.any():
        rows = listed(np.flatnonzero(gone) + 2)
        message = f'column "{subject}" has no label in {gone.sum()} scans: rows {rows}'
        raise UserError(Problem("subject", message, "say whose they are"))
    return pd.factorize(column[usable].astype(str), sort=True)[0]


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
