"""Minimum of −2 log-likelihood with some parameters held."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from multipet.inference.likelihood import Likelihood
from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model.fit import MixedFit

#: No search starts at a standard deviation of 0, where the criterion is flat (units of σ).
_LEAST_START = 0.1
#: Least σ, in units of the fitted one.
_LEAST_SIGMA = 1e-4


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where a search ended.

    Attributes
    ----------
    criterion
        −2 log-likelihood.
    parameters
        Those of ``Likelihood``, held ones included.
    curvature
        Inverse Hessian as the search learnt it: a head start for a search nearby.
    """

    criterion: float
    parameters: np.ndarray
    curvature: np.ndarray | None = None


class LikelihoodSearch:
    """Searches over the parameters of ``Likelihood`` in their natural units.

    The criterion is even in standard deviations, so that they need no bound; a correlation is
    the sine of a free number. (scipy's bounded search spends its time on waking BLAS threads.)

    Attributes
    ----------
    fitted
        Parameters of the fit itself.
    units
        Natural size of every parameter.
    edges
        Range of every parameter.
    """

    def __init__(self, fit: MixedFit, structure: VarianceStructure) -> None:
        self.fitted = fitted_parameters(fit, structure)
        pairs = structure.parameters
        sizes = [np.sqrt(np.mean(structure.columns(a).data ** 2)) for a, _ in pairs]
        self._is_sd = np.array([a == b for a, b in pairs] + [True])
        self.units = np.where(self._is_sd, fit.sigma / np.array([*sizes, 1.0]), 1.0)
        self.edges = [(0.0, np.inf) if is_sd else (-1.0, 1.0) for is_sd in self._is_sd]
        self.edges[-1] = (_LEAST_SIGMA * fit.sigma, np.inf)

    def minimum(self, likelihood: Likelihood, start: Optimum, held: Mapping[int, float]) -> Optimum:
        """Least criterion with the parameters at the positions ``held`` at their values."""
        full = self._off_the_edge(start.parameters)
        full[list(held)] = list(held.values())
        free = np.setdiff1d(np.arange(len(full)), list(held))

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            full[free] = self._natural(x, free)
            criterion, gradient = likelihood.evaluate(full)
            return criterion, gradient[free] * self._slope(x, free)

        known = start.curvature if np.shape(start.curvature) == (len(free),) * 2 else None
        found = optimize.minimize(
            objective,
            self._unbounded(full, free),
            jac=True,
            method="BFGS",
            options={"gtol": 1e-5, "hess_inv0": known},
        )
        full[free] = self._natural(found.x, free)
        return Optimum(float(found.fun), full, (found.hess_inv + found.hess_inv.T) / 2)

    def _natural(self, x: np.ndarray, free: np.ndarray) -> np.ndarray:
        return np.where(self._is_sd[free], np.abs(x) * self.units[free], np.sin(x))

    def _slope(self, x: np.ndarray, free: np.ndarray) -> np.ndarray:
        return np.where(self._is_sd[free], np.sign(x) * self.units[free], np.cos(x))

    def _unbounded(self, full: np.ndarray, free: np.ndarray) -> np.ndarray:
        correlation = np.where(self._is_sd, 0, full)[free]
        return np.where(self._is_sd[free], full[free] / self.units[free], np.arcsin(correlation))

    def _off_the_edge(self, start: np.ndarray) -> np.ndarray:
        lifted = np.maximum(start, _LEAST_START * self.units)
        return np.where(self._is_sd, lifted, np.clip(start, -0.95, 0.95))


def fitted_parameters(fit: MixedFit, structure: VarianceStructure) -> np.ndarray:
    """Standard deviations, correlations and σ of a fit, in the order of ``Likelihood``."""
    covariances = [fit.sigma**2 * block @ block.T for block in fit.lambda_blocks]
    values = []
    for a, b in structure.parameters:
        (term, i), (_, j) = structure.effects[a], structure.effects[b]
        sds = np.sqrt(np.diag(covariances[term])[[i, j]])
        correlation = covariances[term][i, j] / sds.prod() if sds.all() else 0.0
        values.append(sds[0] if a == b else correlation)
    return np.array([*values, fit.sigma])
