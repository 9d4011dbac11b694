"""Fits of outcomes that share one design, optimised together."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from multipet.core.problems import Problem, UserError
from multipet.mixed_model.covariance_factor import (
    lambda_blocks,
    n_parameters,
    standardised_theta,
    theta_of_data,
)
from multipet.mixed_model.criterion import evaluate
from multipet.mixed_model.cross_products import DesignProducts, design_products, outcome_products
from multipet.mixed_model.design import Design, weighted
from multipet.mixed_model.fit import Convergence, FailedFit, MixedFit
from multipet.mixed_model.fit_findings import SINGULAR, with_findings, zero_spread
from multipet.mixed_model.ordinary import fit_ordinary
from multipet.mixed_model.random_effects import solve
from multipet.mixed_model.residual_levels import ResidualSpread, given_spread
from multipet.mixed_model.residual_ratios import estimate_spread, spread_batches
from multipet.mixed_model.search import Estimates, estimate_theta

EXACT = 1e-20  # share of the sum of squares at which nothing is left to explain
LARGEST_THETA = 1e5  # ratio of standard deviations at which no residual is left
LARGEST_BATCH = 400_000  # numbers in one stack of matrices


def fit_design(
    design: Design, outcomes: Mapping[str, np.ndarray], reml: bool
) -> dict[str, MixedFit | FailedFit]:
    """Fit every outcome, each given by its values in the rows of ``design``."""
    reasons = _unfit(design, np.column_stack(list(outcomes.values())))
    fits: dict[str, MixedFit | FailedFit] = {
        name: FailedFit(outcome=name, formula=design.formula, reason=reason)
        for name, reason in zip(outcomes, reasons, strict=True)
        if reason
    }
    sound = {name: values for name, values in outcomes.items() if name not in fits}
    if design.residual:
        for names in spread_batches(design, list(sound)):
            together = {name: sound[name] for name in names}
            fits.update(_fit_with_spread(design, together, reml))
        return fits
    if not design.terms:
        for name, values in sound.items():
            fits[name] = with_findings(
                fit_ordinary(design, values, name, design.formula, reml), True
            )
        return fits
    if sound:
        products = design_products(design)
        for names in _batches(list(sound), products.MM.flat.shape[1]):
            together = {name: sound[name] for name in names}
            fits.update(_fit_together(products, together, reml))
    return fits


def fit_at(
    design: Design,
    outcome: str,
    values: np.ndarray,
    theta: np.ndarray,
    reml: bool,
    ratios: Mapping[str, float] | None = None,
) -> MixedFit | FailedFit:
    """The fit of one outcome at a given θ, in the scale of the data, and residual ratios.

    Raises
    ------
    UserError
        If ``theta`` has the wrong length or a residual level no ratio.
    """
    if len(theta) != n_parameters(design.terms):
        message = f"theta has {len(theta)} numbers, the model {n_parameters(design.terms)}"
        raise UserError(Problem(f'formula "{design.formula}"', message))
    (reason,) = _unfit(design, values[:, None])
    if reason:
        return FailedFit(outcome=outcome, formula=design.formula, reason=reason)
    if design.residual:
        spread = given_spread(design.residual, ratios, f'formula "{design.formula}"')
        return _fit_at_spread(design, outcome, values, theta, spread, reml)
    return _fit_at_theta(design, outcome, values, theta, reml)


def _fit_at_theta(
    design: Design, outcome: str, values: np.ndarray, theta: np.ndarray, reml: bool
) -> MixedFit | FailedFit:
    if not design.terms:
        return fit_ordinary(design, values, outcome, design.formula, reml)
    products = design_products(design)
    inner = standardised_theta(theta[None], design.terms, products.scales)
    none = np.zeros(1, dtype=int)
    given = Estimates(inner, none, none, np.ones(1, dtype=bool))
    return _fit_together(products, {outcome: values}, reml, given)[outcome]


def _fit_with_spread(
    design: Design, outcomes: Mapping[str, np.ndarray], reml: bool
) -> dict[str, MixedFit | FailedFit]:
    """Fits whose residual variance differs by the levels of ``design.residual``."""
    found = estimate_spread(design, np.column_stack(list(outcomes.values())), reml)
    fits: dict[str, MixedFit | FailedFit] = {}
    for (name, values), one in zip(outcomes.items(), found, strict=True):
        if one.reason:
            fits[name] = FailedFit(outcome=name, formula=design.formula, reason=one.reason)
            continue
        fit = _fit_at_spread(design, name, values, one.theta, one.spread, reml)
        if isinstance(fit, MixedFit):
            fit = with_findings(replace(fit, converged=one.converged), one.found)
        fits[name] = fit
    return fits


def _fit_at_spread(
    design: Design,
    outcome: str,
    values: np.ndarray,
    theta: np.ndarray,
    spread: ResidualSpread,
    reml: bool,
) -> MixedFit | FailedFit:
    """The fit of rows in units of δ, and what it says of the rows themselves."""
    delta = spread.of_rows
    fit = _fit_at_theta(weighted(design, delta), outcome, values / delta, theta, reml)
    if isinstance(fit, FailedFit):
        return fit
    fit = replace(
        fit,
        design=design,
        products=None,
        y=values,
        criterion=fit.criterion + spread.log_determinant,
        singular=fit.singular or bool(zero_spread(spread)),
        spread=spread,
    )
    return with_findings(fit, True)


def _unfit(design: Design, Y: np.ndarray) -> list[str]:
    """Why each outcome, a column of ``Y``, cannot be fitted; empty if it can."""
    finite = np.isfinite(Y).all(axis=0)
    Y = np.where(finite, Y, 0)
    Q = np.linalg.qr(design.X)[0]
    rest = Y - Q @ (Q.T @ Y)
    exact = (rest**2).sum(axis=0) <= EXACT * (Y**2).sum(axis=0)
    infinite = "the outcome has infinite values"
    explained = "the fixed effects explain the outcome exactly: there is no variance to estimate"
    return [
        "" if sound and not all_explained else explained if sound else infinite
        for sound, all_explained in zip(finite, exact, strict=True)
    ]


def _batches(names: list[str], size: int) -> Iterator[list[str]]:
    step = max(1, min(512, LARGEST_BATCH // size))
    for start in range(0, len(names), step):
        yield names[start : start + step]


def _fit_together(
    products: DesignProducts,
    outcomes: Mapping[str, np.ndarray],
    reml: bool,
    given: Estimates | None = None,
) -> dict[str, MixedFit | FailedFit]:
    Y = np.column_stack(list(outcomes.values()))
    sums = outcome_products(products, Y)
    estimates = given or estimate_theta(products, sums, reml)
    theta = estimates.theta
    terms = products.design.terms
    result = evaluate(products, sums, theta, reml)
    solutions = solve(products, sums, theta, result.elimination, reml)
    raw = theta_of_data(theta, terms, products.scales)
    least = [_least_diagonal(block) for block in lambda_blocks(theta, terms)]
    singular = np.min(least, axis=0) < SINGULAR
    fits: dict[str, MixedFit | FailedFit] = {}
    for r, name in enumerate(outcomes):
        if not np.isfinite(result.criterion[r]) or np.abs(theta[r]).max() > LARGEST_THETA:
            reason = "the random effects explain the outcome exactly: no residual variance is left"
            fits[name] = FailedFit(outcome=name, formula=products.design.formula, reason=reason)
            continue
        fit = MixedFit(
            outcome=name,
            formula=products.design.formula,
            design=products.design,
            products=products,
            y=Y[:, r],
            reml=reml,
            criterion=float(result.criterion[r]),
            beta=solutions.beta[r],
            vcov=solutions.vcov[r],
            theta=raw[r],
            sigma=float(solutions.sigma[r]),
            modes=tuple(modes[r] for modes in solutions.modes),
            singular=bool(singular[r]),
            converged=Convergence(
                float(np.abs(result.gradient[r]).max()),
                int(estimates.iterations[r]),
                int(estimates.restarts[r]),
            ),
        )
        fits[name] = with_findings(fit, bool(estimates.found[r]))
    return fits


def _least_diagonal(block: np.ndarray) -> np.ndarray:
    return np.abs(np.diagonal(block, axis1=-2, axis2=-1)).min(axis=-1)
