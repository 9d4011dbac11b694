"""Strata and exchangeable blocks: which scans may take each other's residuals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Scans in blocks of one subject each; blocks of one kind are exchangeable.

    Attributes
    ----------
    columns
        Columns whose combinations are the strata.
    stratum, subject
        Of each scan, (scan,).
    position
        Place of each scan among those of its subject, (scan,).
    scans
        Scans of each subject in order, (subject, most scans of one); −1 beyond the last.
    kind
        Same number = the same strata in the same order, (subject,).
    """

    columns: tuple[str, ...]
    stratum: Codes
    subject: Codes
    position: Codes
    scans: Codes
    kind: Codes

    def kinds_among(self, present: NDArray[np.bool_]) -> Codes:
        """Kinds of blocks whose present scans match too, (subject,).

        Parameters
        ----------
        present
            Which scans have a value, (scan,).
        """
        seen = np.where(self.scans >= 0, present[self.scans], False)
        return _codes(np.column_stack([self.kind, seen]))


def exchangeable_blocks(table: pd.DataFrame, columns: Sequence[str]) -> Blocks:
    """Whole subjects within their stratum, those with the same pattern of scans being of one kind.

    Residuals of one subject stay together, so that what its scans share is kept, and they
    stay in their stratum, so that its variance is kept (Winkler et al. 2014,
    doi:10.1016/j.neuroimage.2014.01.060, on exchangeability blocks).

    Parameters
    ----------
    table
        One row a scan; ``participant_id`` says whose (without it each scan is a subject),
        ``session`` in which order.
    columns
        What a stratum has in common: site, scanner, batch.
    """
    stratum = _codes(table[list(columns)].astype(str).to_numpy(dtype=str))
    subject = np.arange(len(table))
    if "participant_id" in table:
        subject = _codes(table[["participant_id"]].astype(str).to_numpy(dtype=str))
    session = np.zeros(len(table), dtype=int)
    if "session" in table:
        session = _codes(table[["session"]].astype(str).to_numpy(dtype=str))
    order = np.lexsort([session, stratum, subject])
    first = np.searchsorted(subject[order], subject[order])
    position = np.empty(len(table), dtype=int)
    position[order] = np.arange(len(table)) - first
    scans = np.full((subject.max() + 1, position.max() + 1), -1)
    scans[subject, position] = np.arange(len(table))
    kind = _codes(np.where(scans >= 0, stratum[scans], -1))
    return Blocks(tuple(columns), stratum, subject, position, scans, kind)


def log_permutations(kind: Codes) -> float:
    """Natural logarithm of the number of ways to exchange blocks of the same kind."""
    return float(gammaln(np.bincount(kind) + 1).sum())


def _codes(rows: np.ndarray) -> Codes:
    """Same number = same row, in the order of the rows' values."""
    return np.unique(rows, axis=0, return_inverse=True)[1].ravel()
