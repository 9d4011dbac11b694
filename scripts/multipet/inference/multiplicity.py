"""Adjustment of p-values for the number of tests."""

from collections.abc import Sequence

import numpy as np

METHODS = ("bh", "holm", "none")


def adjust(p_values: Sequence[float] | np.ndarray, method: str) -> np.ndarray:
    """Adjusted p-values, in the order given.

    Parameters
    ----------
    p_values
        Between 0 and 1; NaN where there was no test: it stays NaN and does not count.
    method
        ``bh`` (Benjamini and Hochberg 1995: false discovery rate), ``holm`` (Holm 1979:
        chance of any false positive) or ``none``.

    Raises
    ------
    ValueError
        If the method is unknown or a p-value lies outside 0 to 1.
    """
    p = np.array(p_values, dtype=float)
    tested = np.isfinite(p)
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; allowed: {', '.join(METHODS)}")
    if np.isinf(p).any() or ((p[tested] < 0) | (p[tested] > 1)).any():
        raise ValueError("p-values must lie between 0 and 1")
    if method != "none":
        p[tested] = _in_order(p[tested], method)
    return p


def _in_order(p: np.ndarray, method: str) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    if method == "holm":
        adjusted[order] = np.maximum.accumulate(p[order] * (len(p) + 1 - rank))
    else:
        scaled = p[order] * len(p) / rank
        adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.minimum(adjusted, 1)
