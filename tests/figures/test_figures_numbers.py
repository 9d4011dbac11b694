"""Numbers drawn in figures."""

import numpy as np
import pandas as pd
import pytest

from multipet.figures.style import decimals_for, fixed


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([-9.96, 2.0], 2), ([12.3, -1.0], 1), ([250.0], 1), ([0.0123, np.nan], 4), ([0.0], 1)],
)
def test_three_significant_digits_of_the_largest(values, decimals):
    assert decimals_for(pd.Series(values)) == decimals


@pytest.mark.parametrize(
    ("value", "text"), [(-1.25, "−1.2"), (-0.04, "0.0"), (0.0, "0.0"), (3.14, "3.1")]
)
def test_true_minus_and_no_negative_zero(value, text):
    assert fixed(value, 1) == text
