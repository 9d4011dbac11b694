"""What any small-sample method says about the fixed effects of one fit."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

_ALIASED = 1e-10  # share of the largest information that counts as none


class SmallSample(Protocol):
    """Covariance of the fixed effects and degrees of freedom of a fit.

    Attributes
    ----------
    df_method
        ``kenward-roger``, ``satterthwaite`` or ``residual``.
    covariance
        (p, p), squared units of the outcome: gives the standard errors.
    note
        What a reader should know about this fit's degrees of freedom; mostly empty.
    """

    df_method: str
    covariance: np.ndarray
    note: str

    def df(self, weights: np.ndarray) -> float:
        """Degrees of freedom of one contrast, ``weights`` (p,)."""
        ...

    def joint_df(self, rows: np.ndarray) -> tuple[float, float]:
        """Denominator df and factor of F for independent ``rows`` (q, p)."""
        ...


@dataclass(frozen=True, eq=False)
class ResidualDf:
    """Exact t and F of a model without random terms: n − p degrees of freedom."""

    covariance: np.ndarray
    residual_df: float
    df_method: str = "residual"
    note: str = ""

    def df(self, weights: np.ndarray) -> float:
        """n − p for every contrast."""
        return self.residual_df

    def joint_df(self, rows: np.ndarray) -> tuple[float, float]:
        """n − p; F is not scaled."""
        return self.residual_df, 1.0


def inverse_information(information: np.ndarray) -> np.ndarray:
    """Generalised inverse, (…, m, m), that does not depend on the units of the parameters."""
    scale = np.sqrt(np.clip(np.diagonal(information, axis1=-2, axis2=-1), 0, None))
    scale = np.where(scale == 0, 1.0, scale)
    outer = scale[..., :, None] * scale[..., None, :]
    return np.linalg.pinv(information / outer, rcond=_ALIASED, hermitian=True) / outer


def moment_df(variance: float, gradient: np.ndarray, uncertainty: np.ndarray) -> float:
    """Satterthwaite's 2 f² / (gᵀAg): f a variance, g its gradient, A the parameters' covariance."""
    spread = float(gradient @ uncertainty @ gradient)
    return 2 * variance**2 / spread if spread > 0 else np.inf
