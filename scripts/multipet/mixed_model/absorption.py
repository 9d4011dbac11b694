"""The largest grouping factor eliminated in closed form, level by level, and its derivatives."""

from dataclasses import dataclass, replace

import numpy as np

from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.gaps import Gaps
from multipet.mixed_model.outcome_products import OutcomeProducts
from multipet.mixed_model.parts import Arrow
from multipet.mixed_model.small_matrices import inverse, log_determinants


@dataclass(frozen=True, eq=False)
class Absorption:
    """What is left once the absorbed factor is eliminated; R outcomes, G groups of levels.

    Attributes
    ----------
    N
        Cross-products of [M y] weighted by V⁻¹ of the absorbed factor.
    log_determinant
        Of that V, shape (R,).
    Lambda
        Relative covariance factor of a level, shape (R, k, k).
    inverse
        (I + ΛᵀCΛ)⁻¹ of each group, C being Z_jᵀZ_j, shape (R, G, k, k).
    W
        Λ (I + ΛᵀCΛ)⁻¹ Λᵀ of each group, shape (R, G, k, k).
    """

    N: Arrow
    log_determinant: np.ndarray
    Lambda: np.ndarray
    inverse: np.ndarray
    W: np.ndarray


def absorb(
    products: DesignProducts, outcomes: OutcomeProducts, blocks: list[np.ndarray]
) -> Absorption:
    """Eliminate the absorbed factor, ``blocks`` being Λ of each term, shape (R, k, k)."""
    Lambda = block_diagonal([blocks[k] for k in products.absorbed])
    weights, W = level_weights(Lambda, products.groups.squares)
    reduce = _reduced_by_level if products.group_sums is None else _reduced_by_group
    N = reduce(products, outcomes, W)
    log_determinant = -log_determinants(weights) @ products.groups.sizes
    if outcomes.gaps:
        log_determinant = log_determinant + _fill_gaps(N, outcomes.gaps, Lambda)
    return Absorption(N, log_determinant, Lambda, weights, W)


def level_weights(Lambda: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(I + ΛᵀCΛ)⁻¹ and Λ (I + ΛᵀCΛ)⁻¹ Λᵀ of each group, shape (R, G, k, k).

    ``Lambda`` has shape (R, k, k), ``C`` (G, k, k), or (R, G, k, k).
    """
    Lambda = Lambda[:, None]
    transposed = np.swapaxes(Lambda, -1, -2)
    inverted = inverse(np.eye(Lambda.shape[-1]) + transposed @ C @ Lambda)
    return inverted, Lambda @ inverted @ transposed


def absorbed_slope(
    products: DesignProducts, outcomes: OutcomeProducts, absorption: Absorption, H: Arrow
) -> np.ndarray:
    """Derivative of the criterion by Λ of the absorbed factor, shape (R, k, k).

    Parameters
    ----------
    H
        Derivative of the criterion by ``absorption.N``.
    """
    trace = _traces_by_level if products.group_sums is None else _traces_by_group
    Lambda, groups, gaps = absorption.Lambda, products.groups, outcomes.gaps
    weights = absorption.inverse, absorption.W
    traces = trace(products, outcomes, H)
    slope = _slope(Lambda, groups.squares, groups.sizes, weights, traces)
    if gaps:
        traces = _gap_traces(gaps, H)
        weights = level_weights(Lambda, gaps.squares)
        slope = slope + _slope(Lambda, gaps.squares, gaps.sizes, weights, traces)
    return slope


def _slope(
    Lambda: np.ndarray,
    C: np.ndarray,
    sizes: np.ndarray,
    weights: tuple[np.ndarray, np.ndarray],
    traces: np.ndarray,
) -> np.ndarray:
    """Derivative by Λ through groups of ``sizes`` levels, ``traces`` being those of H S_g."""
    inverted, W = weights
    Lambda = Lambda[:, None]
    left = np.eye(C.shape[-1]) - C @ W
    through_N = left @ traces.reshape(W.shape) @ np.swapaxes(left, -1, -2) @ Lambda
    through_determinant = sizes[..., None, None] * (C @ Lambda @ inverted)
    return 2 * (through_determinant - through_N).sum(axis=1)


def _fill_gaps(N: Arrow, gaps: Gaps, Lambda: np.ndarray) -> np.ndarray:
    """Take out of ``N`` what outcomes lack; what that adds to log det V, shape (R,)."""
    weights, W = level_weights(Lambda, gaps.squares)
    flat = W.reshape(len(W), 1, -1)
    N.flat[:] += gaps.MM - (flat @ gaps.sums.flat.reshape(len(W), flat.shape[-1], -1))[:, 0]
    return -(log_determinants(weights) * gaps.sizes).sum(axis=1)


def _gap_traces(gaps: Gaps, H: Arrow) -> np.ndarray:
    """Traces of H and each of the products of ``gaps``, shape (R, P k k)."""
    R, k = len(H.flat), gaps.squares.shape[-1]
    sums, column = gaps.sums.flat.reshape(R, -1, H.flat.shape[1]), H.flat[:, :, None]
    once = (sums @ column)[:, :, 0]
    edges = (sums[:, :, H.edges] @ column[:, H.edges]).reshape(R, -1, k, k)
    return once + np.swapaxes(edges, -1, -2).reshape(R, -1)


def block_diagonal(blocks: list[np.ndarray]) -> np.ndarray:
    """One matrix of shape (R, K, K) with ``blocks`` of shape (R, k, k) on its diagonal."""
    if len(blocks) == 1:
        return blocks[0]
    size = sum(block.shape[-1] for block in blocks)
    whole = np.zeros((len(blocks[0]), size, size))
    at = 0
    for block in blocks:
        after = at + block.shape[-1]
        whole[:, at:after, at:after] = block
        at = after
    return whole


def _reduced_by_group(products: DesignProducts, outcomes: OutcomeProducts, W: np.ndarray) -> Arrow:
    weights = W.reshape(len(W), -1)
    N = replace(products.MM, flat=products.MM.flat - weights @ products.group_sums.flat)
    My = outcomes.My - (weights[:, None] @ outcomes.group_sums)[:, 0]
    yy = outcomes.yy - np.einsum("rg,rg->r", weights, outcomes.group_squares)
    return _with_outcome(N, My, yy)


def _with_outcome(N: Arrow, My: np.ndarray, yy: np.ndarray) -> Arrow:
    """``N`` with the outcome, so far 0, in its border; ``My`` in slots, then fixed effects."""
    slots = N.B * N.c
    N.edge[:, :, :, -1] += My[:, :slots].reshape(len(My), N.B, N.c)
    N.corner[:, :-1, -1] += My[:, slots:]
    N.corner[:, -1, :-1] += My[:, slots:]
    N.corner[:, -1, -1] += yy
    return N


def _traces_by_group(products: DesignProducts, outcomes: OutcomeProducts, H: Arrow) -> np.ndarray:
    sums, R = products.group_sums, len(H.flat)
    k = products.groups.squares.shape[-1]
    by_outcome = np.concatenate([H.edge[:, :, :, -1].reshape(R, -1), H.corner[:, :-1, -1]], axis=1)
    edges = H.flat[:, H.edges] @ sums.flat[:, H.edges].T
    crossed = (outcomes.group_sums @ by_outcome[:, :, None])[:, :, 0]
    once = H.flat @ sums.flat.T + crossed + outcomes.group_squares * H.corner[:, -1:, -1]
    other_way = (edges + crossed).reshape(R, -1, k, k)
    return once + np.swapaxes(other_way, -1, -2).reshape(R, -1)


def _reduced_by_level(products: DesignProducts, outcomes: OutcomeProducts, W: np.ndarray) -> Arrow:
    N = products.parts.empty(len(W))
    for r, weights in enumerate(W):
        sums = _level_sums(products, outcomes, r)
        weighted = weights[products.groups.index] @ sums
        flat = sums.reshape(-1, sums.shape[-1])
        whole = flat.T @ weighted.reshape(flat.shape)
        N.flat[r] = products.MM.flat[0] - products.parts.arrow(whole[None]).flat[0]
    return _with_outcome(N, outcomes.My, outcomes.yy)


def _traces_by_level(products: DesignProducts, outcomes: OutcomeProducts, H: Arrow) -> np.ndarray:
    traces = np.zeros((len(H.flat), *products.groups.squares.shape))
    for r in range(len(traces)):
        (weights,) = products.parts.whole(replace(H, flat=H.flat[r : r + 1]))
        sums = _level_sums(products, outcomes, r)
        by_level = (sums @ weights) @ np.swapaxes(sums, 1, 2)
        np.add.at(traces[r], products.groups.index, by_level)
    return traces


def _level_sums(products: DesignProducts, outcomes: OutcomeProducts, r: int) -> np.ndarray:
    """Sums over each level of [M y], shape (J, k, m + 1)."""
    return np.concatenate([products.dense_level_sums, outcomes.level_sums[r][:, :, None]], axis=2)
