"""Profile-likelihood intervals of standard deviations, correlations and fixed effects.

As lme4's ``confint(method = "profile")``: by maximum likelihood, also where the fit is REML. A
value belongs to the interval if holding it and refitting all else raises −2 log-likelihood by no
more than the χ² quantile with one degree of freedom.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from multipet.fit import MixedFit
from multipet.likelihood import Likelihood
from multipet.problems import did_you_mean
from multipet.variance_structure import VarianceStructure

#: No search starts at a standard deviation of 0, where the criterion is flat (units of σ).
_LEAST_START = 0.1
_LEAST_SIGMA = 1e-4


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
    """Names to ask for: ``sd_(Intercept)|site``, ``cor_age.(Intercept)|site``, ``sigma``, ``age``."""
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
        If the parameter is unknown, there is no random term, or one has three correlated
        effects or more.
    """
    if not fit.design.terms:
        raise ValueError(
            "without random terms the t interval is exact: there is nothing to profile"
        )
    if any(term.correlated and len(term.effects) > 2 for term in fit.design.terms):
        raise ValueError("a profile interval needs random terms with at most two effects each")
    if parameter not in profile_parameters(fit):
        near = did_you_mean(parameter, profile_parameters(fit))
        raise ValueError(f"the model has no parameter {parameter!r}; {near}")
    search = _Search(fit, structure or VarianceStructure(fit.design))
    names = _variance_names(search.structure)
    if parameter in names:
        k = names.index(parameter)
        profile, centre, step = search.variance_profile(k)
        estimate, edges = search.fitted[k], search.edges[k]
    else:
        k = fit.design.coefficients.index(parameter)
        profile, centre, step = search.fixed_profile(k)
        estimate, edges = fit.beta[k], (-np.inf, np.inf)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    low, high = (
        _limit(profile, centre, sign * step, edge, z)
        for sign, edge in zip((-1, 1), edges, strict=True)
    )
    return ProfileInterval(parameter, float(estimate), low, high, confidence)


class _Search:
    """Minimises −2 log-likelihood with some parameters held."""

    def __init__(self, fit: MixedFit, structure: VarianceStructure) -> None:
        self.fit, self.structure = fit, structure
        self.columns = np.arange(fit.design.X.shape[1])
        self.fitted = _parameters(fit, structure)
        self.units, self.edges = self._units()
        self._full = Likelihood(structure, fit.y, self.columns)
        self.best, self.optimum = self.minimum(self._full, self.fitted, {})

    def _units(self) -> tuple[np.ndarray, list[tuple[float, float]]]:
        """Natural size of every parameter, and the edges of its range."""
        units, edges = [], []
        for a, b in self.structure.parameters:
            column = self.structure.columns(a).data
            size = self.fit.sigma / np.sqrt(np.mean(column**2))
            units.append(size if a == b else 1.0)
            edges.append((0.0, np.inf) if a == b else (-1.0, 1.0))
        edges.append((_LEAST_SIGMA * self.fit.sigma, np.inf))
        return np.array([*units, self.fit.sigma]), edges

    def variance_profile(self, k: int) -> tuple[Callable[[float], float], float, float]:
        """Rise of the criterion with parameter k held; its optimum; a first step."""
        start = self.optimum.copy()

        def rise(value: float) -> float:
            criterion, start[:] = self.minimum(self._full, start, {k: value})
            return criterion - self.best

        return rise, float(self.optimum[k]), 0.5 * float(self.units[k])

    def fixed_profile(self, k: int) -> tuple[Callable[[float], float], float, float]:
        """Rise of the criterion with coefficient k held; its optimum; a first step."""
        start = self.optimum.copy()
        others = np.delete(self.columns, k)

        def rise(value: float) -> float:
            y = self.fit.y - value * self.fit.design.X[:, k]
            criterion, start[:] = self.minimum(Likelihood(self.structure, y, others), start, {})
            return criterion - self.best

        step = 2.2 * float(np.sqrt(self.fit.vcov[k, k]))
        return rise, float(self._full.beta(self.optimum)[k]), step

    def minimum(
        self, likelihood: Likelihood, start: np.ndarray, held: dict[int, float]
    ) -> tuple[float, np.ndarray]:
        """Least criterion and the parameters there."""
        full = self._off_the_edge(start)
        full[list(held)] = list(held.values())
        free = np.setdiff1d(np.arange(len(full)), list(held))
        units = self.units[free]

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            full[free] = x * units
            criterion, gradient = likelihood.evaluate(full)
            return criterion, gradient[free] * units

        found = optimize.minimize(
            objective,
            full[free] / units,
            jac=True,
            method="L-BFGS-B",
            bounds=[tuple(np.array(self.edges[k]) / self.units[k]) for k in free],
            options={"ftol": 1e-11, "gtol": 1e-5, "maxiter": 500},
        )
        full[free] = found.x * units
        return float(found.fun), full

    def _off_the_edge(self, start: np.ndarray) -> np.ndarray:
        is_sd = np.array([high == np.inf for _, high in self.edges])
        lifted = np.maximum(start, _LEAST_START * self.units)
        return np.where(is_sd, lifted, np.clip(start, -0.95, 0.95))


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


def _parameters(fit: MixedFit, structure: VarianceStructure) -> np.ndarray:
    """Standard deviations, correlations and σ of a fit."""
    covariances = [fit.sigma**2 * block @ block.T for block in fit.lambda_blocks]
    values = []
    for a, b in structure.parameters:
        (term, i), (_, j) = structure.effects[a], structure.effects[b]
        sds = np.sqrt(np.diag(covariances[term])[[i, j]])
        correlation = covariances[term][i, j] / sds.prod() if sds.all() else 0.0
        values.append(sds[0] if a == b else correlation)
    return np.array([*values, fit.sigma])
