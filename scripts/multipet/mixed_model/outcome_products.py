"""Cross-products of outcomes with a design that they share, but for values that some lack."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.design import RandomTerm
from multipet.mixed_model.elimination.gaps import Gaps, find_gaps, least_squares
from multipet.mixed_model.random_terms import lambda_blocks


@dataclass(frozen=True, eq=False)
class OutcomeProducts:
    """What an evaluation needs of outcomes that share a design, one a row of each array.

    The outcomes enter as residuals e of their least-squares fit, 0 where a value is missing.

    Attributes
    ----------
    rows
        Values of each outcome, shape (R,).
    beta
        The least-squares fit, in coordinates of Q, shape (R, p).
    My, yy
        Mᵀe in the order of the slots of the parts, then of Q, shape (R, s), and eᵀe, shape (R,).
    level_sums
        Z_jᵀe of each level of the absorbed factor, shape (R, J, k).
    group_sums, group_squares
        Sums over each group of Z_jᵀM times Z_jᵀe, shape (R, u G, s), and of Z_jᵀe times
        itself, shape (R, u G); None where the design has none.
    lone
        Z_jᵀe in the order of the lone levels, shape (R, k, J); None where there are none.
    gaps
        How the design differs for each outcome; None where all are complete.
    """

    rows: np.ndarray
    beta: np.ndarray
    My: np.ndarray
    yy: np.ndarray
    level_sums: np.ndarray
    group_sums: np.ndarray | None
    group_squares: np.ndarray | None
    lone: np.ndarray | None
    gaps: Gaps | None = None

    def freedom(self, reml: bool) -> np.ndarray:
        """Rows of each outcome, less the fixed effects if ``reml``, shape (R,)."""
        return self.rows - self.beta.shape[1] if reml else self.rows

    def factors(self, terms: Sequence[RandomTerm], theta: np.ndarray) -> list[np.ndarray]:
        """Λ of each term for the columns of the whole design, shape (R, k, k).

        ``theta``, shape (R, t), is that of each outcome's own standardised columns.
        """
        blocks = lambda_blocks(theta, terms)
        if self.gaps is None:
            return blocks
        return [scale @ block for scale, block in zip(self.gaps.scales, blocks, strict=True)]

    def own_scales(self, scales: Sequence[np.ndarray]) -> list[np.ndarray]:
        """T of each outcome's own columns, from those of the whole design."""
        if self.gaps is None:
            return list(scales)
        return [
            np.linalg.solve(scale, T) for scale, T in zip(self.gaps.scales, scales, strict=True)
        ]

    def own_slopes(self, slopes: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Derivatives by Λ of each outcome's own columns, from those by ``factors``."""
        if self.gaps is None:
            return list(slopes)
        scales = [np.swapaxes(scale, 1, 2) for scale in self.gaps.scales]
        return [scale @ slope for scale, slope in zip(scales, slopes, strict=True)]

    def take(self, which: np.ndarray) -> "OutcomeProducts":
        """Those at the positions ``which``."""
        grouped = self.group_sums is not None
        return OutcomeProducts(
            self.rows[which],
            self.beta[which],
            self.My[which],
            self.yy[which],
            self.level_sums if grouped or self.lone is not None else self.level_sums[which],
            self.group_sums[which] if grouped else None,
            self.group_squares[which] if grouped else None,
            None if self.lone is None else self.lone[which],
            self.gaps.take(which) if self.gaps else None,
        )


def outcome_products(products: DesignProducts, Y: np.ndarray) -> OutcomeProducts:
    """Cross-products of outcomes ``Y``, shape (n, outcomes), with the design.

    Missing values are NaN; a design without ``group_sums`` takes none.
    """
    missing = np.isnan(Y)
    gaps = missing.any()
    beta, rest = least_squares(products.Q, Y, missing if gaps else None)
    My = products.parts.slots(np.vstack([products.Z_others.T @ rest, np.zeros_like(beta)]).T)
    totals = products.Z_absorbed.T @ rest
    sums = totals.T.reshape(Y.shape[1], len(products.groups.index), -1)
    yy = np.einsum("nr,nr->r", rest, rest)
    rows = len(Y) - missing.sum(axis=0)
    missed = find_gaps(products, missing, sums) if gaps else None
    crossed = squares = lone = None
    if products.lone is not None:
        lone = np.ascontiguousarray(sums[:, products.lone.order].swapaxes(1, 2))
    if products.group_sums is not None:
        crossed = products.groups.sums(products.level_sums, totals)
        crossed = crossed.reshape(-1, *crossed.shape[2:]).transpose(2, 0, 1)
        crossed = products.parts.slots(crossed)
        squares = products.groups.squared(sums).reshape(Y.shape[1], -1)
    return OutcomeProducts(rows, beta.T, My, yy, sums, crossed, squares, lone, missed)
