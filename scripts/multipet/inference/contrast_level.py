"""Does a contrast vary within sites, between them, or both? And the test for one between them.

Measured at a nominal 5 %: contrasts between few sites hold it with Kenward-Roger or a t test of
site means, not with residual or normal degrees of freedom.
"""

import numpy as np

from multipet.core.columns.contrast import BETWEEN, MIXED, WITHIN
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.estimability import Weights, weight_row
from multipet.mixed_model.fit import MixedFit

#: Largest share of the information that chance imbalance may lose: at 0.1, ignoring site
#: altogether would turn a 5 % test into one of 2 Φ(−1.96 √0.9) = 6.3 %.
MOST_WITHIN = 0.1
_NONE_LEFT = 1e-6


class NotTestable(ValueError):  # noqa: N818 - a statement about a contrast, as NotEstimable
    """Too few sites for a test; the message is a sentence for the report."""


def classify(
    fit: MixedFit, weights: Weights, sites: np.ndarray, most_within: float = MOST_WITHIN
) -> str:
    """Level of a contrast: ``within``, ``between`` or ``mixed``.

    Parameters
    ----------
    fit
        A fitted model.
    weights
        The contrast, coefficient name to weight.
    sites
        Site of every row used, shape (n,). Scanners serve as well.
    most_within
        Share between sites up to which a contrast counts as within, between 0 and 1.
    """
    share = share_between(fit, weights, sites)
    if share > 1 - _NONE_LEFT:
        return BETWEEN
    return WITHIN if share <= most_within else MIXED


def share_between(fit: MixedFit, weights: Weights, sites: np.ndarray) -> float:
    """Share of the information on a contrast that is lost when site is a fixed effect.

    1 − v₀ / v₁ with v₀ and v₁ the least-squares variances without and with site: the partial
    R² of the contrast on site. 0 for a contrast balanced over sites, 1 where it cannot be
    estimated within sites at all.
    """
    row = weight_row(fit, weights)
    size = np.linalg.norm(fit.design.X, axis=0)
    X, row = fit.design.X / size, row / size
    within = X - _site_means(X, sites)[1]
    inverse = np.linalg.pinv(within.T @ within, rcond=1e-10, hermitian=True)
    seen = within.T @ within @ inverse @ row
    if np.linalg.norm(seen - row) > _NONE_LEFT * np.linalg.norm(row):
        return 1.0
    return float(1 - row @ np.linalg.solve(X.T @ X, row) / (row @ inverse @ row))


def site_means_test(
    fit: MixedFit, weights: Weights, sites: np.ndarray, confidence: float = 0.95
) -> ContrastEstimate:
    """The t test of a between-site contrast on one mean outcome a site.

    Means are adjusted by the effects, estimated within sites, of what varies within sites.
    Each site counts once, and df = sites − columns that vary between sites only: no variance
    component is needed, so that few sites cannot mislead it.

    Raises
    ------
    NotTestable
        If fewer than 2 degrees of freedom remain.
    ValueError
        If part of the contrast varies within sites.
    """
    row = weight_row(fit, weights)
    X, y = fit.design.X, fit.y
    x_means, x_rows = _site_means(X, sites)
    y_means, y_rows = _site_means(y[:, None], sites)
    varies = np.linalg.norm(X - x_rows, axis=0) > 1e-8 * np.linalg.norm(X, axis=0)
    if np.any(row[varies]) or not np.any(row):
        raise ValueError("The contrast varies within sites: a test of site means does not apply.")
    slopes = np.linalg.lstsq((X - x_rows)[:, varies], y - y_rows[:, 0], rcond=None)[0]
    adjusted = y_means[:, 0] - x_means[:, varies] @ slopes
    return _least_squares(x_means[:, ~varies], adjusted, row[~varies], confidence)


def _least_squares(
    X: np.ndarray, means: np.ndarray, row: np.ndarray, confidence: float
) -> ContrastEstimate:
    n_sites, columns = X.shape
    df = n_sites - columns
    if df < 2:
        raise NotTestable(f"This contrast lies between sites: not testable with {n_sites} sites.")
    inverse = np.linalg.inv(X.T @ X)
    beta = inverse @ X.T @ means
    variance = float(np.sum((means - X @ beta) ** 2)) / df
    return ContrastEstimate(
        estimate=float(row @ beta),
        standard_error=float(np.sqrt(variance * (row @ inverse @ row))),
        df=float(df),
        df_method="site-means",
        confidence=confidence,
    )


def _site_means(columns: np.ndarray, sites: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of each column by site, (sites, m), and the same repeated for every row, (n, m)."""
    _, index = np.unique(np.asarray(sites).astype(str), return_inverse=True)
    counts = np.bincount(index)
    totals = np.zeros((len(counts), columns.shape[1]))
    np.add.at(totals, index, columns)
    means = totals / counts[:, None]
    return means, means[index]
