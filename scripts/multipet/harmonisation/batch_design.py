"""Least squares of many regions at once: designs of batches and covariates, factored once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Share of its length that a column keeps beyond others, below which these determine it.
RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Pattern:
    """Regions that have values in exactly the same scans.

    Attributes
    ----------
    regions
        Their positions.
    means
        Of the basis over the scans of each batch with values, (batch, covariate).
    root
        Upper triangle R of the basis centred by ``means``, (covariate, covariate).
    """

    regions: NDArray[np.int64]
    means: Array
    root: Array


@dataclass(frozen=True)
class BatchDesign:
    """[batches | covariates] of some scans, ready for any values with the same missing cells.

    Attributes
    ----------
    batch
        Position of each scan's batch, (scan,).
    member
        1 where a scan is of a batch, (scan, batch).
    present
        Which cells have a value, (scan, region); None: all.
    n
        Scans of each batch with a value in each region, (batch, region).
    covariate_means
        Mean of each covariate over all scans of a batch, (batch, covariate).
    basis
        Orthonormal columns that span the covariates less those means, (scan, covariate).
    root
        The covariates less their means are ``basis @ root``, (covariate, covariate).
    patterns
        The regions with values, grouped.
    """

    batch: NDArray[np.int64]
    member: Array
    present: NDArray[np.bool_] | None
    n: NDArray[np.int64]
    covariate_means: Array
    basis: Array
    root: Array
    patterns: tuple[Pattern, ...]

    @property
    def scans(self) -> NDArray[np.int64]:
        """Scans of each batch, with values or not, (batch,)."""
        return np.bincount(self.batch, minlength=len(self.n))


def batch_design(values: Array, batch: NDArray[np.int64], covariates: Array) -> BatchDesign:
    """Factor the design of ``values``.

    Parameters
    ----------
    values
        (scan, region), NaN = missing; only which cells are missing counts.
    batch
        Position of each scan's batch, 0 … number of batches − 1.
    covariates
        (scan, covariate), without intercept, complete; [batches | covariates] of full rank
        over the rows of every region with a value.
    """
    member = np.eye(int(batch.max()) + 1)[batch]
    present = ~np.isnan(values)
    means = member.T @ covariates / np.maximum(member.sum(axis=0), 1)[:, None]
    within = covariates - means[batch]
    # columns of length 1, so that a covariate's unit cannot decide about its rank
    length = np.linalg.norm(within, axis=0)
    basis, root = np.linalg.qr(within / np.where(length > 0, length, 1.0))
    patterns = tuple(
        _pattern(rows, regions, batch, basis) for rows, regions in missing_patterns(present)
    )
    kept = None if present.all() else present
    counts = member.sum(axis=0)[:, None] if kept is None else member.T @ present.astype(float)
    n = np.rint(np.broadcast_to(counts, (len(counts), values.shape[1]))).astype(np.int64)
    return BatchDesign(batch, member, kept, n, means, basis, root * length, patterns)


def missing_patterns(
    present: NDArray[np.bool_],
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Yield the rows that have values and the regions (positions) which share exactly those rows.

    Parameters
    ----------
    present
        Which cells have a value, (scan, region). Regions without any are not yielded.
    """
    if present.all():
        yield present[:, 0], np.arange(present.shape[1])
        return
    members: dict[bytes, list[int]] = {}
    for region, pattern in enumerate(np.packbits(present, axis=0).T):
        members.setdefault(pattern.tobytes(), []).append(region)
    for regions in members.values():
        if present[:, regions[0]].any():
            yield present[:, regions[0]], np.array(regions)


def _pattern(
    rows: NDArray[np.bool_], regions: NDArray[np.int64], batch: NDArray[np.int64], basis: Array
) -> Pattern:
    seen = batch[rows]
    member = np.eye(int(batch.max()) + 1)[seen]
    means = member.T @ basis[rows] / np.maximum(member.sum(axis=0), 1)[:, None]
    return Pattern(regions, means, np.asarray(np.linalg.qr(basis[rows] - means[seen], mode="r")))


def basis(design: Array) -> Array:
    """Orthonormal columns that span those of ``design``, (scan, rank); a column's unit is nothing.

    Parameters
    ----------
    design
        (scan, column), complete; columns may repeat what others say.
    """
    length = np.linalg.norm(design, axis=0)
    scaled = design[:, length > 0] / length[length > 0]
    if scaled.shape[1] == 0:
        return scaled
    left, singular, _ = np.linalg.svd(scaled, full_matrices=False)
    return left[:, singular > RANK_TOLERANCE * singular[0]]


def residuals(values: Array, span: Array) -> Array:
    """What a span (see ``basis``) leaves of values (scan, region)."""
    return values - span @ (span.T @ values)


def with_intercept(columns: Array) -> Array:
    """Return a column of ones, then ``columns``."""
    return np.hstack([np.ones((len(columns), 1)), columns])


def with_batches(codes: NDArray[np.int64], columns: Array) -> Array:
    """Return an indicator of every batch, then ``columns``."""
    return np.hstack([np.eye(int(codes.max(initial=0)) + 1)[codes], columns])


def explained(column: Array, terms: Array, others: Array) -> float:
    """Share of what ``others`` and a constant leave of a column that ``terms`` explain, 0 to 1.

    NaN where they leave nothing of it.

    Parameters
    ----------
    column
        (scan,).
    terms, others
        (scan, column).
    """
    rest = residuals(column[:, None], basis(with_intercept(others)))
    total = float(np.sum(rest**2))
    if not total > (RANK_TOLERANCE * np.linalg.norm(column)) ** 2:
        return float("nan")
    left = residuals(column[:, None], basis(np.hstack([with_intercept(others), terms])))
    return float(np.clip(1 - np.sum(left**2) / total, 0.0, 1.0))
