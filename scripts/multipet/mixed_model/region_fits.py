"""Fits of outcomes that share one design, optimised together."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from multipet.core.problems import Problem, UserError
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import Design, weighted
from multipet.mixed_model.design_fits import (
    batches,
    failures,
    fit_at_theta,
    fit_ordinary,
    fit_together,
    unfit,
)
from multipet.mixed_model.elimination.small_matrices import pairs
from multipet.mixed_model.fit import FailedFit, MixedFit
from multipet.mixed_model.fit_findings import with_findings, zero_spread
from multipet.mixed_model.random_terms import (
    n_parameters,
)
from multipet.mixed_model.residual_levels import ResidualSpread, given_spread
from multipet.mixed_model.residual_ratios import estimate_spread, spread_batches
from multipet.mixed_model.search import FEW_ROWS

_SUMS_A_NUMBER = 8  # sums that are read only, for one number that is worked with


def fit_design(
    design: Design, outcomes: Mapping[str, np.ndarray], reml: bool
) -> dict[str, MixedFit | FailedFit]:
    """Fit every outcome, each given by its values in the rows of ``design``."""
    if design.terms and not design.residual:
        products = design_products(design)
        fits: dict[str, MixedFit | FailedFit] = {}
        for names in batches(list(outcomes), products.size):
            fits.update(fit_together(products, {name: outcomes[name] for name in names}, reml))
        return fits
    reasons = unfit(design, np.column_stack(list(outcomes.values())))
    fits = failures(design, dict(zip(outcomes, reasons, strict=True)))
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
        for names in batches(some, size):
            together = {name: outcomes[name] for name in names}
            fits.update(fit_together(products, together, reml, designs=designs))
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
    (reason,) = unfit(design, values[:, None])
    if reason:
        return FailedFit(outcome=outcome, formula=design.formula, reason=reason)
    if design.residual:
        spread = given_spread(design.residual, ratios, f'formula "{design.formula}"')
        return _fit_at_spread(design, outcome, values, theta, spread, reml)
    return fit_at_theta(design, outcome, values, theta, reml)


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
    fit = fit_at_theta(weighted(design, delta), outcome, values / delta, theta, reml)
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
