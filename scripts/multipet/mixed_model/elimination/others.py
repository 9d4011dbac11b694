"""Random effects eliminated part by part once the largest factor is absorbed, with derivatives.

N are the cross-products of the random effects' columns, the fixed ones and the outcome that are
left. K = DᵀND + (1 for each random effect) gives the criterion, D being block-diagonal: Λ once a
level, then 1s. Within the random effects K is block-diagonal too, one block A a part (see
``parts``); of the border the Schur complement K / A is left. R outcomes at once.
"""

from dataclasses import dataclass

import numpy as np

from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.elimination.parts import Arrow, Parts
from multipet.mixed_model.elimination.small_matrices import inverted


@dataclass(frozen=True, eq=False)
class Elimination:
    """K once the random effects are eliminated; B parts of c slots, a border of f = p + 1.

    Attributes
    ----------
    inverse
        A⁻¹, shape (R, B, c, c).
    solved
        A⁻¹ times the edge of K, shape (R, B, c, f).
    schur
        K / A, shape (R, f, f).
    """

    inverse: np.ndarray
    solved: np.ndarray
    schur: np.ndarray


@dataclass(frozen=True, eq=False)
class Rest:
    """The criterion once the largest factor is absorbed, and its derivatives.

    Attributes
    ----------
    value
        The criterion, shape (R,); infinite where K is not positive definite.
    slopes
        Derivative by Λ of each term that was not absorbed.
    H
        Derivative by N.
    elimination
        Of the random effects that were not absorbed.
    """

    value: np.ndarray
    slopes: dict[int, np.ndarray]
    H: Arrow
    elimination: Elimination


def evaluate_rest(
    products: DesignProducts,
    blocks: list[np.ndarray],
    N: Arrow,
    log_determinant: np.ndarray,
    freedom: np.ndarray,
    reml: bool,
) -> Rest:
    """What ``N`` and the absorbed ``log_determinant`` lead to.

    Parameters
    ----------
    freedom
        Rows of each outcome, less the fixed effects if ``reml``, shape (R,).
    """
    factor = _factor(products.parts, blocks)
    A, edge = factor.scaled(N)
    inverse_A, pivots, regular = inverted(A)
    solved = inverse_A @ edge
    schur = N.corner - _t(_stacked(edge)) @ _stacked(solved)
    inverse, border, good = inverted(schur)
    border_logs = np.log(border)
    value = log_determinant + np.log(pivots).sum(axis=(1, 2))
    value = value + freedom * (1 + np.log(2 * np.pi / freedom) + border_logs[:, -1])
    if reml:
        value = value + border_logs[:, :-1].sum(axis=1) + products.log_determinant
    value = np.where(good & regular.all(axis=1), value, np.inf)
    corner = _corner_sensitivity(inverse, freedom, reml)
    edge_S = -(_stacked(solved) @ corner).reshape(solved.shape)
    S = edge_S @ _t(solved)
    np.subtract(inverse_A, S, out=S)
    slopes = factor.slopes(N, S, edge_S)
    H = factor.by_products(S, edge_S, corner)
    return Rest(value, slopes, H, Elimination(inverse_A, solved, schur))


def _stacked(edge: np.ndarray) -> np.ndarray:
    """The edge of all parts as one matrix, shape (R, B c, f)."""
    R, B, c, f = edge.shape
    return edge.reshape(R, B * c, f)


def _t(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)


def _corner_sensitivity(inverse: np.ndarray, freedom: np.ndarray, reml: bool) -> np.ndarray:
    """Derivative of the criterion by the border of K, shape (R, f, f).

    The ``inverse`` of K / A, bordered by the outcome, holds both parts: its last column is the fit,
    its last element one over the residual sum of squares.
    """
    fit = inverse[:, :, -1] / np.sqrt(inverse[:, -1:, -1])
    outer = fit[:, :, None] * fit[:, None, :]
    share = freedom[:, None, None]
    return inverse + (share - 1) * outer if reml else share * outer


def _factor(parts: Parts, blocks: list[np.ndarray]) -> "_Blocks | _Diagonal":
    if all(blocks[term].shape[-1] == 1 for term in parts.columns):
        return _Diagonal(parts, blocks)
    return _Blocks(parts, blocks)


class _Blocks:
    """D, where levels have several effects; matrices of the parts have shape (R, B, c, c)."""

    def __init__(self, parts: Parts, blocks: list[np.ndarray]) -> None:
        self.parts, self.blocks = parts, blocks
        self.transposed = [_t(block) for block in blocks]

    def scaled(self, N: Arrow) -> tuple[np.ndarray, np.ndarray]:
        """A = DᵀND + 1 and the edge of K."""
        ND = times_factor(self.parts, self.blocks, N.blocks)
        A = _t(times_factor(self.parts, self.blocks, _t(ND)))
        A[..., range(N.c), range(N.c)] += 1
        return A, _t(times_factor(self.parts, self.blocks, _t(N.edge)))

    def by_products(self, S: np.ndarray, edge: np.ndarray, corner: np.ndarray) -> Arrow:
        """Derivative by N from that by K."""
        H = self.parts.empty(len(S))
        S = _t(times_factor(self.parts, self.transposed, S))
        H.blocks[:] = times_factor(self.parts, self.transposed, S)
        H.edge[:] = _t(times_factor(self.parts, self.transposed, _t(edge)))
        H.corner[:] = corner
        return H

    def slopes(self, N: Arrow, S: np.ndarray, edge: np.ndarray) -> dict[int, np.ndarray]:
        """Derivative by Λ of each term that was not absorbed, from that by K."""
        pairs = (times_factor(self.parts, self.blocks, N.blocks), S), (N.edge, edge)
        slopes = {}
        for term, slots in self.parts.columns.items():
            k = self.blocks[term].shape[-1]
            slopes[term] = np.zeros(self.blocks[term].shape)
            for a, b in np.ndindex(k, k):
                rows = slice(slots.start + a, slots.stop, k), slice(slots.start + b, slots.stop, k)
                for left, right in pairs:
                    slopes[term][:, a, b] += 2 * np.einsum(
                        "rbij,rbij->r", left[:, :, rows[0]], right[:, :, rows[1]]
                    )
        return slopes


class _Diagonal:
    """D where every level has one effect, as it lies along ``Arrow.flat``: long rows are fast."""

    def __init__(self, parts: Parts, blocks: list[np.ndarray]) -> None:
        self.parts, (B, c), R = parts, parts.place.shape, len(blocks[0]) if blocks else 1
        self.scales = np.ones((R, c))
        for term, slots in parts.columns.items():
            self.scales[:, slots] = blocks[term][:, 0]
        both = (self.scales[:, :, None] * self.scales[:, None]).reshape(R, c * c)
        self.of_blocks = np.tile(both, B)
        self.of_edge = np.tile(np.repeat(self.scales, parts.border, axis=1), B)

    def scaled(self, N: Arrow) -> tuple[np.ndarray, np.ndarray]:
        A = N.flat[:, : N.edges.start] * self.of_blocks
        A.reshape(len(A), N.B, N.c**2)[:, :, :: N.c + 1] += 1
        edge = N.flat[:, N.edges] * self.of_edge
        return A.reshape(N.blocks.shape), edge.reshape(N.edge.shape)

    def by_products(self, S: np.ndarray, edge: np.ndarray, corner: np.ndarray) -> Arrow:
        R = len(S)
        H = self.parts.empty(R)
        np.multiply(S.reshape(R, -1), self.of_blocks, out=H.flat[:, : H.edges.start])
        np.multiply(edge.reshape(R, -1), self.of_edge, out=H.flat[:, H.edges])
        H.corner[:] = corner
        return H

    def slopes(self, N: Arrow, S: np.ndarray, edge: np.ndarray) -> dict[int, np.ndarray]:
        R = len(S)
        within = N.flat[:, : N.edges.start] * S.reshape(R, -1)
        border = N.flat[:, N.edges] * edge.reshape(R, -1)
        rows = within.reshape(R, N.B * N.c, N.c) @ self.scales[:, :, None]
        rows += border.reshape(R, N.B * N.c, N.f) @ np.ones((N.f, 1))
        sums = rows.reshape(R, N.B, N.c).sum(axis=1)
        columns = self.parts.columns
        return {
            term: 2 * sums[:, slots].sum(axis=1)[:, None, None] for term, slots in columns.items()
        }


def times_factor(parts: Parts, blocks: list[np.ndarray], matrix: np.ndarray) -> np.ndarray:
    """``matrix`` times D, ``matrix`` of shape (R, B, rows, c)."""
    result = matrix.copy()
    for term, slots in parts.columns.items():
        k = blocks[term].shape[-1]
        if k == 1:
            result[..., slots] *= blocks[term][:, None]
        else:
            levels = matrix[..., slots].reshape(*matrix.shape[:-1], -1, k)
            scaled = levels @ blocks[term][:, None, None]
            result[..., slots] = scaled.reshape(*matrix.shape[:-1], -1)
    return result
