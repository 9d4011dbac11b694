"""−2 log-likelihood of a model as a function of standard deviations and correlations."""

import numpy as np

from multipet.inference.scaled_precision import Blocks, ScaledPrecision, exchange, product
from multipet.inference.variance_structure import CrossProducts, VarianceStructure


class Likelihood:
    """−2 log-likelihood, β profiled out, with its gradient.

    Its parameters are, in the order of ``structure.parameters``, the standard deviation of an
    effect or the correlation of two, and last σ; all but correlations in units of the outcome
    (per unit of a slope's variable).

    Parameters
    ----------
    structure
        Cross-products of the design.
    y
        Outcome, shape (n,).
    columns
        Positions of the fixed-effects columns to use; the others' coefficients are 0.
    """

    def __init__(self, structure: VarianceStructure, y: np.ndarray, columns: np.ndarray) -> None:
        self.structure = structure
        self._places = {pair: k for k, pair in enumerate(structure.parameters)}
        Q, self._R = np.linalg.qr(structure.design.X[:, columns])
        self._X, self._Xy = structure.cross(Q), Q.T @ y[:, None]
        self._y, self._yy = structure.cross(y[:, None]), float(y @ y)
        self._n = len(y)

    def evaluate(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Criterion and its derivatives by ``parameters``."""
        sigma = parameters[-1]
        H = ScaledPrecision(self.structure, self._lambda_blocks(parameters))
        beta = self._beta(H)
        yHy = H.inner(self._y, np.array([[self._yy]]), self._y).item()
        rHr = yHy - float(beta[:, 0] @ H.inner(self._X, self._Xy, self._y)[:, 0])
        e = H.random_part(self._residual(beta))
        scale = self._n * np.log(2 * np.pi * sigma**2)
        criterion = H.log_determinant + scale + rHr / sigma**2
        return criterion, self._gradient(H, e, rHr, parameters)

    def beta(self, parameters: np.ndarray) -> np.ndarray:
        """Fixed effects at ``parameters``."""
        H = ScaledPrecision(self.structure, self._lambda_blocks(parameters))
        return np.linalg.solve(self._R, self._beta(H))[:, 0]

    def _beta(self, H: ScaledPrecision) -> np.ndarray:
        """Of the orthonormal basis of the fixed-effects columns, (p, 1)."""
        return np.linalg.solve(
            H.inner(self._X, np.eye(len(self._Xy)), self._X), H.inner(self._X, self._Xy, self._y)
        )

    def _residual(self, beta: np.ndarray) -> CrossProducts:
        return CrossProducts(
            self._y.absorbed - self._X.absorbed @ beta, self._y.remaining - self._X.remaining @ beta
        )

    def _gradient(
        self, H: ScaledPrecision, e: Blocks, rHr: float, parameters: np.ndarray
    ) -> np.ndarray:
        """First by variances and covariances, V being linear in these; then by the chain rule."""
        pairs, variance = self.structure.parameters, parameters[-1] ** 2
        gamma = np.array([H.relative_variance(pair) for pair in pairs])
        traces = np.array([H.trace(pair) for pair in pairs])
        forms = np.array([product(e, exchange(e, pair)).item() for pair in pairs])
        by_covariance = (traces - forms / variance) / variance
        rHHr = rHr - gamma @ forms
        by_residual = (self._n - gamma @ traces - rHHr / variance) / variance
        gradient = np.zeros(len(parameters))
        for pair, slope in zip(pairs, by_covariance, strict=True):
            for place, factor in self._chain(pair, parameters):
                gradient[place] += slope * factor
        gradient[-1] = 2 * parameters[-1] * by_residual
        return gradient

    def _chain(self, pair: tuple[int, int], parameters: np.ndarray) -> list[tuple[int, float]]:
        """Derivatives of one variance or covariance by the parameters that it is made of."""
        place = self._places[pair]
        first, second = (self._places[effect, effect] for effect in pair)
        if first == second:
            return [(place, 2 * parameters[place])]
        rho, a, b = parameters[[place, first, second]]
        return [(place, a * b), (first, rho * b), (second, rho * a)]

    def _lambda_blocks(self, parameters: np.ndarray) -> list[np.ndarray]:
        """Cholesky factor of each term's covariance; a term has at most two correlated effects."""
        effects = self.structure.effects
        blocks = [np.zeros((len(term.effects),) * 2) for term in self.structure.design.terms]
        for (a, b), place in self._places.items():
            if a == b:
                term, k = effects[a]
                blocks[term][k, k] = parameters[place] / parameters[-1]
        for (a, b), place in self._places.items():
            if a != b:
                (term, row), (_, column) = effects[a], effects[b]
                size, rho = blocks[term][row, row], parameters[place]
                blocks[term][row, column] = rho * size
                blocks[term][row, row] = np.sqrt(max(0, 1 - rho**2)) * size
        return blocks
