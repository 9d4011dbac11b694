"""The largest grouping factor eliminated in closed form, level by level, and its derivatives."""

from dataclasses import dataclass, replace

import numpy as np

from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.elimination.gaps import Gaps
from multipet.mixed_model.elimination.parts import Arrow
from multipet.mixed_model.elimination.small_matrices import (
    axes_first,
    axes_last,
    pairs,
)
from multipet.mixed_model.elimination.weights import LevelWeights, PairWeights, level_weights
from multipet.mixed_model.outcome_products import OutcomeProducts


@dataclass(frozen=True, eq=False)
class Absorption:
    """What is left once the absorbed factor is eliminated; R outcomes, G groups of levels.

    Attributes
    ----------
    N
        Cross-products of [M y] weighted by V⁻¹ of the absorbed factor.
    log_determinant
        Of that V, shape (R,).
    weights
        Of the groups of levels.
    gap_weights
        Of those that lost rows; None where no value is missing.
    """

    N: Arrow
    log_determinant: np.ndarray
    weights: LevelWeights | PairWeights
    gap_weights: LevelWeights | PairWeights | None


def absorb(
    products: DesignProducts, outcomes: OutcomeProducts, blocks: list[np.ndarray]
) -> Absorption:
    """Eliminate the absorbed factor, ``blocks`` being Λ of each term, shape (R, k, k)."""
    Lambda = block_diagonal([blocks[k] for k in products.absorbed])
    weights = level_weights(Lambda, products.groups.squares[None])
    N = _reduced(products, outcomes, weights.W)
    log_determinant = weights.log_determinant @ products.groups.sizes
    gaps = outcomes.gaps
    if gaps is None:
        return Absorption(N, log_determinant, weights, None)
    own = level_weights(Lambda, gaps.squares)
    _fill_gaps(N, gaps, own.W)
    log_determinant = log_determinant + (own.log_determinant * gaps.sizes).sum(axis=1)
    return Absorption(N, log_determinant, weights, own)


def absorbed_slope(
    products: DesignProducts, outcomes: OutcomeProducts, absorption: Absorption, H: Arrow
) -> np.ndarray:
    """Derivative of the criterion by Λ of the absorbed factor, shape (R, k, k).

    Parameters
    ----------
    H
        Derivative of the criterion by ``absorption.N``.
    """
    slope = absorption.weights.slope(products.groups.sizes, _traces(products, outcomes, H))
    if absorption.gap_weights is None:
        return slope
    gaps = outcomes.gaps
    return slope + absorption.gap_weights.slope(gaps.sizes, _gap_traces(gaps, H))


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


def _reduced(products: DesignProducts, outcomes: OutcomeProducts, W: np.ndarray) -> Arrow:
    """Cross-products of [M e] once the absorbed factor is eliminated with weights ``W``."""
    if products.by_level:
        return _reduced_by_level(products, outcomes, W)
    if products.lone is not None:
        flat = np.repeat(products.MM.flat, W.shape[2], axis=0)
        N = _with_outcome(replace(products.MM, flat=flat), outcomes.My, outcomes.yy)
        products.lone.subtract(N, W, outcomes.lone)
        return N
    weights = _packed(W)
    N = replace(products.MM, flat=products.MM.flat - weights @ products.group_sums)
    My = outcomes.My - (weights[:, None] @ outcomes.group_sums)[:, 0]
    yy = outcomes.yy - np.einsum("rg,rg->r", weights, outcomes.group_squares)
    return _with_outcome(N, My, yy)


def _traces(products: DesignProducts, outcomes: OutcomeProducts, H: Arrow) -> np.ndarray:
    """Traces of ``H`` and the products of each group of levels, shape (k, k, R, G)."""
    if products.by_level:
        return _traces_by_level(products, outcomes, H)
    if products.lone is not None:
        return products.lone.traces(H, outcomes.lone)
    R = len(H.flat)
    by_outcome = np.concatenate([H.edge[:, :, :, -1].reshape(R, -1), H.corner[:, :-1, -1]], axis=1)
    crossed = (outcomes.group_sums @ by_outcome[:, :, None])[:, :, 0]
    traces = H.doubled @ products.group_sums.T + 2 * crossed
    traces += outcomes.group_squares * H.corner[:, -1:, -1]
    return _unpacked(traces, products.groups.squares.shape[-1])


def _packed(W: np.ndarray) -> np.ndarray:
    """Weights of the sums of each pair of effects, shape (R, u G)."""
    if len(W) == 1:
        return W[0, 0]
    return np.concatenate([W[a, b] for a, b in pairs(len(W))], axis=1)


def _unpacked(traces: np.ndarray, k: int) -> np.ndarray:
    """Shape (k, k, R, G) from traces of the sums of each pair of effects, shape (R, u G)."""
    if k == 1:
        return traces[None, None]
    by_pair = traces.reshape(len(traces), len(pairs(k)), -1)
    result = np.empty((k, k, len(traces), by_pair.shape[2]))
    for pair, (a, b) in enumerate(pairs(k)):  # the sum of a pair holds both of its orders
        result[a, b] = result[b, a] = by_pair[:, pair] / (1 + (a != b))
    return result


def _with_outcome(N: Arrow, My: np.ndarray, yy: np.ndarray) -> Arrow:
    """``N`` with the outcome, so far 0, in its border; ``My`` in slots, then fixed effects."""
    slots = N.B * N.c
    N.edge[:, :, :, -1] += My[:, :slots].reshape(len(My), N.B, N.c)
    N.corner[:, :-1, -1] += My[:, slots:]
    N.corner[:, -1, :-1] += My[:, slots:]
    N.corner[:, -1, -1] += yy
    return N


def _fill_gaps(N: Arrow, gaps: Gaps, W: np.ndarray) -> None:
    """Take out of ``N`` what outcomes lack."""
    R = len(N.flat)
    sums = gaps.sums.flat.reshape(R, -1, N.flat.shape[1])
    N.flat[:] += gaps.MM - (_packed(W)[:, None] @ sums)[:, 0]


def _gap_traces(gaps: Gaps, H: Arrow) -> np.ndarray:
    """Traces of ``H`` and the products of the levels that lost rows, shape (k, k, R, P)."""
    R, F = H.flat.shape
    traces = (gaps.sums.flat.reshape(R, -1, F) @ H.doubled[:, :, None])[:, :, 0]
    return _unpacked(traces, gaps.squares.shape[-1])


def _reduced_by_level(products: DesignProducts, outcomes: OutcomeProducts, W: np.ndarray) -> Arrow:
    N = products.parts.empty(W.shape[2])
    for r, weights in enumerate(axes_last(W)):
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
    return axes_first(traces)


def _level_sums(products: DesignProducts, outcomes: OutcomeProducts, r: int) -> np.ndarray:
    """Sums over each level of [M y], shape (J, k, m + 1)."""
    return np.concatenate([products.dense_level_sums, outcomes.level_sums[r][:, :, None]], axis=2)
