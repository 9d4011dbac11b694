"""The REML criterion or -2 log-likelihood, profiled over β and σ, with its exact gradient.

Bates et al. 2015 (doi:10.18637/jss.v067.i01) define the criterion. Here the largest factor is
absorbed first, then the other random effects are eliminated. Everything is a batch: R outcomes
that share a design, each at its own θ.
"""

from dataclasses import dataclass

import numpy as np

from multipet.mixed_model.absorption import absorb, absorbed_slope
from multipet.mixed_model.covariance_factor import theta_of
from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.elimination import Elimination, evaluate_rest
from multipet.mixed_model.outcome_products import OutcomeProducts


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
