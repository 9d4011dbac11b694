"""Information on the variance parameters of fits that share a design, all at once.

V = Σ γ_i G_i + σ² I is linear in its parameters: variances and covariances of the random effects,
and the residual variance, which comes last here. That is the scale of Kenward & Roger (1997,
doi:10.2307/2533558). All is in units of σ², so that H = σ² V⁻¹, and X stands for an orthonormal
basis of the fixed-effects columns; ``of_coefficients`` leads back.
"""

from functools import cached_property

import numpy as np

from multipet.inference.dense_products import DenseProducts
from multipet.inference.scaled_precision import ScaledPrecision


class VarianceInformation:
    """The matrices of Kenward & Roger, the criterion and its derivatives, of R outcomes.

    Parameters
    ----------
    dense
        Cross-products of a design with random terms, and of the outcomes.
    factors
        Relative covariance factor of the standardised columns of each term, (R, k, k).
    sigma
        Residual standard deviations, (R,).
    reml
        Whether they are fitted by REML.

    Attributes
    ----------
    phi
        (XᵀHX)⁻¹, (R, p, p).
    P
        (R, m, p, p): −XᵀHG_iHX for the m parameters.
    Q
        (R, m, m, p, p): symmetric part of XᵀHG_iHG_jHX.
    traces, single
        tr(HG_iHG_j), (R, m, m), and tr(HG_i), (R, m).
    rss
        rᵀHr, (R,), with r the residual y − Xβ.
    log_determinant
        log |V| − n log σ², (R,).
    """

    def __init__(
        self, dense: DenseProducts, factors: list[np.ndarray], sigma: np.ndarray, reml: bool
    ) -> None:
        self.dense, self.sigma, self.reml = dense, np.asarray(sigma, float), reml
        H = ScaledPrecision(dense, factors)
        self.log_determinant = H.log_determinant
        p = H.precision.shape[1] - 1
        self.phi = np.linalg.inv(H.precision[:, :p, :p])
        beta = (self.phi @ H.precision[:, :p, p:])[:, :, 0]
        self.residual = np.hstack([-beta, np.ones((len(beta), 1))])
        self.rss = self._form(H.precision)
        self._gamma = self._relative_variances(factors)
        self._once, self._twice = self._with_residual(H)
        self.P, self.Q = -self._once[..., :p, :p], self._twice[..., :p, :p]
        n = len(dense.products.Q)
        whole = n - np.einsum("ri,ri->r", self._gamma, H.single)
        self.traces = self._bordered(H.traces, H.single, whole)
        self.single = np.hstack([H.single, whole[:, None]])

    def _relative_variances(self, factors: list[np.ndarray]) -> np.ndarray:
        """γ of each parameter but the residual's, (R, m − 1), of the columns as they are."""
        scales = self.dense.products.scales
        blocks = [np.linalg.inv(T) @ factor for T, factor in zip(scales, factors, strict=True)]
        rows = [
            np.einsum("ra,ra->r", blocks[t][:, i], blocks[t][:, j])
            for t, i, j in self.dense.structure.places
        ]
        return np.stack(rows, axis=1)

    def _with_residual(self, H: ScaledPrecision) -> tuple[np.ndarray, np.ndarray]:
        """Append the residual variance, whose G is I, by H = HVH = Σ γ_i HG_iH + HH."""
        gamma = self._gamma
        last = H.precision - np.einsum("ri,riab->rab", gamma, H.once)
        side = H.once - np.einsum("rj,rijab->riab", gamma, H.twice)
        corner = last - np.einsum("ri,riab->rab", gamma, side)
        top = np.concatenate([H.twice, side[:, :, None]], axis=2)
        bottom = np.concatenate([side, corner[:, None]], axis=1)
        once = np.concatenate([H.once, last[:, None]], axis=1)
        return once, np.concatenate([top, bottom[:, None]], axis=1)

    def _bordered(self, inner: np.ndarray, side: np.ndarray, corner: np.ndarray) -> np.ndarray:
        """The same identity for numbers: ``side`` and ``corner`` have one H the fewer."""
        side = side - np.einsum("rij,rj->ri", inner, self._gamma)
        corner = corner - np.einsum("ri,ri->r", self._gamma, side)
        m = side.shape[1]
        whole = np.empty((len(side), m + 1, m + 1))
        whole[:, :m, :m], whole[:, m, m] = inner, corner
        whole[:, :m, m] = whole[:, m, :m] = side
        return whole

    def _form(self, matrices: np.ndarray) -> np.ndarray:
        """vᵀ A v, (R, …), v taking the residual out of [Q e]."""
        return np.einsum("ra,r...ab,rb->r...", self.residual, matrices, self.residual)

    def of_coefficients(self, matrices: np.ndarray) -> np.ndarray:
        """Covariances, (R, …, p, p), of the coefficients in units of the outcome."""
        back = np.linalg.inv(self.dense.products.R)
        scale = self.sigma.reshape(-1, *[1] * (matrices.ndim - 1)) ** 2
        return scale * (back @ matrices @ back.T)

    @cached_property
    def projected_traces(self) -> np.ndarray:
        """(R, m, m): tr(PG_iPG_j), P = H − HXΦXᵀH."""
        return projected_traces(self.traces, self.phi, self.P, self.Q)

    @property
    def expected(self) -> np.ndarray:
        """Twice the expected information of the variance parameters, in units of σ²."""
        return self.projected_traces if self.reml else self.traces

    @cached_property
    def observed(self) -> np.ndarray:
        """Twice the observed information: the Hessian of the criterion, (R, m, m)."""
        return 2 * self._quadratic_forms() - self.expected

    def _quadratic_forms(self) -> np.ndarray:
        """(R, m, m): rᵀPG_iPG_jPr with r the residual in units of σ."""
        p = self.phi.shape[1]
        seen = np.einsum("riab,rb->ria", self._once[..., :p, :], self.residual)
        projected = np.einsum("ria,rab,rjb->rij", seen, self.phi, seen, optimize=True)
        return (self._form(self._twice) - projected) / self.sigma[:, None, None] ** 2

    @property
    def forms(self) -> np.ndarray:
        """(R, m): rᵀHG_iHr with r the residual in units of σ."""
        return self._form(self._once) / self.sigma[:, None] ** 2

    @cached_property
    def phi_gradient(self) -> np.ndarray:
        """(R, m, p, p): derivative of Φ by each parameter."""
        return -self.phi[:, None] @ self.P @ self.phi[:, None]


def projected_traces(
    traces: np.ndarray, phi: np.ndarray, P: np.ndarray, Q: np.ndarray
) -> np.ndarray:
    """tr(PG_iPG_j), (…, m, m), from tr(HG_iHG_j), Φ = (XᵀHX)⁻¹, P_i and Q_ij."""
    once = np.einsum("...ab,...ijba->...ij", phi, Q)
    turned = phi[..., None, :, :] @ P
    twice = np.einsum("...iab,...jba->...ij", turned, turned)
    return traces - once - np.swapaxes(once, -1, -2) + twice
