"""The smallest effect that a design is likely to detect."""

import math

from scipy.special import stdtrit


def detectable_effect(
    standard_error: float,
    df: float,
    alpha: float,
    power: float = 0.8,
    critical: float | None = None,
) -> float:
    """Smallest true effect that a share ``power`` of studies of this design detects.

    (t of α/2 + t of the power) x SE, with the standard error as realised. It says what the
    study could have seen, not what is there.

    Parameters
    ----------
    standard_error
        Of the estimate, on the analysis scale, above 0.
    df
        Degrees of freedom of t, above 0.
    alpha, power
        Two-sided level of the test and wanted power, each between 0 and 1.
    critical
        Value that |t| must pass, where it is not that of the t distribution.

    Returns
    -------
    float
        On the scale of the standard error; NaN where there is no test.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences, 2nd edition.
    """
    if not (math.isfinite(standard_error) and df > 0):
        return math.nan
    bound = -float(stdtrit(df, alpha / 2)) if critical is None else critical
    return standard_error * (bound + float(stdtrit(df, power)))
