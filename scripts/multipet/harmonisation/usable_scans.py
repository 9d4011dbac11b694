"""The scans that can be harmonised, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import Batches
from multipet.problems import Problem, UserError, did_you_mean, listed


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
