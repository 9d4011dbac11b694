"""The REML criterion or -2 log-likelihood, its exact gradient, and what follows from θ.

Bates et al. 2015 (doi:10.18637/jss.v067.i01) define the criterion, profiled over β and σ. Here the
largest factor is absorbed first, then the other random effects are eliminated. Everything is a
batch: R outcomes that share a design, each at its own θ.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.elimination.absorption import absorb, absorbed_slope, block_diagonal
from multipet.mixed_model.elimination.others import Elimination, evaluate_rest, times_factor
from multipet.mixed_model.elimination.small_matrices import axes_last, cholesky
from multipet.mixed_model.elimination.weights import level_weights
from multipet.mixed_model.outcome_products import OutcomeProducts, outcome_products
from multipet.mixed_model.random_terms import lambda_blocks, standardised_theta, theta_of

_LARGEST_CHUNK = 10_000_000  # numbers held at once for the levels of the absorbed factor


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The criterion at one θ an outcome.

    Attributes
    ----------
    criterion
        Shape (R,); infinite where K is not positive definite.
    gradient
        Derivative by θ, shape (R, t).
    elimination
        What the estimates follow from.
    """

    criterion: np.ndarray
    gradient: np.ndarray
    elimination: Elimination


def evaluate(
    products: DesignProducts, outcomes: OutcomeProducts, theta: np.ndarray, reml: bool
) -> Evaluation:
    """Criterion and gradient at ``theta`` (of standardised columns), shape (R, t)."""
    blocks = outcomes.factors(products.design.terms, theta)
    absorption = absorb(products, outcomes, blocks)
    rest = evaluate_rest(
        products, blocks, absorption.N, absorption.log_determinant, outcomes.freedom(reml), reml
    )
    slopes = absorbed_slope(products, outcomes, absorption, rest.H)
    by_term = outcomes.own_slopes(factor_slopes(products, blocks, rest.slopes, slopes))
    gradient = theta_of(by_term) if blocks else np.empty((len(theta), 0))
    return Evaluation(rest.value, gradient, rest.elimination)


def factor_slopes(
    products: DesignProducts,
    blocks: list[np.ndarray],
    others: dict[int, np.ndarray],
    absorbed: np.ndarray,
) -> list[np.ndarray]:
    """Derivative by Λ of each term, from those of the other terms and the absorbed ones."""
    slopes, at = dict(others), 0
    for term in products.absorbed:
        after = at + blocks[term].shape[-1]
        slopes[term] = absorbed[:, at:after, at:after]
        at = after
    return [slopes[term] for term in range(len(blocks))]


@dataclass(frozen=True, eq=False)
class Solutions:
    """Everything that θ determines, one element an outcome.

    Attributes
    ----------
    beta, vcov
        Fixed effects, shape (R, p), and their covariance matrices, shape (R, p, p).
    sigma
        Residual standard deviations, shape (R,).
    modes
        Conditional modes, one array (R, levels, k) a term.
    """

    beta: np.ndarray
    vcov: np.ndarray
    sigma: np.ndarray
    modes: tuple[np.ndarray, ...]


def solve(
    products: DesignProducts,
    outcomes: OutcomeProducts,
    theta: np.ndarray,
    elimination: Elimination,
    reml: bool,
) -> Solutions:
    """Solutions at ``theta`` (of standardised columns), shape (R, t).

    ``elimination`` is that of ``criterion.evaluate`` there.
    """
    p, q = products.Q.shape[1], products.n_random
    blocks = outcomes.factors(products.design.terms, theta)
    factor, solved = cholesky(elimination.schur)[0], elimination.solved
    sigma = factor[:, -1, -1] / np.sqrt(outcomes.freedom(reml))
    # the last row of the factor is Lᵀ times the estimates
    inverse = np.linalg.inv(factor[:, :-1, :-1])
    fixed = (factor[:, -1:, :-1] @ inverse)[:, 0]
    spherical = solved[..., -1] - np.einsum("rbcp,rp->rbc", solved[..., :-1], fixed)
    transposed = [np.swapaxes(block, 1, 2) for block in blocks]
    modes = times_factor(products.parts, transposed, spherical[:, :, None])[:, :, 0]
    others = np.hstack([products.parts.columns_of(modes), fixed])
    unmix = linalg.solve_triangular(products.R, np.eye(p))
    half = inverse @ unmix.T
    vcov = sigma[:, None, None] ** 2 * np.swapaxes(half, 1, 2) @ half
    beta = (outcomes.beta + fixed) @ unmix.T
    absorbed = _absorbed_modes(products, outcomes, blocks, others)
    return Solutions(beta, vcov, sigma, _modes(products, others[:, :q], absorbed))


def _absorbed_modes(
    products: DesignProducts,
    outcomes: OutcomeProducts,
    blocks: list[np.ndarray],
    others: np.ndarray,
) -> np.ndarray:
    """Modes of the absorbed effects, shape (R, J, k), from those of the others and of Q."""
    explained, gaps = products.level_sums @ others.T, outcomes.gaps
    Lambda = block_diagonal([blocks[k] for k in products.absorbed])
    groups = products.groups
    weights = axes_last(level_weights(Lambda, groups.squares[None]).W)[:, groups.index]
    if gaps:
        explained = explained - products.Z_absorbed.T @ (
            (products.by_row @ others.T) * gaps.missing
        )
        own = axes_last(level_weights(Lambda, gaps.squares).W)
        weights[gaps.outcome, gaps.level] = own[gaps.outcome, gaps.group]
    left = outcomes.level_sums - explained.T.reshape(outcomes.level_sums.shape)
    return np.einsum("rjab,rjb->rja", weights, left)


def conditional_sds(
    products: DesignProducts, y: np.ndarray, theta: np.ndarray, reml: bool
) -> tuple[np.ndarray, ...]:
    """Conditional SDs of the random effects over σ, one array (levels, k) a term.

    The fixed effects count as known, as in lme4.

    Parameters
    ----------
    y
        The outcome, shape (n,).
    theta
        In the scale of the data, shape (t,).
    """
    inner = standardised_theta(theta[None], products.design.terms, products.scales)
    blocks = lambda_blocks(inner, products.design.terms)
    result = evaluate(products, outcome_products(products, y[:, None]), inner, reml)
    half = np.swapaxes(np.linalg.cholesky(result.elimination.inverse), -1, -2)
    # the other effects' conditional covariance is σ² spreadᵀ spread
    transposed = [np.swapaxes(block, 1, 2) for block in blocks]
    by_part = products.parts.empty(1)
    by_part.flat[:] = 0
    by_part.blocks[:] = times_factor(products.parts, transposed, half)
    q = products.n_random
    spread = products.parts.whole(by_part)[0, :q, :q]
    Lambda = block_diagonal([blocks[k] for k in products.absorbed])
    groups = products.groups
    weights = axes_last(level_weights(Lambda, groups.squares[None]).W)[0][groups.index]
    variances = _other_variances(products, spread) | _absorbed_variances(products, spread, weights)
    return tuple(np.sqrt(variances[k]) for k in range(len(products.design.terms)))


def _modes(
    products: DesignProducts, others: np.ndarray, absorbed: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Modes of each term, (R, levels, k), in the scale of the data."""
    modes, R = {}, len(others)
    for term, columns in products.columns.items():
        k = len(products.scales[term])
        modes[term] = others[:, columns].reshape(R, -1, k) @ np.linalg.inv(products.scales[term]).T
    at = 0
    for term in products.absorbed:
        after = at + len(products.scales[term])
        modes[term] = absorbed[:, :, at:after] @ np.linalg.inv(products.scales[term]).T
        at = after
    return tuple(modes[k] for k in range(len(modes)))


def _other_variances(products: DesignProducts, spread: np.ndarray) -> dict[int, np.ndarray]:
    """Conditional variances over σ² of the effects that were not absorbed."""
    variances = {}
    for term, columns in products.columns.items():
        unscale = np.linalg.inv(products.scales[term])
        rows = spread[:, columns].reshape(len(spread), -1, len(unscale)) @ unscale.T
        variances[term] = (rows**2).sum(axis=0)
    return variances


def _absorbed_variances(
    products: DesignProducts, spread: np.ndarray, weights: np.ndarray
) -> dict[int, np.ndarray]:
    """The same of the absorbed effects: their own, and what comes through the others."""
    scale = block_diagonal([products.scales[k][None] for k in products.absorbed])[0]
    unscale = np.linalg.inv(scale)
    J, k, _ = weights.shape
    whole = np.einsum("ia,jab,ib->ji", unscale, weights, unscale, optimize=True)
    step = max(1, _LARGEST_CHUNK // max(1, k * len(spread)))
    for start in range(0, J, step):
        levels = slice(start, min(start + step, J))
        sums = products.level_sums[levels.start * k : levels.stop * k, : len(spread)]
        through = weights[levels] @ (sums @ spread.T).reshape(levels.stop - start, k, -1)
        whole[levels] += ((unscale @ through) ** 2).sum(axis=2)
    variances, at = {}, 0
    for term in products.absorbed:
        after = at + len(products.scales[term])
        variances[term] = whole[:, at:after]
        at = after
    return variances
