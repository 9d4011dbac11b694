"""Draws under the null from the raw values' model: normal subjects and normal residuals."""

import numpy as np
from numpy.typing import NDArray

from multipet.calibration.blocks import Blocks
from multipet.calibration.reduced_model import ReducedModel

Array = NDArray[np.float64]
_FEWEST_DF = 4.0  # degrees of freedom of a stratum below which its SD is that of all strata


class BootstrapDraws:
    """Sheets with new residuals: a subject's share and a scan's, as the raw values show them.

    Residuals have an SD of their own in each stratum and region. In units of it, what the
    scans of a subject share and what they do not have the covariances between regions that
    the residuals have, by moments: within subjects, and in all less within.
    """

    def __init__(self, model: ReducedModel, blocks: Blocks) -> None:
        self.model, self.blocks = model, blocks
        self.scale = stratum_sds(model, blocks.stratum)
        unit = np.where(np.isnan(self.scale), 1.0, self.scale)
        relative = model.residual / np.where(unit > 0, unit, 1.0)
        subject, scan = subject_and_scan_covariance(relative, blocks.subject)
        self.subject, self.scan = _root(subject), _root(scan)

    def sheets(self, rng: np.random.Generator, draws: int) -> Array:
        """The next ``draws`` sheets, (draw, scan, region)."""
        scans, regions = self.model.residual.shape
        subjects = len(self.blocks.kind)
        normal = rng.standard_normal((draws, scans + subjects, regions))
        drawn = normal[:, :scans] @ self.scan
        drawn += (normal[:, scans:] @ self.subject)[:, self.blocks.subject]
        return self.model.fitted + np.where(np.isnan(self.scale), 0.0, self.scale) * drawn


def stratum_sds(model: ReducedModel, stratum: NDArray[np.int64]) -> Array:
    """Residual SD of each scan's stratum, (scan, region); NaN in cells that no model uses.

    A stratum whose residuals have few degrees of freedom left has the SD of all.
    """
    known = ~np.isnan(model.residual)
    member = np.eye(stratum.max() + 1)[stratum]
    squares = member.T @ np.where(known, model.residual, 0.0) ** 2
    freedom = member.T @ np.where(known, 1 - model.leverage, 0.0)
    pooled = np.sqrt(squares.sum(axis=0) / np.maximum(freedom.sum(axis=0), 1e-12))
    own = np.sqrt(squares / np.maximum(freedom, 1e-12))
    sds = np.where(freedom >= _FEWEST_DF, own, pooled)
    return np.where(known, sds[stratum], np.nan)


def subject_and_scan_covariance(
    residuals: Array, subject: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Covariances between regions of what a subject's scans share and of what they do not.

    Parameters
    ----------
    residuals
        (scan, region), of variance 1 on average; NaN = missing.
    subject
        Of each scan, (scan,).

    Returns
    -------
    tuple
        Both (region, region); without repeated scans all is the scans'.
    """
    known = ~np.isnan(residuals)
    filled = np.where(known, residuals, 0.0)
    pairs = known.T.astype(float) @ known
    total = filled.T @ filled / np.maximum(pairs, 1.0)
    of_subject = np.eye(subject.max() + 1)[subject]
    counts, sums = of_subject.T @ known, of_subject.T @ filled
    repeated = pairs - (counts > 0).T.astype(float) @ (counts > 0)
    if repeated.max() < 1:
        return np.zeros_like(total), total
    deviation = np.where(known, filled - (sums / np.maximum(counts, 1.0))[subject], 0.0)
    within = deviation.T @ deviation / np.maximum(repeated, 1.0)
    return total - within, within


def _root(covariance: Array) -> Array:
    """Symmetric root of the nearest covariance without negative variances."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
