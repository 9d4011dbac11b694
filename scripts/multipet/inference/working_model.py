"""From a fitted model to the working model of a cluster-robust answer.

Random terms whose levels lie within one cluster (a person's intercept and slope) stay random: their
covariance weighs the scans, and nothing more rests on it. Random terms that link clusters (site,
scanner, region) become fixed effects whose levels sum to 0: the answer is the one within their
levels, and averages over them where what is compared differs between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from multipet.inference.cluster_robust import (
    ClusterBlock,
    RobustContrasts,
    cluster_blocks,
    robust_contrasts,
)
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.estimability.contrast_row import (
    TOLERANCE,
    ContrastRow,
    level_codes,
    row_space,
)
from multipet.mixed_model.design import Design, RandomTerm
from multipet.mixed_model.fit import MixedFit

DF_METHOD = "cluster-robust"


@dataclass(frozen=True, eq=False)
class WorkingDesign:
    """A design with its clusters, shared by the fits of all regions with the same rows.

    Attributes
    ----------
    design
        As it was fitted.
    clusters
        Cluster of each row used: the person, shape (n,).
    weighted
        Whether residual variances that differ weigh the scans. Those of few scans a level are
        estimated so badly that the standard error gets too small.
    """

    design: Design
    clusters: np.ndarray
    weighted: bool = True

    @cached_property
    def codes(self) -> np.ndarray:
        """Number of the cluster of each row, (n,)."""
        return level_codes(self.clusters)

    @cached_property
    def nested(self) -> tuple[bool, ...]:
        """Whether the levels of each random term lie within one cluster."""
        return tuple(_within(term.index, self.codes) for term in self.design.terms)

    @cached_property
    def _blocks(self) -> list[ClusterBlock]:
        return cluster_blocks(self.codes)

    @cached_property
    def columns(self) -> np.ndarray:
        """Orthonormal fixed columns: those of the design and of what links clusters, (n, r)."""
        return self._factors[0]

    def tells(self, row: ContrastRow) -> bool:
        """Whether ``row`` can be estimated within the levels of what links clusters."""
        asked = self._factors[2] @ row.coordinates
        own = self._factors[1] @ row.coordinates
        return bool(np.linalg.norm(asked) <= TOLERANCE * np.linalg.norm(own))

    def contrasts(self, fit: MixedFit, rows: Sequence[ContrastRow]) -> RobustContrasts:
        """What no outcome changes, for ``rows`` that the design ``tells``."""
        asked = np.array([self._factors[1] @ row.coordinates for row in rows])
        return robust_contrasts(self.columns, asked, self.codes, self._working_blocks(fit))

    def depends_on_fit(self, fit: MixedFit) -> bool:
        """Whether the working covariance is that of ``fit``; else it is that of least squares."""
        return self._has_spread(fit) or any(self.nested)

    def _has_spread(self, fit: MixedFit) -> bool:
        return self.weighted and fit.spread is not None

    @cached_property
    def _factors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Columns; the maps from coordinates of the design to theirs, and to what is not seen."""
        own = row_space(self.design).basis
        pairs = zip(self.design.terms, self.nested, strict=True)
        whole = np.hstack([own, *(_deviations(term) for term, nested in pairs if not nested)])
        size = np.linalg.norm(whole, axis=0)
        size[size == 0] = 1
        left, lengths, right = np.linalg.svd(whole / size, full_matrices=False)
        seen = lengths > TOLERANCE * lengths[0]
        moved = right[:, : own.shape[1]] / size[: own.shape[1]]
        return left[:, seen], moved[seen] / lengths[seen, None], moved[~seen]

    def _working_blocks(self, fit: MixedFit) -> list[ClusterBlock]:
        if not self.depends_on_fit(fit):
            return self._blocks
        return [replace(block, covariance=self._covariance(fit, block)) for block in self._blocks]

    def _covariance(self, fit: MixedFit, block: ClusterBlock) -> np.ndarray:
        """Covariance within clusters over the residual variance, (clusters, size, size)."""
        spread = fit.spread.of_rows if self._has_spread(fit) else np.ones(len(fit.y))
        covariance = np.eye(block.rows.shape[1]) * (spread[block.rows] ** 2)[:, None]
        terms = zip(fit.design.terms, fit.lambda_blocks, self.nested, strict=True)
        for term, factor, nested in terms:
            if nested:
                index, effects = term.index[block.rows], (term.Z @ factor)[block.rows]
                same = index[:, :, None] == index[:, None, :]
                covariance = covariance + same * (effects @ np.swapaxes(effects, 1, 2))
        return covariance


def robust_estimates(
    working: WorkingDesign,
    fits: Sequence[MixedFit],
    rows: Sequence[ContrastRow],
    confidence: float = 0.95,
) -> list[list[ContrastEstimate | None]]:
    """Cluster-robust answers of many regions, one list a fit with one answer a row.

    The estimate is that of least squares weighted by the working covariance, random terms that
    link clusters held fixed: where there are any, it differs a little from that of ``fits``.

    Parameters
    ----------
    working
        The design of all ``fits`` with its clusters.
    fits
        Fits of the same design.
    rows
        Contrasts that the design can tell. The answer is None where one cannot be estimated
        within the levels of what links clusters (a difference between sites), or rests on a
        cluster that the model fits exactly (one person alone in a cell).
    confidence
        Level of the intervals, between 0 and 1.
    """
    asked = [k for k, row in enumerate(rows) if working.tells(row)]
    answers: list[list[ContrastEstimate | None]] = [[None] * len(rows) for _ in fits]
    if not asked:
        return answers
    wanted = [rows[k] for k in asked]
    for together in _batches(working, fits):
        ready = working.contrasts(fits[together[0]], wanted)
        Y = np.column_stack([fits[j].y for j in together])
        estimates, errors = ready.estimates(Y), ready.standard_errors(Y)
        sound = [(a, k) for a, k in enumerate(asked) if ready.told[a] > 1 - TOLERANCE]
        for (a, k), (b, j) in product(sound, enumerate(together)):
            answers[j][k] = ContrastEstimate(
                estimate=float(estimates[a, b]),
                standard_error=float(errors[a, b]),
                df=float(ready.df[a]),
                df_method=DF_METHOD,
                confidence=confidence,
            )
    return answers


def _batches(working: WorkingDesign, fits: Sequence[MixedFit]) -> list[list[int]]:
    """Positions of fits with the same working covariance."""
    if any(working.depends_on_fit(fit) for fit in fits):
        return [[j] for j in range(len(fits))]
    return [list(range(len(fits)))] if fits else []


def _within(index: np.ndarray, codes: np.ndarray) -> bool:
    """Whether each level of a grouping factor lies within one cluster."""
    return len(np.unique(index * (codes.max() + 1) + codes)) == len(np.unique(index))


def _deviations(term: RandomTerm) -> np.ndarray:
    """Columns of a term as fixed effects that sum to 0 over its levels, (n, (levels − 1) k)."""
    levels = np.eye(len(term.levels))[:, :-1]
    levels[-1] = -1
    of_rows = levels[term.index]
    return (of_rows[:, :, None] * term.Z[:, None, :]).reshape(len(of_rows), -1)
