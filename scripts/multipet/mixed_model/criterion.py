"""The REML criterion or -2 log-likelihood, profiled over β and σ, with its exact gradient.

Bates et al. 2015 (doi:10.18637/jss.v067.i01) define the criterion. Here the largest factor is
absorbed first, then the other random effects are eliminated. Everything is a batch: R outcomes
that share a design, each at its own θ.
"""

from dataclasses import dataclass

import numpy as np

from multipet.mixed_model.absorption import absorb, absorbed_slope
from multipet.mixed_model.covariance_factor import lambda_blocks, theta_of
from multipet.mixed_model.cross_products import DesignProducts, OutcomeProducts
from multipet.mixed_model.elimination import Elimination, evaluate_rest


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
    blocks = lambda_blocks(theta, products.design.terms)
    absorption = absorb(products, outcomes, blocks)
    rest = evaluate_rest(products, blocks, absorption.N, absorption.log_determinant, reml)
    slopes = absorbed_slope(products, outcomes, absorption, rest.H)
    gradient = theta_slopes(products, blocks, rest.slopes, slopes)
    return Evaluation(rest.value, gradient, rest.elimination)


def theta_slopes(
    products: DesignProducts,
    blocks: list[np.ndarray],
    others: dict[int, np.ndarray],
    absorbed: np.ndarray,
) -> np.ndarray:
    """Derivative by θ, shape (R, t), from those by Λ of the other terms and the absorbed ones."""
    if not blocks:
        return np.empty((len(absorbed), 0))
    slopes, at = dict(others), 0
    for term in products.absorbed:
        after = at + blocks[term].shape[-1]
        slopes[term] = absorbed[:, at:after, at:after]
        at = after
    return theta_of([slopes[term] for term in range(len(blocks))])
