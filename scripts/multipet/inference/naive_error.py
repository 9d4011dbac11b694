"""What a test on harmonised values that ignores the harmonisation does to its 5 %."""

import numpy as np
from scipy.special import ndtr, ndtri


def type_one_error(share: float, alpha: float = 0.05) -> float:
    """Type-I error of a test on harmonised values that leaves out the batches.

    2Φ(−z √(1 − R²)) with z the normal quantile of ``alpha``: after harmonisation the model
    sees no batch variance, so its standard error lacks the factor 1 / √(1 − R²) that
    adjusting for batch costs.

    Parameters
    ----------
    share
        R²: share of the contrast's covariate that lies between batches, 0 to 1.
    alpha
        Nominal level, between 0 and 1.
    """
    return float(2 * ndtr(ndtri(alpha / 2) * np.sqrt(1 - share)))
