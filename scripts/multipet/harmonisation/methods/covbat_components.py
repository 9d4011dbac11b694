"""Principal components of residuals, and the scores of scans that miss some regions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multipet.harmonisation.batch_design import Array, missing_patterns

_SHARE = 0.95  # of the variance, that the components explain together


@dataclass(frozen=True)
class Components:
    """The first principal components of standardised regions.

    Attributes
    ----------
    centre, scale
        Mean and SD of each region, (region,); NaN for a region that takes no part.
    loadings
        (component, region); 0 for a region that takes no part.
    variance
        Of the scores, (component,).
    left
        Mean variance of the components beyond them; 0 where there are none.
    """

    centre: Array
    scale: Array
    loadings: Array
    variance: Array
    left: float


def principal_components(residuals: Array, used: NDArray[np.bool_]) -> Components:
    """Components that explain more than 95 % of the variance, the fewest that do.

    Fewer scans than regions are no hindrance: there are then at most n − 1 components.

    Parameters
    ----------
    residuals
        (scan, region), complete in the regions ``used``.
    """
    centre, scale = residuals.mean(axis=0), residuals.std(axis=0, ddof=1)
    standardised = ((residuals - centre) / scale)[:, used]
    # the triangle has the singular values and axes of the whole, at a fraction of its cost
    triangle = np.linalg.qr(standardised, mode="r")
    _, singular, axes = np.linalg.svd(triangle, full_matrices=False)
    variance = singular**2 / (len(residuals) - 1)
    explained = np.cumsum(variance) / variance.sum()
    k = int(np.argmax(explained > _SHARE)) + 1
    loadings = np.zeros((k, len(used)))
    loadings[:, used] = axes[:k]
    beyond = int(used.sum()) - k
    left = float(variance[k:].sum() / beyond) if beyond else 0.0
    return Components(centre, scale, loadings, variance[:k], left)


def scores(residuals: Array, components: Components) -> Array:
    """Scores of scans, (scan, component).

    A missing cell counts as its expectation given the scan's other regions, under the normal
    distribution whose covariance the components have, and equal variances beyond them.
    """
    standardised = (residuals - components.centre) / components.scale
    filled = np.where(np.isnan(standardised), 0.0, standardised)
    used = ~np.isnan(components.scale)
    loadings = components.loadings
    covariance = (loadings.T * components.variance) @ loadings
    covariance += components.left * np.eye(len(used))
    # scans that have the same regions together: the patterns of the transposed table
    for regions, scans in missing_patterns(~np.isnan(standardised).T):
        lost = np.flatnonzero(~regions & used)
        if lost.size:
            inner = np.ix_(regions, regions)
            weights = np.linalg.lstsq(covariance[inner], covariance[np.ix_(regions, lost)])[0]
            filled[np.ix_(scans, lost)] = standardised[np.ix_(scans, regions)] @ weights
    return filled @ loadings.T
