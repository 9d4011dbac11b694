"""Cross-products kept by residual level: a new residual spread costs no pass over the rows.

Rows of level s have the weight w = 1/δ². All that the criterion needs is linear in the weights
but for the absorbed factor, whose sums are kept for every cell: a level of that factor with a
residual level.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from multipet.mixed_model.absorption import block_diagonal
from multipet.mixed_model.covariance_factor import lambda_blocks, theta_of
from multipet.mixed_model.criterion import factor_slopes
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import Design
from multipet.mixed_model.elimination import evaluate_rest
from multipet.mixed_model.level_groups import LevelGroups
from multipet.mixed_model.parts import find_parts


@dataclass(frozen=True, eq=False)
class Cells:
    """Levels of the absorbed factor within residual levels, sorted by the former.

    Attributes
    ----------
    level, residual
        Of each cell, shape (P,).
    starts
        First cell of each level.
    """

    level: np.ndarray
    residual: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True, eq=False)
class ResidualProducts:
    """What an evaluation needs of R outcomes that share a design; m columns of M = [Z Q].

    Attributes
    ----------
    products
        Those of the design, unweighted.
    cells
        P cells.
    squares
        ZᵀZ of the absorbed factor in each cell, shape (P, k, k).
    sums
        Zᵀ[M e] in each cell, shape (R, P, k, m + 1).
    grams
        [M e]ᵀ[M e] of each residual level, shape (R, S, m + 1, m + 1).
    spread
        SD of the least-squares residuals e of each residual level, shape (R, S).
    """

    products: DesignProducts
    cells: Cells
    squares: np.ndarray
    sums: np.ndarray
    grams: np.ndarray
    spread: np.ndarray

    def take(self, which: np.ndarray) -> "ResidualProducts":
        """Outcomes at the positions ``which``."""
        return ResidualProducts(
            self.products,
            self.cells,
            self.squares,
            self.sums[which],
            self.grams[which],
            self.spread[which],
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
    products = design_products(design) if design.terms else _fixed_products(design)
    rest = Y - products.Q @ (products.Q.T @ Y)
    rest -= products.Q @ (products.Q.T @ rest)
    index, S = design.residual.index, len(design.residual.levels)
    M = sparse.hstack([products.Z_others, sparse.csr_array(products.Q)], format="csr")
    cells, squares, pull = _cells(products)
    shared = (pull @ M).toarray()
    sums = np.concatenate(
        [np.broadcast_to(shared, (Y.shape[1], *shared.shape)), (pull @ rest).T[:, :, None]], axis=2
    ).reshape(Y.shape[1], len(squares), squares.shape[-1], M.shape[1] + 1)
    grams = np.stack([_gram(M[index == s], rest[index == s]) for s in range(S)], axis=1)
    spread = np.sqrt(grams[:, :, -1, -1] / design.residual.sizes)
    return ResidualProducts(products, cells, squares, sums, grams, spread)


def evaluate_spread(
    given: ResidualProducts, theta: np.ndarray, delta: np.ndarray, reml: bool
) -> ResidualEvaluation:
    """Criterion and derivatives at ``theta``, shape (R, t), and ``delta``, shape (R, S)."""
    products, cells, R = given.products, given.cells, len(theta)
    weights = delta**-2.0
    blocks = lambda_blocks(theta, products.design.terms)
    Lambda = block_diagonal(_absorbed(products, blocks, R))[:, None]
    by_cell = weights[:, cells.residual, None, None]
    C = np.add.reduceat(by_cell * given.squares, cells.starts, axis=1)
    sums = np.add.reduceat(by_cell * given.sums, cells.starts, axis=1)
    inverse = np.linalg.inv(np.eye(Lambda.shape[-1]) + _t(Lambda) @ C @ Lambda)
    W = Lambda @ inverse @ _t(Lambda)
    N = np.einsum("rs,rsab->rab", weights, given.grams)
    flat = (R, sums.shape[1] * sums.shape[2], sums.shape[3])
    N = N - _t(sums.reshape(flat)) @ (W @ sums).reshape(flat)
    log_determinant = -np.linalg.slogdet(inverse)[1].sum(axis=1)
    n, p = products.Q.shape
    freedom = np.full(R, n - p if reml else n)
    N = products.parts.arrow(N)
    rest = evaluate_rest(products, blocks, N, log_determinant, freedom, reml)
    H = products.parts.whole(rest.H)
    sizes = products.design.residual.sizes
    SH = sums @ H[:, None]
    T = SH @ _t(sums)
    left = np.eye(C.shape[-1]) - C @ W
    absorbed = 2 * (C @ Lambda @ inverse - left @ T @ _t(left) @ Lambda).sum(axis=1)
    slopes = factor_slopes(products, blocks, rest.slopes, absorbed)
    by_weight = np.einsum("rab,rsab->rs", H, given.grams)
    by_weight = by_weight + _cell_slopes(given, W, T, SH)
    return ResidualEvaluation(
        rest.value + 2 * np.log(delta) @ sizes,
        theta_of(slopes) if slopes else np.empty((R, 0)),
        2 * sizes - 2 * weights * by_weight,
    )


def _absorbed(products: DesignProducts, blocks: list[np.ndarray], R: int) -> list[np.ndarray]:
    """Λ of the absorbed terms; one of size 0 where there is none."""
    return [blocks[k] for k in products.absorbed] or [np.zeros((R, 0, 0))]


def _cell_slopes(
    given: ResidualProducts, W: np.ndarray, T: np.ndarray, SH: np.ndarray
) -> np.ndarray:
    """Derivative by the weight of each residual level through the absorbed factor, (R, S)."""
    level, residual = given.cells.level, given.cells.residual
    through_squares = np.einsum("rpab,pba->rp", (W + W @ T @ W)[:, level], given.squares)
    through_sums = np.einsum("rpam,rpam->rp", (W @ SH)[:, level], given.sums)
    member = np.eye(given.grams.shape[1])[residual]
    return (through_squares - 2 * through_sums) @ member


def _t(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)


def _gram(M: sparse.csr_array, rest: np.ndarray) -> np.ndarray:
    """[M e]ᵀ[M e] for each column e of ``rest``, shape (R, m + 1, m + 1)."""
    m = M.shape[1]
    whole = np.empty((rest.shape[1], m + 1, m + 1))
    whole[:, :m, :m] = (M.T @ M).toarray()
    whole[:, :m, m] = (M.T @ rest).T
    whole[:, m, :m] = whole[:, :m, m]
    whole[:, m, m] = (rest**2).sum(axis=0)
    return whole


def _cells(products: DesignProducts) -> tuple[Cells, np.ndarray, sparse.csr_array]:
    """The cells, ZᵀZ of each, and the matrix, (P k, n), that sums Z times rows over each."""
    residual = products.design.residual
    n, S = products.Q.shape[0], len(residual.levels)
    if not products.absorbed:
        none = np.zeros(0, dtype=int)
        return Cells(none, none, none), np.zeros((0, 0, 0)), sparse.csr_array((0, n))
    index = products.design.terms[products.absorbed[0]].index
    Z = products.Z_absorbed.data.reshape(n, -1)
    k = Z.shape[1]
    codes, of_row = np.unique(index * S + residual.index, return_inverse=True)
    cells = Cells(codes // S, codes % S, np.flatnonzero(np.diff(codes // S, prepend=-1)))
    squares = np.zeros((len(codes), k, k))
    np.add.at(squares, of_row, Z[:, :, None] * Z[:, None])
    places = (of_row[:, None] * k + np.arange(k)).ravel()
    entries = (Z.ravel(), (places, np.repeat(np.arange(n), k)))
    return cells, squares, sparse.csr_array(entries, shape=(len(codes) * k, n))


def _fixed_products(design: Design) -> DesignProducts:
    """Cross-products of a design without random terms."""
    Q, R = linalg.qr(design.X, mode="economic")
    n, p = Q.shape
    none = sparse.csr_array((n, 0))
    groups = LevelGroups(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, 0, 0)))
    sums = sparse.csr_array((0, p))
    parts = find_parts((), (), (), p + 1)
    whole = parts.arrow(np.eye(p + 1)[None])
    return DesignProducts(
        design, (), (), (), Q, R, none, none, parts, whole, sums, groups, None, None
    )
