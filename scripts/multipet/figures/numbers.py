"""Numbers drawn in figures."""

import math

import numpy as np
import pandas as pd

SIGNIFICANT = 3


def decimals_for(values: pd.DataFrame | pd.Series) -> int:
    """Decimals that give the largest of ``values`` three significant digits; at least one."""
    finite = np.abs(values.to_numpy(float))
    largest = np.nanmax(finite, initial=0.0)
    if largest == 0:
        return 1
    return max(1, SIGNIFICANT - 1 - math.floor(math.log10(largest)))


def fixed(value: float, decimals: int) -> str:
    """Return ``value`` with so many decimals and a true minus; never a negative zero."""
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.removeprefix("-")
