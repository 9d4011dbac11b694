"""Kenward-Roger inference, as pbkrtest has it (Kenward & Roger 1997, doi:10.2307/2533558;
Halekoh & Højsgaard 2014, doi:10.18637/jss.v059.i09)."""

from dataclasses import dataclass

import numpy as np

from multipet.inference.residual_information import Information
from multipet.inference.small_sample import inverse_information, moment_df


@dataclass(frozen=True, eq=False)
class KenwardRoger:
    """Kenward and Roger's approximation for one fit.

    Attributes
    ----------
    covariance
        Adjusted covariance Φ_A of the fixed effects, (p, p).
    model_covariance
        Φ, (p, p).
    gradient
        (m, p, p): derivative of Φ by each variance parameter.
    uncertainty
        (m, m): W, the inverse of the expected information.
    """

    covariance: np.ndarray
    model_covariance: np.ndarray
    gradient: np.ndarray
    uncertainty: np.ndarray
    note: str = ""
    df_method: str = "kenward-roger"

    def df(self, weights: np.ndarray) -> float:
        """Of a single contrast: 2 / A₂ of the paper, which is Satterthwaite's form with Φ and W."""
        gradient = np.einsum("a,mab,b->m", weights, self.gradient, weights)
        variance = float(weights @ self.model_covariance @ weights)
        return moment_df(variance, gradient, self.uncertainty)

    def joint_df(self, rows: np.ndarray) -> tuple[float, float]:
        """Denominator df and the factor λ of F."""
        if len(rows) == 1:
            return self.df(rows[0]), 1.0
        A1, A2 = self._moments(rows)
        return _scaled_f(len(rows), A1, A2)

    def _moments(self, rows: np.ndarray) -> tuple[float, float]:
        """A₁ and A₂: Θ ∂Φ enters through L ∂Φ Lᵀ (LΦLᵀ)⁻¹ only."""
        inverse = np.linalg.inv(rows @ self.model_covariance @ rows.T)
        moved = rows @ self.gradient @ rows.T @ inverse
        single = np.einsum("iaa->i", moved)
        double = np.einsum("iab,jba->ij", moved, moved)
        A1 = float(single @ self.uncertainty @ single)
        return A1, float(np.sum(self.uncertainty * double))


def approximate(information: Information) -> list[KenwardRoger]:
    """Kenward and Roger's approximation for every fit of ``information``, all by REML.

    Residual variances that differ count as variance parameters each.
    """
    W = 2 * inverse_information(information.expected)
    phi = information.phi
    turned = information.P @ phi[:, None]
    between = np.einsum("rij,riac,rjcd->rad", W, turned, information.P, optimize=True)
    correction = 2 * phi @ (np.einsum("rij,rijab->rab", W, information.Q) - between) @ phi
    adjusted = phi + (correction + np.swapaxes(correction, 1, 2)) / 2
    parts = (adjusted, phi, information.phi_gradient)
    return [
        KenwardRoger(*one) for one in zip(*map(information.of_coefficients, parts), W, strict=True)
    ]


def _scaled_f(q: int, A1: float, A2: float) -> tuple[float, float]:
    """Match mean and variance of λF to an F distribution; exact for balanced designs."""
    B = (A1 + 6 * A2) / (2 * q)
    g = ((q + 1) * A1 - (q + 4) * A2) / ((q + 2) * A2)
    bottom = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / bottom, (q - g) / bottom, (q + 2 - g) / bottom
    V0, V1, V2 = 1 + c1 * B, 1 - c2 * B, 1 - c3 * B
    V0 = 0.0 if abs(V0) < 1e-10 else V0
    rho = _ratio(1 - A2 / q, V1) ** 2 * V0 / (q * V2)
    df = 4 + (q + 2) / (q * rho - 1)
    scale = 1.0 if abs(df - 2) < 1e-2 else df * (1 - A2 / q) / (df - 2)
    return df, scale


def _ratio(top: float, bottom: float) -> float:
    return 1.0 if abs(top) < 1e-14 and abs(bottom) < 1e-14 else top / bottom
