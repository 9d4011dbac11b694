"""Information on the variance parameters of a fit, and how they move the fixed effects.

V = Σ γ_i G_i + σ² I is linear in its parameters: variances and covariances of the random effects,
and the residual variance, which comes last here. That is the scale of Kenward & Roger (1997,
doi:10.2307/2533558). All is in units of σ², so that H = σ² V⁻¹, and X stands for an orthonormal
basis of the fixed-effects columns; ``of_coefficients`` leads back.
"""

from functools import cached_property

import numpy as np

from multipet.inference.scaled_precision import Blocks, ScaledPrecision, exchange, product
from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model.fit import MixedFit


class VarianceInformation:
    """The matrices of Kenward & Roger, and the observed information, of one fit.

    Parameters
    ----------
    fit
        A model with random terms.
    structure
        That of the fit's design, if already made for another region.

    Attributes
    ----------
    phi
        (XᵀHX)⁻¹, (p, p).
    P
        (m, p, p): −XᵀHG_iHX for the m parameters.
    Q
        (m, m, p, p): XᵀHG_iHG_jHX.
    traces
        (m, m): tr(HG_iHG_j).
    """

    def __init__(self, fit: MixedFit, structure: VarianceStructure | None = None) -> None:
        self.fit = fit
        self.structure = structure or VarianceStructure(fit.design)
        self._H = ScaledPrecision(self.structure, fit.lambda_blocks)
        self._pairs = self.structure.parameters
        self._gamma = np.array([self._H.relative_variance(pair) for pair in self._pairs])
        fixed = self.structure.fixed
        self._precision = self._H.inner(fixed, np.eye(len(fit.beta)), fixed)
        self.phi = np.linalg.inv(self._precision)
        self._F = self._H.random_part(fixed)
        self.P, self.Q = self._fixed_blocks()
        self.traces = self._traces()

    def of_coefficients(self, matrices: np.ndarray) -> np.ndarray:
        """Covariances, (…, p, p), of the coefficients in units of the outcome."""
        back = np.linalg.inv(self.structure.basis[1])
        return self.fit.sigma**2 * (back @ matrices @ back.T)

    def _fixed_blocks(self) -> tuple[np.ndarray, np.ndarray]:
        moved = [self._H.apply(exchange(self._F, pair)) for pair in self._pairs]
        P = [-product(self._F, exchange(self._F, pair)) for pair in self._pairs]
        Q = [[product(exchange(self._F, i), block) for block in moved] for i in self._pairs]
        return self._with_residual(np.array(P), np.array(Q))

    def _with_residual(self, P: np.ndarray, Q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Append the residual variance, whose G is I, by H = HVH = Σ γ_i HG_iH + HH."""
        P_last = -self._precision - np.tensordot(self._gamma, P, 1)
        Q_side = -P - np.tensordot(Q, self._gamma, (1, 0))
        Q_corner = -P_last - np.tensordot(self._gamma, Q_side, 1)
        top = np.concatenate([Q, Q_side[:, None]], axis=1)
        bottom = np.concatenate([Q_side.swapaxes(1, 2), Q_corner[None]])
        return np.concatenate([P, P_last[None]]), np.concatenate([top, bottom[None]])

    def _traces(self) -> np.ndarray:
        single = np.array([self._H.trace(pair) for pair in self._pairs])
        m = len(self._pairs)
        double = np.empty((m, m))
        for i, first in enumerate(self._pairs):
            for j, second in enumerate(self._pairs[: i + 1]):
                double[i, j] = double[j, i] = self._H.trace_of_product(first, second)
        whole = len(self.fit.y) - self._gamma @ single
        return self._bordered(double, single, whole)

    def _bordered(self, inner: np.ndarray, side: np.ndarray, corner: float) -> np.ndarray:
        """The same identity for numbers: ``side`` and ``corner`` have one H or P the fewer."""
        side = side - inner @ self._gamma
        corner = corner - self._gamma @ side
        return np.block([[inner, side[:, None]], [side[None], np.array([[corner]])]])

    @cached_property
    def projected_traces(self) -> np.ndarray:
        """(m, m): tr(PG_iPG_j), P = H − HXΦXᵀH."""
        return projected_traces(self.traces, self.phi, self.P, self.Q)

    @property
    def expected(self) -> np.ndarray:
        """Twice the expected information of the variance parameters, in units of σ²."""
        return self.projected_traces if self.fit.reml else self.traces

    @cached_property
    def observed(self) -> np.ndarray:
        """Twice the observed information: the Hessian of the criterion."""
        return 2 * self._quadratic_forms() - self.expected

    def _quadratic_forms(self) -> np.ndarray:
        """(m, m): rᵀPG_iPG_jPr with r the residual y − Xβ in units of σ."""
        residual = (self.fit.y - self.fit.design.X @ self.fit.beta)[:, None] / self.fit.sigma
        products = self.structure.cross(residual)
        total = self._H.inner(products, residual.T @ residual, products).item()
        e = self._H.random_part(products)
        pulled = [exchange(e, pair) for pair in self._pairs]
        single = np.array([product(e, block).item() for block in pulled])
        moved = [self._project(block) for block in pulled]
        inner = np.array([[product(block, move).item() for move in moved] for block in pulled])
        return self._bordered(inner, single, total - self._gamma @ single)

    def _project(self, blocks: Blocks) -> Blocks:
        """ZᵀPZ times a vector of random effects."""
        fixed = self.phi @ product(self._F, blocks)
        return [block - F @ fixed for block, F in zip(self._H.apply(blocks), self._F, strict=True)]

    @cached_property
    def phi_gradient(self) -> np.ndarray:
        """(m, p, p): derivative of Φ by each parameter."""
        return -self.phi @ self.P @ self.phi


def projected_traces(
    traces: np.ndarray, phi: np.ndarray, P: np.ndarray, Q: np.ndarray
) -> np.ndarray:
    """tr(PG_iPG_j), (m, m), from tr(HG_iHG_j), Φ = (XᵀHX)⁻¹, P_i and Q_ij."""
    once = np.einsum("ab,ijba->ij", phi, Q)
    turned = phi @ P
    return traces - once - once.T + np.einsum("iab,jba->ij", turned, turned)
