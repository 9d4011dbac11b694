"""Fits of outcomes that share one design and one residual variance, optimised together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
from scipy import linalg

from multipet.mixed_model.criterion import evaluate, solve
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import Design
from multipet.mixed_model.fit import Convergence, FailedFit, MixedFit
from multipet.mixed_model.fit_findings import SINGULAR, with_findings
from multipet.mixed_model.outcome_products import OutcomeProducts, outcome_products
from multipet.mixed_model.patterns import kept_levels
from multipet.mixed_model.random_terms import (
    lambda_blocks,
    standardised_theta,
    theta_of_data,
)
from multipet.mixed_model.search import Estimates, estimate_theta

EXACT = 1e-20  # share of the sum of squares at which nothing is left to explain
LARGEST_THETA = 1e5  # ratio of standard deviations at which no residual is left
LARGEST_BATCH = 400_000  # numbers in one stack of matrices
_INFINITE = "the outcome has infinite values"
_EXPLAINED = "the fixed effects explain the outcome exactly: there is no variance to estimate"
_NO_RESIDUAL = "the random effects explain the outcome exactly: no residual variance is left"


def fit_together(
    products: DesignProducts,
    outcomes: Mapping[str, np.ndarray],
    reml: bool,
    given: Estimates | None = None,
    designs: Mapping[str, Design] | None = None,
) -> dict[str, MixedFit | FailedFit]:
    """Fits of outcomes in the rows of one design, all of them searched together.

    Parameters
    ----------
    outcomes
        Values in those rows, NaN where missing.
    given
        θ, if it is not to be searched for.
    designs
        The design of the rows that each outcome has, where values are missing.
    """
    Y = np.array(list(outcomes.values())).T
    infinite = np.isinf(Y)
    sums = outcome_products(products, np.where(infinite, 0, Y) if infinite.any() else Y)
    failed = failures(products.design, dict(zip(outcomes, _reasons(Y, sums.yy), strict=True)))
    if failed:
        sound = {name: values for name, values in outcomes.items() if name not in failed}
        more = fit_together(products, sound, reml, given, designs) if sound else {}
        return failed | more
    estimates = given or estimate_theta(products, sums, reml)
    return _fits(products, outcomes, sums, estimates, reml, designs)


def _fits(
    products: DesignProducts,
    outcomes: Mapping[str, np.ndarray],
    sums: OutcomeProducts,
    estimates: Estimates,
    reml: bool,
    designs: Mapping[str, Design] | None,
) -> dict[str, MixedFit | FailedFit]:
    """What ``estimates`` lead to, an object for each outcome."""
    theta, terms = estimates.theta, products.design.terms
    result = evaluate(products, sums, theta, reml)
    solutions = solve(products, sums, theta, result.elimination, reml)
    raw = theta_of_data(theta, terms, sums.own_scales(products.scales))
    singular = np.min([_least_diagonal(one) for one in lambda_blocks(theta, terms)], 0) < SINGULAR
    steepest = np.abs(result.gradient).max(axis=1)
    endless = ~np.isfinite(result.criterion) | (np.abs(theta).max(axis=1) > LARGEST_THETA)
    names = list(outcomes)
    fits = failures(products.design, dict.fromkeys(compress(outcomes, endless), _NO_RESIDUAL))
    for r in np.flatnonzero(~endless):
        name, modes = names[r], [every[r] for every in solutions.modes]
        fit = MixedFit(
            outcome=name,
            formula=products.design.formula,
            **_of_rows(products, outcomes[name], modes, designs[name] if designs else None),
            reml=reml,
            criterion=float(result.criterion[r]),
            beta=solutions.beta[r],
            vcov=solutions.vcov[r],
            theta=raw[r],
            sigma=float(solutions.sigma[r]),
            singular=bool(singular[r]),
            converged=Convergence(
                float(steepest[r]), int(estimates.iterations[r]), int(estimates.restarts[r])
            ),
        )
        fits[name] = with_findings(fit, bool(estimates.found[r]))
    return fits


def _of_rows(
    products: DesignProducts,
    values: np.ndarray,
    modes: Sequence[np.ndarray],
    design: Design | None,
) -> dict[str, Any]:
    """What a fit holds of its rows; ``design`` is that of its own ones where values are missing."""
    if design is None:
        return {"design": products.design, "products": products, "y": values, "modes": tuple(modes)}
    present = ~np.isnan(values)
    levels = [kept_levels(term, present) for term in products.design.terms]
    kept = tuple(one[some] for one, some in zip(modes, levels, strict=True))
    return {"design": design, "products": None, "y": values[present], "modes": kept}


def fit_at_theta(
    design: Design, outcome: str, values: np.ndarray, theta: np.ndarray, reml: bool
) -> MixedFit | FailedFit:
    """The fit of one outcome at θ in the scale of the data."""
    if not design.terms:
        return fit_ordinary(design, values, outcome, design.formula, reml)
    products = design_products(design)
    inner = standardised_theta(theta[None], design.terms, products.scales)
    none = np.zeros(1, dtype=int)
    given = Estimates(inner, none, none, np.ones(1, dtype=bool))
    return fit_together(products, {outcome: values}, reml, given)[outcome]


def fit_ordinary(design: Design, y: np.ndarray, outcome: str, formula: str, reml: bool) -> MixedFit:
    """Least-squares fit of one outcome.

    The residual variance is RSS / (n - p) whether or not ``reml``; the criterion is -2 log of
    the restricted or the full likelihood, as R's ``logLik.lm`` has them.
    """
    n, p = design.X.shape
    Q, R = linalg.qr(design.X, mode="economic")
    beta = linalg.solve_triangular(R, Q.T @ y)
    beta = beta + linalg.solve_triangular(R, Q.T @ (y - design.X @ beta))
    residual = y - design.X @ beta
    rss = residual @ residual
    inverse = linalg.solve_triangular(R, np.eye(p))
    freedom = n - p if reml else n
    criterion = freedom * (1 + np.log(2 * np.pi * rss / freedom))
    if reml:
        criterion += 2 * np.log(np.abs(np.diag(R))).sum()
    return MixedFit(
        outcome=outcome,
        formula=formula,
        design=design,
        products=None,
        y=y,
        reml=reml,
        criterion=float(criterion),
        beta=beta,
        vcov=rss / (n - p) * inverse @ inverse.T,
        theta=np.empty(0),
        sigma=float(np.sqrt(rss / (n - p))),
        modes=(),
        singular=False,
        converged=Convergence(0.0, 0, 0),
    )


def unfit(design: Design, Y: np.ndarray) -> list[str]:
    """Why each outcome, a column of ``Y``, cannot be fitted; empty if it can."""
    filled = np.where(np.isfinite(Y), Y, 0)
    Q = np.linalg.qr(design.X)[0]
    rest = filled - Q @ (Q.T @ filled)
    return _reasons(Y, np.einsum("nr,nr->r", rest, rest))


def _reasons(Y: np.ndarray, rss: np.ndarray) -> list[str]:
    """The same from residual sums of squares; NaN in ``Y`` is a missing value."""
    infinite = np.isinf(Y).any(axis=0)
    filled = np.where(np.isfinite(Y), Y, 0)
    exact = rss <= EXACT * np.einsum("nr,nr->r", filled, filled)
    return [
        _INFINITE if never else _EXPLAINED if explained else ""
        for never, explained in zip(infinite, exact, strict=True)
    ]


def failures(design: Design, reasons: Mapping[str, str]) -> dict[str, MixedFit | FailedFit]:
    """Failures of the outcomes that have a reason."""
    return {
        name: FailedFit(outcome=name, formula=design.formula, reason=reason)
        for name, reason in reasons.items()
        if reason
    }


def batches(names: list[str], size: int) -> Iterator[list[str]]:
    """``names`` in parts, ``size`` being the numbers that an outcome takes."""
    step = max(1, min(512, LARGEST_BATCH // size))
    for start in range(0, len(names), step):
        yield names[start : start + step]


def _least_diagonal(block: np.ndarray) -> np.ndarray:
    return np.abs(np.diagonal(block, axis1=-2, axis2=-1)).min(axis=-1)
