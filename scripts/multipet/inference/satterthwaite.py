"""Satterthwaite's degrees of freedom, as lmerTest has them (Kuznetsova et al. 2017,
doi:10.18637/jss.v082.i13)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multipet.inference.residual_information import Information
from multipet.inference.small_sample import inverse_information, moment_df
from multipet.mixed_model.fit import MixedFit

SINGULAR_NOTE = (
    "A variance is estimated as 0, or a correlation as ±1 (singular fit): the degrees of freedom "
    "are those of the expected information on the variance scale."
)
SADDLE_NOTE = (
    "The observed information on the variances is not positive definite: the degrees of freedom "
    "are those of the expected information."
)
SPREAD_NOTE = (
    "The residual variance differs by {factor}: the standard errors take it as known, so that "
    "tests reject somewhat too often; those of Kenward-Roger make up for it."
)


@dataclass(frozen=True, eq=False)
class Satterthwaite:
    """Satterthwaite's approximation for one fit.

    Attributes
    ----------
    covariance
        Model-based covariance of the fixed effects, (p, p).
    gradient
        (m, p, p): its derivative by each variance parameter.
    uncertainty
        (m, m): covariance of the variance parameters.
    """

    covariance: np.ndarray
    gradient: np.ndarray
    uncertainty: np.ndarray
    note: str = ""
    df_method: str = "satterthwaite"

    def df(self, weights: np.ndarray) -> float:
        """2 f² / (gᵀAg)."""
        gradient = np.einsum("a,mab,b->m", weights, self.gradient, weights)
        return moment_df(float(weights @ self.covariance @ weights), gradient, self.uncertainty)

    def joint_df(self, rows: np.ndarray) -> tuple[float, float]:
        """Match the mean of F to that of independent t² along the principal axes; no scaling."""
        _, axes = np.linalg.eigh(rows @ self.covariance @ rows.T)
        return _combined_df(np.array([self.df(axis @ rows) for axis in axes.T])), 1.0


def approximate(information: Information, fits: Sequence[MixedFit]) -> list[Satterthwaite]:
    """Satterthwaite's approximation for fits with random terms or several residual variances.

    At an interior optimum the observed information on the variance scale gives the same df as
    lmerTest's on the (θ, σ) scale, as the gradient of the criterion vanishes there. On the
    boundary only the variance scale has a usable curvature, and the expected one is taken.

    Parameters
    ----------
    information
        Of ``fits``, in their order.
    fits
        By REML or maximum likelihood.
    """
    singular = np.array([fit.singular for fit in fits])
    saddle = ~_is_minimum(information.observed)
    expected = (singular | saddle)[:, None, None]
    curvature = np.where(expected, information.expected, information.observed)
    notes = [
        SINGULAR_NOTE if first else SADDLE_NOTE if second else ""
        for first, second in zip(singular, saddle, strict=True)
    ]
    parts = (information.phi, information.phi_gradient)
    numbers = (*map(information.of_coefficients, parts), 2 * inverse_information(curvature))
    return [
        Satterthwaite(*one, _with_spread(note, fit))
        for *one, note, fit in zip(*numbers, notes, fits, strict=True)
    ]


def _with_spread(note: str, fit: MixedFit) -> str:
    spread = "" if fit.spread is None else SPREAD_NOTE.format(factor=fit.residual_by)
    return " ".join(filter(None, [note, spread]))


def _is_minimum(observed: np.ndarray) -> np.ndarray:
    """Whether each Hessian, (R, m, m), is positive definite in any units."""
    scale = np.sqrt(np.abs(np.einsum("rii->ri", observed)))
    scaled = observed / np.maximum(scale[:, :, None] * scale[:, None], np.finfo(float).tiny)
    return np.linalg.eigvalsh(scaled).min(axis=1) > 0


def _combined_df(each: np.ndarray) -> float:
    """Denominator df whose F has the mean of the average of t² with these df."""
    if np.ptp(each) < 1e-8:
        return float(each.mean())
    if (each <= 2).any():
        return 2.0
    expected = float(np.sum(each / (each - 2)))
    return 2 * expected / (expected - len(each))
