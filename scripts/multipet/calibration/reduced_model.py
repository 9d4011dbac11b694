"""The model under the null hypothesis: what stays of the raw values, and residuals to draw from.

Freedman & Lane 1983 (doi:10.1080/07350015.1983.10509354): the values are fitted without what is
tested, and the residuals of that fit are what chance might have dealt out otherwise. Covariates
keep their relation to the tested one and to the values, which permuting the tested covariate
itself would break, and whatever a row of weights can express is tested in the same way: groups,
slopes, interactions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from multipet.calibration.blocks import Blocks
from multipet.calibration.model_part import ModelPart

Array = NDArray[np.float64]
_ALIASED = 1e-8  # length of a column of length 1 that others leave over


@dataclass(frozen=True, eq=False)
class ReducedModel:
    """Sheets (scan, region) of the null fit; cells that no model uses keep their values.

    Attributes
    ----------
    fitted
        Values under the null; NaN where a value is missing.
    residual
        Values less fitted; NaN in cells that no model uses.
    leverage
        Share of each residual's variance that the fit took away, 0 to 1; NaN likewise.
    """

    fitted: Array
    residual: Array
    leverage: Array


@dataclass(frozen=True, eq=False)
class NullSpace:
    """The reduced design of one part: an intercept a stratum, and columns within the strata.

    Attributes
    ----------
    stratum
        Of each row, (row,); in a joint model the stratum in a region.
    U
        Orthonormal columns that sum to 0 in every stratum, (row, column).
    direction
        What is tested, beyond the reduced design, (row, contrast).
    between
        Share of the tested direction that lies between strata, (contrast,).
    """

    stratum: NDArray[np.int64]
    U: Array
    direction: Array
    between: Array

    @property
    def leverage(self) -> Array:
        """Diagonal of the projection on the reduced design, (row,)."""
        return 1 / np.bincount(self.stratum)[self.stratum] + (self.U**2).sum(axis=1)

    def fitted(self, Y: Array) -> Array:
        """Least-squares fit of the columns of ``Y``, (row, outcome)."""
        within = centred(Y, self.stratum)
        return Y - within + self.U @ (self.U.T @ within)


def null_space(part: ModelPart, blocks: Blocks) -> NullSpace:
    """Take the tested direction out of the fixed effects, X₀ = X N with W N = 0."""
    X = part.design.design.X
    length = np.linalg.norm(X, axis=0)
    scaled, weights = X / length, part.weights / length
    X0 = scaled @ linalg.null_space(weights)
    tested = scaled @ (weights / np.linalg.norm(weights, axis=1, keepdims=True)).T
    stratum = blocks.stratum[part.scan[:, 0]]
    if part.region.shape[0] > 1:  # joint: every region has strata of its own
        stratum = stratum * (part.region.max() + 1) + part.region[:, 0]
    stratum = np.unique(stratum, return_inverse=True)[1]
    U = _basis(centred(X0, stratum))
    within = centred(tested, stratum)
    direction = within - U @ (U.T @ within)
    basis = _basis(X0)
    whole = ((tested - basis @ (basis.T @ tested)) ** 2).sum(axis=0)
    between = 1 - (direction**2).sum(axis=0) / whole
    return NullSpace(stratum, U, direction, np.clip(between, 0, 1))


def reduced_model(values: Array, parts: list[ModelPart], spaces: list[NullSpace]) -> ReducedModel:
    """Fit the raw ``values``, (scan, region), under the null."""
    fitted = values.copy()
    residual, leverage = np.full_like(values, np.nan), np.full_like(values, np.nan)
    for part, space in zip(parts, spaces, strict=True):
        cells = part.scan, part.region
        Y = values[cells]
        fitted[cells] = space.fitted(Y)
        residual[cells] = Y - fitted[cells]
        leverage[cells] = np.broadcast_to(space.leverage[:, None], Y.shape)
    return ReducedModel(fitted, residual, leverage)


def centred(columns: Array, groups: NDArray[np.int64]) -> Array:
    """``columns`` less their mean in each group of rows."""
    sums = np.zeros((groups.max() + 1, columns.shape[1]))
    np.add.at(sums, groups, columns)
    return columns - (sums / np.maximum(np.bincount(groups), 1)[:, None])[groups]


def _basis(columns: Array) -> Array:
    U, s, _ = np.linalg.svd(columns, full_matrices=False)
    return U[:, s > _ALIASED]
