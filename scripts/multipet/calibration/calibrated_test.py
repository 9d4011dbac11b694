"""A test whose null distribution is drawn: p, critical value, and what a naive test would do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multipet.inference.contrast_results import ContrastEstimate

Array = NDArray[np.float64]
_SAME = 1e-9  # relative; a draw that is the data again must not be lost to rounding


@dataclass(frozen=True)
class CalibratedTest:
    """One contrast in one region.

    Attributes
    ----------
    p_value
        (1 + draws with |t*| ≥ |t|) / (draws + 1): never 0, and at most 5 % under the null
        are below 5 % (Phipson & Smyth 2010, doi:10.2202/1544-6115.1585).
    t_critical
        |t| above which ``p_value`` is below 1 − confidence; NaN with too few draws.
    naive_error
        Share of draws in which a naive t test would have p < 1 − confidence.
    failed
        Draws without a statistic; they count as larger than any.
    """

    p_value: float
    t_critical: float
    naive_error: float
    failed: int


def calibrated_test(t: float, drawn: Array, naive: float, confidence: float) -> CalibratedTest:
    """Compare ``t`` with the ``drawn`` ones, (draw,).

    Parameters
    ----------
    naive
        What |t| has to exceed for a naive p below 1 − confidence; NaN where there is none.
    confidence
        Of the interval that goes with it, 0 to 1.

    Returns
    -------
    CalibratedTest
        With a p of NaN where ``t`` is none.
    """
    failed = ~np.isfinite(drawn)
    size = np.where(failed, np.inf, np.abs(drawn))
    reached = int((size >= abs(t) * (1 - _SAME)).sum()) if np.isfinite(t) else np.nan
    alpha = round(1 - confidence, 12)
    return CalibratedTest(
        (1 + reached) / (len(drawn) + 1),
        _critical(size, alpha),
        float((size > naive).mean()) if np.isfinite(naive) else np.nan,
        int(failed.sum()),
    )


def naive_critical(found: ContrastEstimate, standard_error: float) -> float:
    """What |t| has to exceed for a p of ``found`` below 1 − confidence.

    ``found`` may have a wider standard error than t, as Kenward & Roger's is: the same factor
    and the same degrees of freedom are taken for every draw.
    """
    return found.margin / standard_error


def _critical(size: Array, alpha: float) -> float:
    """The largest |t| that is not significant: as many draws above it as p < alpha allows."""
    above = int(np.ceil(round(alpha * (len(size) + 1), 9))) - 2
    if above < 0:
        return float("nan")
    critical = np.partition(size, len(size) - 1 - above)[len(size) - 1 - above]
    return float(critical) if np.isfinite(critical) else float("nan")
