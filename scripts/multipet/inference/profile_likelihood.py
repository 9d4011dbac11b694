"""Profile-likelihood intervals of standard deviations, correlations and fixed effects.

As lme4's ``confint(method = "profile")``: by maximum likelihood, also where the fit is REML. A
value belongs to the interval if holding it and refitting all else raises −2 log-likelihood by no
more than the χ² quantile with one degree of freedom.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from multipet.core.problems import did_you_mean
from multipet.inference.likelihood import Likelihood
from multipet.inference.likelihood_search import LikelihoodSearch, Optimum
from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model.fit import MixedFit


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
    return (*_variance_names(VarianceStructure(fit.design)), *fit.design.coefficients)


def profile_interval(
    fit: MixedFit,
    parameter: str,
    confidence: float = 0.95,
    structure: VarianceStructure | None = None,
) -> ProfileInterval:
    """Profile-likelihood interval of one parameter.

    Parameters
    ----------
    fit
        A model whose random terms have one effect, or two.
    parameter
        A standard deviation, a correlation, ``sigma`` or a coefficient; names as in lme4.
    confidence
        Level of the interval, between 0 and 1.
    structure
        That of the fit's design, if already made for another region.

    Raises
    ------
    ValueError
        If the parameter is unknown, there is no random term, one has three correlated
        effects or more, or the residual variance differs.
    """
    if not fit.design.terms:
        raise ValueError(
            "without random terms the t interval is exact: there is nothing to profile"
        )
    if any(term.correlated and len(term.effects) > 2 for term in fit.design.terms):
        raise ValueError("a profile interval needs random terms with at most two effects each")
    if fit.spread is not None:
        raise ValueError(
            "a profile interval needs a residual variance that is the same everywhere, and that "
            f"of {fit.outcome!r} differs by {fit.residual_by}"
        )
    if parameter not in profile_parameters(fit):
        near = did_you_mean(parameter, profile_parameters(fit))
        raise ValueError(f"the model has no parameter {parameter!r}; {near}")
    profiles = _Profiles(fit, structure or VarianceStructure(fit.design))
    names = _variance_names(profiles.structure)
    if parameter in names:
        k = names.index(parameter)
        profile, centre, step = profiles.of_variance(k)
        estimate, edges = profiles.search.fitted[k], profiles.search.edges[k]
    else:
        k = fit.design.coefficients.index(parameter)
        profile, centre, step = profiles.of_coefficient(k)
        estimate, edges = fit.beta[k], (-np.inf, np.inf)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    low, high = (
        _limit(profile, centre, sign * step, edge, z)
        for sign, edge in zip((-1, 1), edges, strict=True)
    )
    return ProfileInterval(parameter, float(estimate), low, high, confidence)


class _Profiles:
    """Profiles of one fit: how far the criterion rises where one parameter is held."""

    def __init__(self, fit: MixedFit, structure: VarianceStructure) -> None:
        self.fit, self.structure = fit, structure
        self.search = LikelihoodSearch(fit, structure)
        self.columns = np.arange(fit.design.X.shape[1])
        self.full = Likelihood(structure, fit.y, self.columns)
        start = Optimum(np.inf, self.search.fitted)
        self.best = self.search.minimum(self.full, start, {})

    def of_variance(self, k: int) -> tuple[Callable[[float], float], float, float]:
        """Rise with variance parameter k held; the value where it is 0; a first step."""
        last = self.best

        def rise(value: float) -> float:
            nonlocal last
            last = self.search.minimum(self.full, last, {k: value})
            return last.criterion - self.best.criterion

        return rise, float(self.best.parameters[k]), 0.5 * float(self.search.units[k])

    def of_coefficient(self, k: int) -> tuple[Callable[[float], float], float, float]:
        """Rise with coefficient k held; the value where it is 0; a first step."""
        last = self.best
        others = np.delete(self.columns, k)

        def rise(value: float) -> float:
            nonlocal last
            y = self.fit.y - value * self.fit.design.X[:, k]
            last = self.search.minimum(Likelihood(self.structure, y, others), last, {})
            return last.criterion - self.best.criterion

        step = 2.2 * float(np.sqrt(self.fit.vcov[k, k]))
        return rise, float(self.full.beta(self.best.parameters)[k]), step


def _limit(
    profile: Callable[[float], float], centre: float, step: float, edge: float, z: float
) -> float:
    """Where the profile has risen by z², or the edge if it never does."""

    def excess(value: float) -> float:
        return float(np.sqrt(max(profile(value), 0))) - z  # the root makes it nearly straight

    inside, outside = centre, centre + step
    while True:
        outside = min(outside, edge) if step > 0 else max(outside, edge)
        if excess(outside) >= 0:
            break
        if outside == edge:
            return edge
        inside, outside = outside, centre + 2 * (outside - centre)
    return float(optimize.brentq(excess, inside, outside, xtol=1e-6 * abs(outside - centre)))


def _variance_names(structure: VarianceStructure) -> tuple[str, ...]:
    names = []
    for a, b in structure.parameters:
        term, k = structure.term(a), structure.effects[a][1]
        other = term.effects[structure.effects[b][1]]
        what = f"sd_{other}" if a == b else f"cor_{term.effects[k]}.{other}"
        names.append(f"{what}|{term.factor}")
    return (*names, "sigma") if names else ()
