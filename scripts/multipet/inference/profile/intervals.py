"""Profile-likelihood intervals of standard deviations, correlations and fixed effects.

As lme4's ``confint(method = "profile")``: by maximum likelihood, also where the fit is REML. A
value belongs to the interval if holding it and refitting all else raises −2 log-likelihood by no
more than the χ² quantile with one degree of freedom.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from multipet.core.problems import did_you_mean
from multipet.inference.approximations import alike, dense_products
from multipet.inference.profile.likelihood import Likelihood
from multipet.inference.profile.limits import Sides, limits
from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model.fit import MixedFit
from multipet.mixed_model.region_fits import fit_design

_LEAST_SIGMA = 1e-4  # of the fitted one


@dataclass(frozen=True)
class ProfileInterval:
    """Profile-likelihood interval of one parameter.

    Attributes
    ----------
    parameter
        As in ``profile_parameters``.
    estimate
        Of the fit itself.
    low, high
        Limits; at the edge of what is possible (0, or ±1 for a correlation) where the
        likelihood never falls far enough.
    confidence
        Level, between 0 and 1.
    """

    parameter: str
    estimate: float
    low: float
    high: float
    confidence: float


def profile_parameters(fit: MixedFit) -> tuple[str, ...]:
    """Names to ask for: ``sd_(Intercept)|site``, ``cor_age.(Intercept)|site``, ``sigma``, …"""
    return (*VarianceStructure(fit.design).names, *fit.design.coefficients)


def profile_interval(fit: MixedFit, parameter: str, confidence: float = 0.95) -> ProfileInterval:
    """Profile-likelihood interval of one parameter.

    Parameters
    ----------
    fit
        A model whose random terms have one effect, or two.
    parameter
        A standard deviation, a correlation, ``sigma`` or a coefficient; names as in lme4.
    confidence
        Level of the interval, between 0 and 1.

    Raises
    ------
    ValueError
        If the parameter is unknown, there is no random term, one has three correlated
        effects or more, or the residual variance differs.
    """
    refusal = _refusal(fit)
    if refusal:
        raise ValueError(refusal)
    if parameter not in profile_parameters(fit):
        near = did_you_mean(parameter, profile_parameters(fit))
        raise ValueError(f"the model has no parameter {parameter!r}; {near}")
    if parameter in fit.design.coefficients:
        return _coefficient_interval(fit, parameter, confidence)
    return profile_intervals([fit], confidence, [parameter])[0][parameter]


def profile_intervals(
    fits: Sequence[MixedFit], confidence: float = 0.95, parameters: Sequence[str] | None = None
) -> list[dict[str, ProfileInterval]]:
    """Profile-likelihood intervals of the random part of many fits, in lock-step.

    Parameters
    ----------
    fits
        Those that ``profile_interval`` refuses have no intervals.
    confidence
        Level of the intervals, between 0 and 1.
    parameters
        Names of those wanted; all standard deviations, correlations and ``sigma`` where None.

    Returns
    -------
    list of dict
        By parameter, one a fit.
    """
    found: list[dict[str, ProfileInterval]] = [{} for _ in fits]
    for which in alike(fits):
        same = [fits[k] for k in which]
        if _refusal(same[0]):
            continue
        for k, one in zip(which, _of_one_design(same, confidence, parameters), strict=True):
            found[k] = one
    return found


def _refusal(fit: MixedFit) -> str:
    """Why there is no profile interval; mostly empty."""
    if not fit.design.terms:
        return "without random terms the t interval is exact: there is nothing to profile"
    if any(term.correlated and len(term.effects) > 2 for term in fit.design.terms):
        return "a profile interval needs random terms with at most two effects each"
    if fit.spread is not None:
        return (
            "a profile interval needs a residual variance that is the same everywhere, and that "
            f"of {fit.outcome!r} differs by {fit.residual_by}"
        )
    return ""


def _of_one_design(
    fits: list[MixedFit], confidence: float, parameters: Sequence[str] | None
) -> list[dict[str, ProfileInterval]]:
    names = VarianceStructure(fits[0].design).names
    wanted = [k for k, name in enumerate(names) if parameters is None or name in parameters]
    low, high = _limits(fits, wanted, _z(confidence))
    estimates = variance_parameters(fits)
    return [
        {
            names[k]: ProfileInterval(names[k], *map(float, values), confidence)
            for k, *values in zip(wanted, estimates[r, wanted], low[r], high[r], strict=True)
        }
        for r in range(len(fits))
    ]


def _limits(fits: list[MixedFit], wanted: list[int], z: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the parameters ``wanted``, (fits, wanted) each."""
    search = _Searches(fits)
    R, m = len(fits), len(wanted)
    outcome = np.repeat(np.arange(R), 2 * m)
    held, sign = np.tile(np.repeat(wanted, 2), R), np.tile([-1.0, 1.0], R * m)
    edge = np.where(sign < 0, search.low[outcome, held], search.high[held])
    angle = search.likelihood.is_angle
    found = limits(search.evaluate, search.best, Sides(outcome, held, sign, edge), z, angle)
    found = found.reshape(R, m, 2)
    found = np.where(angle[wanted, None], np.sin(found), found * search.units[:, wanted, None])
    return found[..., 0], found[..., 1]


class _Searches:
    """The likelihood of many fits in parameters of the size of 1, and its maximum.

    Attributes
    ----------
    units
        Of standard deviations; 1 for the angle of a correlation, (fits, m).
    best
        The maximum, (fits, m).
    low, high
        Edges of the parameters, (fits, m) and (m,).
    """

    def __init__(self, fits: list[MixedFit]) -> None:
        dense = dense_products(fits)
        self.likelihood = Likelihood(dense)
        angle, structure = self.likelihood.is_angle, dense.structure
        best = _best(fits)
        sigma = np.array([fit.sigma for fit in best])
        sizes = [np.sqrt(np.mean(structure.columns(a).data ** 2)) for a, _ in structure.parameters]
        self.units = np.where(angle, 1.0, sigma[:, None] / np.array([*sizes, 1.0]))
        values = variance_parameters(best)
        clipped = np.clip(values, -1, 1)
        self.best = np.where(angle, np.arcsin(clipped), values / self.units)
        self.high = np.where(angle, np.pi / 2, np.inf)
        self.low = np.tile(np.where(angle, -np.pi / 2, 0.0), (len(fits), 1))
        self.low[:, -1] = _LEAST_SIGMA

    def evaluate(
        self, points: np.ndarray, which: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Criterion, gradient and Hessian of the fits ``which`` at ``points``."""
        units = self.units[which]
        value, gradient, hessian = self.likelihood.evaluate(points * units, which)
        return value, gradient * units, hessian * units[:, :, None] * units[:, None]


def _best(fits: list[MixedFit]) -> list[MixedFit]:
    """The same models by maximum likelihood; a fit that has none is its own start."""
    design = fits[0].design
    found = fit_design(design, {str(r): fit.y for r, fit in enumerate(fits)}, reml=False)
    best = zip(found.values(), fits, strict=True)
    return [one if isinstance(one, MixedFit) else fit for one, fit in best]


def variance_parameters(fits: Sequence[MixedFit]) -> np.ndarray:
    """Standard deviations, correlations and σ of fits of one design, (fits, m)."""
    blocks = [np.stack(same) for same in zip(*(fit.lambda_blocks for fit in fits), strict=True)]
    sigma, values = np.array([fit.sigma for fit in fits]), []
    for t, i, j in VarianceStructure(fits[0].design).places:
        first, second = blocks[t][:, i], blocks[t][:, j]
        sds = np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)
        both, inner = sds[0] * sds[1], np.einsum("ra,ra->r", first, second)
        correlation = np.divide(inner, both, out=np.zeros_like(both), where=both > 0)
        values.append(sds[0] * sigma if i == j else correlation)
    return np.stack([*values, sigma], axis=1)


def _coefficient_interval(fit: MixedFit, name: str, confidence: float) -> ProfileInterval:
    """The same for a coefficient: the model without its column, fitted to y less its share."""
    k, z = fit.design.coefficients.index(name), _z(confidence)
    others = tuple(np.delete(fit.design.coefficients, k))
    column = fit.design.X[:, k]
    design = replace(fit.design, X=np.delete(fit.design.X, k, axis=1), coefficients=others)
    best = fit_design(fit.design, {name: fit.y}, reml=False)[name]

    def excess(value: float) -> float:
        """Root of the rise, nearly straight, less that at the limit."""
        held = fit_design(design, {name: fit.y - value * column}, reml=False)[name]
        return math.sqrt(max(held.criterion - best.criterion, 0.0)) - z

    step = 1.1 * z * math.sqrt(fit.vcov[k, k])
    low, high = (_crossing(excess, float(best.beta[k]), sign * step) for sign in (-1, 1))
    return ProfileInterval(name, float(fit.beta[k]), low, high, confidence)


def _crossing(excess: Callable[[float], float], centre: float, step: float) -> float:
    from scipy.optimize import brentq  # 0.1 s to import, for coefficients only

    while excess(centre + step) < 0:
        step *= 2
    return float(brentq(excess, centre, centre + step, xtol=1e-9 * abs(step)))


def _z(confidence: float) -> float:
    return float(ndtri((1 + confidence) / 2))
