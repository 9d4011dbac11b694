"""Covariates whose effect cannot be told from the batches'."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import Batches
from multipet.problems import Problem, listed

#: A column that keeps less than this share of its length beyond others is determined by them.
RANK_TOLERANCE = 1e-10


def confounding_problems(
    columns: Array, names: Sequence[str], batches: Batches, where: str
) -> Iterator[Problem]:
    """Columns that the batches, or the batches and earlier columns, determine.

    Parameters
    ----------
    columns
        (scan, column), complete.
    batches
        Of the same scans.
    where
        The setting that names these columns.
    """
    for k, others in determined_columns(columns, batches.codes):
        if others:
            earlier = listed(f'"{names[j]}"' for j in others)
            message = f'"{names[k]}" is determined by {batches.name} and {earlier}'
            yield Problem(where, message, "leave out one of them")
            continue
        message = (
            f'"{names[k]}" is nested in {batches.name}: all scans of a batch have the same value, '
            "so that its effect cannot be told from the batches' and would be removed with them"
        )
        hint = (
            "model the raw values with site as a random effect (harmonisation: none), "
            "or harmonise batches within which it varies"
        )
        yield Problem(where, message, hint)


def determined_columns(
    columns: Array, codes: NDArray[np.int64]
) -> list[tuple[int, tuple[int, ...]]]:
    """Columns in the span of the batches and the columns before them.

    Returns
    -------
    list
        Position of the column, and those of the earlier columns that take part: none where
        the batches alone determine it.
    """
    length = np.linalg.norm(columns, axis=0)
    within = centred_within(columns / np.where(length > 0, length, 1.0), codes)
    basis = np.empty((len(columns), 0))
    free: list[int] = []
    found: list[tuple[int, tuple[int, ...]]] = []
    for k in range(columns.shape[1]):
        column = within[:, k]
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        remainder = np.linalg.norm(rest)
        if remainder > RANK_TOLERANCE:
            basis = np.column_stack([basis, rest / remainder])
            free.append(k)
        elif np.linalg.norm(column) <= RANK_TOLERANCE:
            found.append((k, ()))
        else:
            weights = abs(np.linalg.lstsq(within[:, free], column)[0])
            part = weights > 1e-6 * weights.max()
            found.append((k, tuple(j for j, used in zip(free, part, strict=True) if used)))
    return found


def centred_within(columns: Array, codes: NDArray[np.int64]) -> Array:
    """Columns less their mean in each batch, (scan, column)."""
    scans = np.maximum(np.bincount(codes), 1)
    sums = np.zeros((len(scans), columns.shape[1]))
    np.add.at(sums, codes, columns)
    return columns - (sums / scans[:, None])[codes]
