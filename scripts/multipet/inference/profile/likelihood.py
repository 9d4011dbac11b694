"""−2 log-likelihood of many outcomes by standard deviations, correlations and σ."""

import numpy as np

from multipet.inference.dense_products import DenseProducts
from multipet.inference.variance_information import VarianceInformation


class Likelihood:
    """−2 log-likelihood, β profiled out, with its gradient and Hessian.

    Its parameters are, in the order of ``structure.parameters``, the standard deviation of an
    effect, or the angle whose sine is the correlation of two, and last σ. It is even in standard
    deviations, so that 0 needs no bound, and neither do correlations of ±1.

    Parameters
    ----------
    dense
        Cross-products of the outcomes, (R,), with their design.
    """

    def __init__(self, dense: DenseProducts) -> None:
        self._dense = dense
        self._terms = dense.structure.design.terms
        self._scales = dense.products.scales
        self._places = dense.structure.places
        self._n = len(dense.products.Q)

    @property
    def is_angle(self) -> np.ndarray:
        """Which parameters stand for a correlation, (m,)."""
        return np.array([i != j for _, i, j in self._places] + [False])

    def evaluate(
        self, parameters: np.ndarray, which: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Criterion, (r,), gradient, (r, m), and Hessian of the outcomes ``which``, (r,)."""
        sigma = parameters[:, -1]
        factors = [
            T @ block for T, block in zip(self._scales, self._blocks(parameters), strict=True)
        ]
        dense = self._dense.take(which)
        information = VarianceInformation(dense, factors, sigma, reml=False)
        variance = sigma**2
        value = self._n * np.log(2 * np.pi * variance) + information.log_determinant
        value += information.rss / variance
        slopes = (information.single - information.forms) / variance[:, None]
        jacobian, bend = self._chain(parameters, slopes)
        curvature = information.observed / variance[:, None, None] ** 2
        hessian = np.swapaxes(jacobian, 1, 2) @ curvature @ jacobian + bend
        return value, np.einsum("rv,rvp->rp", slopes, jacobian), hessian

    def _blocks(self, parameters: np.ndarray) -> list[np.ndarray]:
        """Relative Cholesky factor of each term; a term has at most two correlated effects."""
        relative = parameters / parameters[:, -1:]
        blocks = [np.zeros((len(parameters), *[len(term.effects)] * 2)) for term in self._terms]
        for k, (t, i, j) in enumerate(self._places):
            if i == j:
                blocks[t][:, i, i] = relative[:, k]
        for k, (t, i, j) in enumerate(self._places):
            if i != j:
                size, angle = blocks[t][:, i, i].copy(), parameters[:, k]
                blocks[t][:, i, j], blocks[t][:, i, i] = np.sin(angle) * size, np.cos(angle) * size
        return blocks

    def _chain(self, parameters: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From variances v and covariances to the parameters p: ∂v/∂p and Σ slope ∂²v/∂p²."""
        r, m = parameters.shape
        jacobian, bend = np.zeros((r, m, m)), np.zeros((r, m, m))
        at = {place: k for k, place in enumerate(self._places)}
        for k, (t, i, j) in enumerate([*self._places, (-1, 0, 0)]):
            slope = slopes[:, k]
            if i == j:
                jacobian[:, k, k] = 2 * parameters[:, k]
                bend[:, k, k] += 2 * slope
                continue
            a, b = at[t, i, i], at[t, j, j]
            first, second = parameters[:, a], parameters[:, b]
            sine, cosine = np.sin(parameters[:, k]), np.cos(parameters[:, k])
            jacobian[:, k, k] = cosine * first * second
            jacobian[:, k, a], jacobian[:, k, b] = sine * second, sine * first
            bend[:, k, k] -= slope * sine * first * second
            for one, other, value in (
                (k, a, cosine * second),
                (k, b, cosine * first),
                (a, b, sine),
            ):
                bend[:, one, other] += slope * value
                bend[:, other, one] += slope * value
        return jacobian, bend
