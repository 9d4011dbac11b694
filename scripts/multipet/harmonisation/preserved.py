"""Covariates whose effects harmonisation must leave alone, and what a reader must know of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.findings import Finding
from multipet.core.problems import Problem, listed
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.covariate_recipe import CovariateRecipe, learn_recipe
from multipet.harmonisation.covariate_values import LEAST_VALUES
from multipet.harmonisation.findings import Notes, of_region


@dataclass(frozen=True)
class Preserved:
    """Covariate columns of the scans that have every covariate.

    Attributes
    ----------
    recipe
        How they are made.
    columns
        (usable scan, column).
    usable
        Which scans of the table have every covariate, (scan,).
    """

    recipe: CovariateRecipe
    columns: NDArray[np.float64]
    usable: NDArray[np.bool_]

    @property
    def text(self) -> str:
        """The formula as written."""
        return self.recipe.text

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.recipe.names


def preserved_columns(
    table: pd.DataFrame,
    preserve: str | None,
    where: str = "preserve",
    fitted: NDArray[np.bool_] | None = None,
    splines: Sequence[str] | None = (),
) -> Preserved:
    """Read the covariates of a formula such as ``age + sex + group``; empty preserves nothing.

    Parameters
    ----------
    fitted, splines
        As for ``learn_recipe``, which also says what is refused.
    """
    recipe = learn_recipe(table, preserve, where, fitted, splines)
    usable = recipe.usable(table)
    return Preserved(recipe, recipe.columns(table[usable], where), usable)


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


def covariate_findings(
    recipe: CovariateRecipe, table: pd.DataFrame, usable: NDArray[np.bool_], notes: Notes
) -> Iterator[Finding]:
    """Covariates that the fitted scans tell nothing of, or little.

    Parameters
    ----------
    table, usable
        Scans to be harmonised, and which of them have every covariate.
    """
    for name in recipe.left_out:
        message = (
            f'"{name}" has one value in the scans that batch effects are estimated from: its '
            "effect is unknown there, and is divided by the batches' scales with the residuals"
        )
        yield of_region("constant_in_subset", message, value=name)
    for name, covariate in recipe.covariates.items():
        if covariate.unseen:
            message = (
                f'"{name}": no scan of {listed(covariate.unseen)} among those that batch effects '
                "are estimated from: taken as the mean of the other levels, and its difference "
                "from them divided by the batches' scales with the residuals"
            )
            yield of_region("level_not_in_subset", message, value=name)
        if not covariate.levels:
            yield from _beyond(name, covariate.low, covariate.high, table, usable, notes)
    if recipe.straight:
        message = (
            f"{listed(recipe.straight)}: fewer than {LEAST_VALUES} different values or not named "
            "for a spline, so preserved as straight lines"
        )
        yield of_region("spline_left_straight", message, value=", ".join(recipe.straight))


def _beyond(
    name: str,
    low: float,
    high: float,
    table: pd.DataFrame,
    usable: NDArray[np.bool_],
    notes: Notes,
) -> Iterator[Finding]:
    values = table[name].to_numpy(dtype=float, na_value=np.nan)
    beyond = np.flatnonzero(usable & ((values < low) | (values > high)))
    if beyond.size:
        message = (
            f'"{name}" of {beyond.size} scans is outside {low:g} to {high:g}, where its effect was '
            "estimated: it is extrapolated"
        )
        fields = {"value": str(beyond.size)}
        yield notes.of_scans(beyond, "covariate_extrapolated", message, **fields)
