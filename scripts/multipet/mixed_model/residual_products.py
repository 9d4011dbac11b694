"""Cross-products kept by residual level: a new residual spread costs no pass over the rows.

Rows of level s have the weight w = 1/δ². All that the criterion needs is linear in the weights
but for the absorbed factor, whose sums are kept for every cell: a level of that factor with a
residual level.
"""

from dataclasses import dataclass, replace

import numpy as np

from multipet.mixed_model.criterion import factor_slopes
from multipet.mixed_model.cross_products import DesignProducts, design_products, fixed_products
from multipet.mixed_model.design import Design
from multipet.mixed_model.elimination.absorption import block_diagonal
from multipet.mixed_model.elimination.cells import (
    Cells,
    Grams,
    columns_of_part,
    find_cells,
    find_grams,
)
from multipet.mixed_model.elimination.gaps import least_squares
from multipet.mixed_model.elimination.others import evaluate_rest
from multipet.mixed_model.elimination.parts import Arrow, Parts
from multipet.mixed_model.elimination.small_matrices import times
from multipet.mixed_model.elimination.weights import level_weights
from multipet.mixed_model.random_terms import lambda_blocks, theta_of


@dataclass(frozen=True, eq=False)
class ResidualProducts:
    """What an evaluation needs of R outcomes that share a design.

    Attributes
    ----------
    products
        Those of the design, unweighted.
    cells
        P cells.
    squares
        ZᵀZ of the absorbed factor in each cell, shape (P, k, k).
    sums
        Zᵀ[M e] in each cell, of the columns of its part, shape (R, P, k, d).
    grams
        By residual level.
    spread
        SD of the least-squares residuals e of each residual level, shape (R, S).
    """

    products: DesignProducts
    cells: Cells
    squares: np.ndarray
    sums: np.ndarray
    grams: Grams
    spread: np.ndarray

    def take(self, which: np.ndarray) -> "ResidualProducts":
        """Outcomes at the positions ``which``."""
        return replace(
            self,
            sums=self.sums[which],
            grams=replace(self.grams, values=self.grams.values[which]),
            spread=self.spread[which],
        )


@dataclass(frozen=True, eq=False)
class ResidualEvaluation:
    """The criterion at θ and δ of each outcome, shape (R,), and its derivatives.

    Attributes
    ----------
    criterion
        Shape (R,).
    by_theta, by_log_delta
        Shapes (R, t) and (R, S).
    """

    criterion: np.ndarray
    by_theta: np.ndarray
    by_log_delta: np.ndarray


def residual_products(design: Design, Y: np.ndarray) -> ResidualProducts:
    """Cross-products of ``design`` and outcomes ``Y``, shape (n, R), by its residual levels."""
    products = design_products(design) if design.terms else fixed_products(design)
    _, rest = least_squares(products.Q, Y, None)
    part, M = columns_of_part(products)
    cells, squares, pull = find_cells(products, part)
    P, k, R = len(squares), squares.shape[-1], Y.shape[1]
    sums = np.empty((R, P, k, M.shape[1] + 1))
    sums[..., :-1] = (pull @ M).reshape(P, k, M.shape[1])
    sums[..., -1] = (pull @ rest).T.reshape(R, P, k)
    spread = [np.bincount(design.residual.index, e**2, len(design.residual.levels)) for e in rest.T]
    return ResidualProducts(
        products,
        cells,
        squares,
        sums,
        find_grams(design, part, M, rest),
        np.sqrt(np.array(spread) / design.residual.sizes),
    )


def evaluate_spread(
    given: ResidualProducts, theta: np.ndarray, delta: np.ndarray, reml: bool
) -> ResidualEvaluation:
    """Criterion and derivatives at ``theta``, shape (R, t), and ``delta``, shape (R, S)."""
    products, cells, R = given.products, given.cells, len(theta)
    blocks = lambda_blocks(theta, products.design.terms)
    w = delta**-2.0
    by_cell = w[:, cells.residual, None, None]
    C = np.add.reduceat(by_cell * given.squares, cells.starts, axis=1)
    sums = np.add.reduceat(by_cell * given.sums, cells.starts, axis=1)
    weights = level_weights(block_diagonal(_absorbed(products, blocks, R)), C)
    N = _weighted_grams(given.grams, w)
    _subtract(N, sums, _times(weights.W, sums), cells)
    n, p = products.Q.shape
    freedom = np.full(R, n - p if reml else n)
    log_determinant = weights.log_determinant.sum(axis=1)
    N = _joined(products.parts, N)
    rest = evaluate_rest(products, blocks, N, log_determinant, freedom, reml)
    H = _by_part(rest.H)
    SH = _within_parts(sums, H, cells)
    T = np.einsum("rjad,rjbd->abrj", SH, sums)
    absorbed = weights.slope(np.ones(T.shape[-1]), T)
    slopes = factor_slopes(products, blocks, rest.slopes, absorbed)
    by_weight = _gram_slopes(given.grams, H, w.shape[1]) + _cell_slopes(given, weights.W, T, SH)
    sizes = products.design.residual.sizes
    return ResidualEvaluation(
        rest.value + 2 * np.log(delta) @ sizes,
        theta_of(slopes) if slopes else np.empty((R, 0)),
        2 * sizes - 2 * w * by_weight,
    )


def _absorbed(products: DesignProducts, blocks: list[np.ndarray], R: int) -> list[np.ndarray]:
    """Λ of the absorbed terms; one of size 0 where there is none."""
    return [blocks[k] for k in products.absorbed] or [np.zeros((R, 0, 0))]


def _weighted_grams(grams: Grams, w: np.ndarray) -> np.ndarray:
    """[M e]ᵀ[M e] with the weights ``w`` of the residual levels, by part, shape (R, B, d, d)."""
    weighted = w[:, grams.residual, None, None] * grams.values
    return np.add.reduceat(weighted, grams.starts, axis=1)


def _subtract(N: np.ndarray, sums: np.ndarray, weighted: np.ndarray, cells: Cells) -> None:
    """Take what the levels of the absorbed factor explain from ``N``, shape (R, B, d, d)."""
    flat = (len(N), -1, N.shape[-1])
    for part, levels in enumerate(cells.of_part):
        left, right = sums[:, levels].reshape(flat), weighted[:, levels].reshape(flat)
        N[:, part] -= _t(left) @ right


def _joined(parts: Parts, N: np.ndarray) -> Arrow:
    """The parts of ``N``, shape (R, B, d, d), as one matrix."""
    whole = parts.empty(len(N))
    c = whole.c
    whole.blocks[:] = N[:, :, :c, :c]
    whole.edge[:] = N[:, :, :c, c:]
    whole.corner[:] = N[:, :, c:, c:].sum(axis=1)
    return whole


def _by_part(H: Arrow) -> np.ndarray:
    """``H`` for the columns of each part, Q and the outcome, shape (R, B, d, d)."""
    d = H.c + H.f
    result = np.empty((len(H.flat), H.B, d, d))
    result[:, :, : H.c, : H.c] = H.blocks
    result[:, :, : H.c, H.c :] = H.edge
    result[:, :, H.c :, : H.c] = _t(H.edge)
    result[:, :, H.c :, H.c :] = H.corner[:, None]
    return result


def _within_parts(sums: np.ndarray, H: np.ndarray, cells: Cells) -> np.ndarray:
    """Products of the ``sums`` of each level with ``H`` of its part, shape (R, J, k, d)."""
    result = np.empty_like(sums)
    for part, levels in enumerate(cells.of_part):
        flat = sums[:, levels].reshape(len(sums), -1, sums.shape[-1])
        result[:, levels] = (flat @ H[:, part]).reshape(sums[:, levels].shape)
    return result


def _gram_slopes(grams: Grams, H: np.ndarray, S: int) -> np.ndarray:
    """Derivative by the weight of each residual level through the cross-products, (R, S)."""
    R, T, d, _ = grams.values.shape
    part = np.searchsorted(grams.starts, np.arange(T), side="right") - 1
    flat = grams.values.reshape(R, T, d * d), H[:, part].reshape(R, T, d * d)
    return np.einsum("rtd,rtd->rt", *flat) @ np.eye(S)[grams.residual]


def _cell_slopes(
    given: ResidualProducts, W: np.ndarray, T: np.ndarray, SH: np.ndarray
) -> np.ndarray:
    """Derivative by the weight of each residual level through the absorbed factor, (R, S)."""
    level, residual = given.cells.level, given.cells.residual
    by_level = W + times(times(W, T), W)
    through_squares = np.einsum("abrp,pba->rp", by_level[..., level], given.squares)
    through_sums = np.einsum("rpam,rpam->rp", _times(W, SH)[:, level], given.sums)
    return (through_squares - 2 * through_sums) @ np.eye(given.spread.shape[1])[residual]


def _times(W: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Weights, shape (k, k, R, J), times sums, shape (R, J, k, d)."""
    if len(W) == 1:
        return W[0, 0, :, :, None, None] * sums
    return np.einsum("abrj,rjbd->rjad", W, sums)


def _t(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)
