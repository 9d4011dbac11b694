"""Draws under the null: residuals that change places between exchangeable subjects."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from multipet.calibration.blocks import Blocks, Codes
from multipet.calibration.reduced_model import ReducedModel
from multipet.harmonisation.batch_design import missing_patterns

Array = NDArray[np.float64]


class PermutationDraws:
    """Sheets with the residuals of the reduced model permuted.

    A draw is one permutation of the subjects for all regions. Where a region lacks a cell, its
    subjects take the residual of the next one along that permutation who has the same
    cells: a permutation again, as even as the first, and equal to it wherever it can be.
    """

    def __init__(self, model: ReducedModel, blocks: Blocks) -> None:
        self.model, self.blocks = model, blocks
        used = ~np.isnan(model.residual)
        self.patterns = [
            (np.flatnonzero(rows), regions, blocks.kinds_among(rows))
            for rows, regions in missing_patterns(used)
        ]
        self.complete = bool(used.all())

    def sheets(self, rng: np.random.Generator, draws: int) -> Array:
        """The next ``draws`` sheets, (draw, scan, region)."""
        blocks, model = self.blocks, self.model
        donors = permuted(blocks.kind, rng.random((draws, len(blocks.kind))))
        sheets = np.tile(model.fitted, (draws, 1, 1))
        for rows, regions, kind in self.patterns:
            source = scan_sources(blocks, first_return(donors, kind), rows)
            if self.complete:
                sheets += model.residual[source]
                continue
            sheets[:, rows[:, None], regions] += model.residual[source[:, :, None], regions]
        return sheets


def permuted(kind: Codes, keys: Array) -> Codes:
    """Donor of each subject, (draw, subject): subjects of one kind in the order of their keys.

    Parameters
    ----------
    keys
        Between 0 and 1, (draw, subject).
    """
    donors = np.empty(keys.shape, dtype=np.int64)
    donors[:, np.argsort(kind, kind="stable")] = np.argsort(kind + keys, axis=1, kind="stable")
    return donors


def first_return(donors: Codes, kind: Codes) -> Codes:
    """The permutation that ``donors`` induces among subjects of each ``kind``.

    Whoever has a donor of another kind goes on to that one's donor, and so on. Of a uniform
    permutation this first return is uniform too.
    """
    own = donors
    while True:
        astray = kind[own] != kind
        if not astray.any():
            return own
        draw = np.nonzero(astray)[0]
        own = own.copy()
        own[astray] = donors[draw, own[astray]]


def scan_sources(blocks: Blocks, donors: Codes, rows: Codes) -> Codes:
    """Scan from which each of the scans ``rows`` takes its residual, (draw, row)."""
    return blocks.scans[donors[:, blocks.subject[rows]], blocks.position[rows]]


def expected_after_permutation(direction: Array, cells: Codes) -> Array:
    """Mean of ``direction``, (row, contrast), over all permutations; equal ``cells`` exchange."""
    sums = np.zeros((cells.max() + 1, direction.shape[1]))
    np.add.at(sums, cells, direction)
    return (sums / np.bincount(cells)[:, None])[cells]


def exchange_cells(blocks: Blocks, scan: Codes, region: Codes) -> Iterator[tuple[Codes, Codes]]:
    """Rows of one region of a part, and which of them exchange residuals (same number)."""
    for one in np.unique(region):
        rows = np.flatnonzero(region == one)
        present = np.zeros(len(blocks.subject), dtype=bool)
        present[scan[rows]] = True
        kind = blocks.kinds_among(present)[blocks.subject[scan[rows]]]
        both = np.column_stack([kind, blocks.position[scan[rows]]])
        yield rows, np.unique(both, axis=0, return_inverse=True)[1].ravel()
