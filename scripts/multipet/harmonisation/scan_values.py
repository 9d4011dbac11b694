"""Values of scans: read from a table as arrays, and given back as a harmonised table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.columns.harmonisation import SITE_EFFECTS
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects
from multipet.harmonisation.batches import Batches


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
    for region in np.flatnonzero(infinite.any(axis=0)).tolist():
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


@dataclass(frozen=True, eq=False)
class Harmonised:
    """Harmonised values and how they came about.

    Attributes
    ----------
    table
        The rows of the table given, its regions replaced.
    parameters
        Settings and everything estimated; JSON-able, ``parameters_dictionary`` says what each
        means, ``apply_parameters`` takes them for other scans.
    findings
        Checks that fired, stage ``harmonise``. Scans are named as the table names them; where
        it has no ``participant_id``, by row (1 = header).
    site_effects
        One row a batch and region, columns ``SITE_EFFECTS``; no row where nothing
        was estimated (``linear_scale``).
    """

    table: pd.DataFrame
    parameters: dict[str, Any]
    findings: list[Finding]
    site_effects: pd.DataFrame


def with_values(
    table: pd.DataFrame, regions: Sequence[str], values: NDArray[np.float64]
) -> pd.DataFrame:
    """Copy of ``table`` with the values of its regions replaced, (scan, region)."""
    new = pd.DataFrame(values, columns=list(regions), index=table.index)
    rest = table.drop(columns=list(regions))
    return pd.concat([rest, new], axis=1)[list(table.columns)]


def site_effects_table(
    batches: Batches, regions: Sequence[str], effects: BatchEffects, adjustment: Adjustment
) -> pd.DataFrame:
    """One row a batch and region, columns ``SITE_EFFECTS``."""
    return pd.DataFrame(
        {
            "batch": np.repeat(batches.labels, len(regions)),
            "region": np.tile(np.asarray(regions, dtype=object), len(batches.labels)),
            "shift": (adjustment.shift * effects.pooled_sd).ravel(),
            "scale": np.sqrt(adjustment.variance).ravel(),
            "shift_raw": (effects.shift * effects.pooled_sd).ravel(),
            "scale_raw": np.sqrt(effects.variance).ravel(),
            "n": effects.n.ravel(),
        }
    )


def no_site_effects() -> pd.DataFrame:
    """No row, columns ``SITE_EFFECTS``."""
    kinds = {column.name: "str" if column.kind == "text" else float for column in SITE_EFFECTS}
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})
