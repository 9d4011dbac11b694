"""Satterthwaite's degrees of freedom, as lmerTest has them (Kuznetsova et al. 2017,
doi:10.18637/jss.v082.i13)."""

from dataclasses import dataclass

import numpy as np

from multipet.inference.residual_information import Information, variance_information
from multipet.inference.small_sample import inverse_information, moment_df
from multipet.inference.variance_structure import VarianceStructure
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


def approximate(fit: MixedFit, structure: VarianceStructure | None = None) -> Satterthwaite:
    """Satterthwaite's approximation for a fit with random terms or several residual variances.

    At an interior optimum the observed information on the variance scale gives the same df as
    lmerTest's on the (θ, σ) scale, as the gradient of the criterion vanishes there. On the
    boundary only the variance scale has a usable curvature, and the expected one is taken.

    Parameters
    ----------
    fit
        The model, by REML or maximum likelihood.
    structure
        That of the fit's design, if already made for another region.
    """
    information = variance_information(fit, structure)
    curvature, note = _curvature(information, fit.singular)
    if fit.spread is not None:
        note = " ".join(filter(None, [note, SPREAD_NOTE.format(factor=fit.residual_by)]))
    return Satterthwaite(
        information.of_coefficients(information.phi),
        information.of_coefficients(information.phi_gradient),
        2 * inverse_information(curvature),
        note,
    )


def _curvature(information: Information, singular: bool) -> tuple[np.ndarray, str]:
    if singular:
        return information.expected, SINGULAR_NOTE
    observed = information.observed
    scale = np.sqrt(np.abs(np.diag(observed)))
    if np.linalg.eigvalsh(observed / np.outer(scale, scale)).min() <= 0:
        return information.expected, SADDLE_NOTE
    return observed, ""


def _combined_df(each: np.ndarray) -> float:
    """Denominator df whose F has the mean of the average of t² with these df."""
    if np.ptp(each) < 1e-8:
        return float(each.mean())
    if (each <= 2).any():
        return 2.0
    expected = float(np.sum(each / (each - 2)))
    return 2 * expected / (expected - len(each))
