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
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import Design, weighted
from multipet.mixed_model.fit import Convergence, FailedFit, MixedFit
from multipet.mixed_model.fit_findings import SINGULAR, with_findings, zero_spread
from multipet.mixed_model.ordinary import fit_ordinary
from multipet.mixed_model.outcome_products import outcome_products
from multipet.mixed_model.patterns import kept_levels
from multipet.mixed_model.random_effects import solve
from multipet.mixed_model.residual_levels import ResidualSpread, given_spread
from multipet.mixed_model.residual_ratios import estimate_spread, spread_batches
from multipet.mixed_model.search import Estimates, estimate_theta
from multipet.mixed_model.small_matrices import pairs
from multipet.mixed_model.starts import FEW_ROWS

EXACT = 1e-20  # share of the sum of squares at which nothing is left to explain
LARGEST_THETA = 1e5  # ratio of standard deviations at which no residual is left
LARGEST_BATCH = 400_000  # numbers in one stack of matrices
_INFINITE = "the outcome has infinite values"
_EXPLAINED = "the fixed effects explain the outcome exactly: there is no variance to estimate"
_NO_RESIDUAL = "the random effects explain the outcome exactly: no residual variance is left"
_SUMS_A_NUMBER = 8  # sums that are read only, for one number that is worked with


def fit_design(
    design: Design, outcomes: Mapping[str, np.ndarray], reml: bool
) -> dict[str, MixedFit | FailedFit]:
    """Fit every outcome, each given by its values in the rows of ``design``."""
    if design.terms and not design.residual:
        products = design_products(design)
        fits: dict[str, MixedFit | FailedFit] = {}
        for names in _batches(list(outcomes), products.size):
            fits.update(_fit_together(products, {name: outcomes[name] for name in names}, reml))
        return fits
    reasons = _unfit(design, np.column_stack(list(outcomes.values())))
    fits = _failed(design, dict(zip(outcomes, reasons, strict=True)))
    sound = {name: values for name, values in outcomes.items() if name not in fits}
    if design.residual:
        for names in spread_batches(design, list(sound)):
            together = {name: sound[name] for name in names}
            fits.update(_fit_with_spread(design, together, reml))
        return fits
    for name, values in sound.items():
        fits[name] = with_findings(fit_ordinary(design, values, name, design.formula, reml), True)
    return fits


def fit_with_gaps(
    design: Design,
    outcomes: Mapping[str, np.ndarray],
    designs: Mapping[str, Design],
    reml: bool,
) -> dict[str, MixedFit | FailedFit]:
    """Fit outcomes that share most of their rows.

    Parameters
    ----------
    design
        Of all rows.
    outcomes
        Values in the rows of ``design``, NaN where missing.
    designs
        The design of the rows that each outcome has.

    Returns
    -------
    dict
        Fits; empty where cross-products of all rows are too large to be kept.
    """
    products = design_products(design)
    if products.by_level:
        return {}
    fits: dict[str, MixedFit | FailedFit] = {}
    many = [name for name in outcomes if len(designs[name].rows) >= FEW_ROWS]
    few = [name for name in outcomes if len(designs[name].rows) < FEW_ROWS]
    for some in (many, few):
        size = _gap_size(products, [len(design.rows) - len(designs[name].rows) for name in some])
        for names in _batches(some, size):
            together = {name: outcomes[name] for name in names}
            fits.update(_fit_together(products, together, reml, designs=designs))
    return fits


def _gap_size(products: DesignProducts, missing: list[int]) -> int:
    """Numbers that an outcome with so many values missing takes, at most."""
    groups = products.groups
    changed = min(2 * max(missing, default=0), 2 * len(groups.sizes))
    sums = products.MM.flat.shape[1] * changed * len(pairs(groups.squares.shape[-1]))
    return products.size + sums // _SUMS_A_NUMBER


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


def _failed(design: Design, reasons: Mapping[str, str]) -> dict[str, MixedFit | FailedFit]:
    """Failures of the outcomes that have a reason."""
    return {
        name: FailedFit(outcome=name, formula=design.formula, reason=reason)
        for name, reason in reasons.items()
        if reason
    }


def _batches(names: list[str], size: int) -> Iterator[list[str]]:
    step = max(1, min(512, LARGEST_BATCH // size))
    for start in range(0, len(names), step):
        yield names[start : start + step]


def _fit_together(
    products: DesignProducts,
    outcomes: Mapping[str, np.ndarray],
    reml: bool,
    given: Estimates | None = None,
    designs: Mapping[str, Design] | None = None,
) -> dict[str, MixedFit | FailedFit]:
    Y = np.column_stack(list(outcomes.values()))
    infinite = np.isinf(Y)
    sums = outcome_products(products, np.where(infinite, 0, Y) if infinite.any() else Y)
    failed = _failed(products.design, dict(zip(outcomes, _reasons(Y, sums.yy), strict=True)))
    if failed:
        sound = {name: values for name, values in outcomes.items() if name not in failed}
        more = _fit_together(products, sound, reml, given, designs) if sound else {}
        return failed | more
    estimates = given or estimate_theta(products, sums, reml)
    theta = estimates.theta
    terms = products.design.terms
    result = evaluate(products, sums, theta, reml)
    solutions = solve(products, sums, theta, result.elimination, reml)
    raw = theta_of_data(theta, terms, sums.own_scales(products.scales))
    least = [_least_diagonal(block) for block in lambda_blocks(theta, terms)]
    singular = np.min(least, axis=0) < SINGULAR
    steepest = np.abs(result.gradient).max(axis=1)
    endless = ~np.isfinite(result.criterion) | (np.abs(theta).max(axis=1) > LARGEST_THETA)
    fits: dict[str, MixedFit | FailedFit] = {}
    for r, (name, values) in enumerate(outcomes.items()):
        if endless[r]:
            fits.update(_failed(products.design, {name: _NO_RESIDUAL}))
            continue
        modes = tuple(every[r] for every in solutions.modes)
        design, shared = products.design, products
        if designs:
            present, design, shared = ~np.isnan(values), designs[name], None
            levels = [kept_levels(term, present) for term in terms]
            modes = tuple(one[kept] for one, kept in zip(modes, levels, strict=True))
            values = values[present]
        fit = MixedFit(
            outcome=name,
            formula=design.formula,
            design=design,
            products=shared,
            y=values,
            reml=reml,
            criterion=float(result.criterion[r]),
            beta=solutions.beta[r],
            vcov=solutions.vcov[r],
            theta=raw[r],
            sigma=float(solutions.sigma[r]),
            modes=modes,
            singular=bool(singular[r]),
            converged=Convergence(
                float(steepest[r]), int(estimates.iterations[r]), int(estimates.restarts[r])
            ),
        )
        fits[name] = with_findings(fit, bool(estimates.found[r]))
    return fits


def _least_diagonal(block: np.ndarray) -> np.ndarray:
    return np.abs(np.diagonal(block, axis1=-2, axis2=-1)).min(axis=-1)
