"""Checks of the residuals, region by region: spread by scanner, shape, spread over the fit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipet.core.columns import RESIDUAL_CHECKS, names

FEWEST_SCANS = 3  # of a scanner that takes part in a comparison of spread
FEWEST_FOR_SHAPE = 20  # below it scipy's tests of skewness and kurtosis are not valid
LARGE_SKEWNESS = 0.5
LARGE_KURTOSIS = 1.0
LARGE_RATIO = 1.5
LARGE_CORRELATION = 0.2
FAR_OUT = 4.0  # scaled residuals; a normal one lies beyond in 1 of 16,000 scans


@dataclass(frozen=True)
class Check:
    """One check of one region's residuals; ``p_value`` is missing where it has none."""

    check: str
    statistic: float
    p_value: float
    message: str


def residual_checks(residuals: pd.DataFrame) -> pd.DataFrame:
    """Check the residuals of every region.

    Parameters
    ----------
    residuals
        Columns ``columns.RESIDUALS``.

    Returns
    -------
    DataFrame
        Columns ``columns.RESIDUAL_CHECKS``, six rows a region:

        ``spread_by_scanner``: Brown and Forsythe's F of the scaled residuals (Levene's test
        around medians; Brown & Forsythe 1974, doi:10.1080/01621459.1974.10482955);
        ``spread_ratio``: largest over smallest residual SD of a scanner;
        ``skewness`` and ``excess_kurtosis``: 0 for a normal distribution, with the tests
        of D'Agostino and of Anscombe & Glynn;
        ``spread_against_fitted``: Spearman's correlation of |residual| with the fitted value;
        ``largest_residual``: largest |scaled residual|, with who.

        Scans of one person are not independent, so the p-values are approximate.
    """
    rows = [
        {"region": region, **vars(check)}
        for region, part in residuals.groupby("region", sort=False)
        for check in _checks(part)
    ]
    return pd.DataFrame(rows, columns=names(RESIDUAL_CHECKS))


def _checks(part: pd.DataFrame) -> list[Check]:
    return [
        _spread_by_scanner(part),
        _spread_ratio(part),
        _skewness(part),
        _excess_kurtosis(part),
        _spread_against_fitted(part),
        _largest_residual(part),
    ]


def _by_scanner(part: pd.DataFrame) -> dict[str, np.ndarray]:
    groups = part.groupby("scanner", observed=True)["scaled_residual"]
    return {str(name): g.to_numpy() for name, g in groups if len(g) >= FEWEST_SCANS}


def _spread_by_scanner(part: pd.DataFrame) -> Check:
    groups = [group for group in _by_scanner(part).values() if np.ptp(group) > 0]
    if len(groups) < 2:
        message = f"fewer than two scanners with at least {FEWEST_SCANS} scans: not compared"
        return Check("spread_by_scanner", np.nan, np.nan, message)
    from scipy import stats  # 0.7 s to import, as below

    f, p = stats.levene(*groups, center="median")
    found = "differs between" if p < 0.05 else "does not differ detectably between"
    message = f"residual spread {found} the {len(groups)} scanners compared"
    return Check("spread_by_scanner", float(f), float(p), message)


def _spread_ratio(part: pd.DataFrame) -> Check:
    spread = {name: group.std(ddof=1) for name, group in _by_scanner(part).items()}
    spread = {name: sd for name, sd in spread.items() if sd > 0}
    if len(spread) < 2:
        return Check("spread_ratio", np.nan, np.nan, "fewer than two scanners to compare")
    low, high = min(spread, key=spread.get), max(spread, key=spread.get)
    ratio = spread[high] / spread[low]
    size = "large" if ratio > LARGE_RATIO else "small"
    message = f"residual SD is {ratio:.2f} times as large on {high} as on {low}: a {size} ratio"
    return Check("spread_ratio", float(ratio), np.nan, message)


def _skewness(part: pd.DataFrame) -> Check:
    values = part["scaled_residual"].to_numpy()
    if _has_no_shape(values):
        return Check("skewness", np.nan, np.nan, "residuals do not vary")
    from scipy import stats

    skewness = float(stats.skew(values))
    p = stats.skewtest(values).pvalue if len(values) >= FEWEST_FOR_SHAPE else np.nan
    longer = "upper" if skewness > 0 else "lower"
    found = f"the {longer} tail is longer" if abs(skewness) > LARGE_SKEWNESS else "near symmetric"
    return Check("skewness", skewness, float(p), f"skewness {_signed(skewness)}: {found}")


def _excess_kurtosis(part: pd.DataFrame) -> Check:
    values = part["scaled_residual"].to_numpy()
    if _has_no_shape(values):
        return Check("excess_kurtosis", np.nan, np.nan, "residuals do not vary")
    from scipy import stats

    kurtosis = float(stats.kurtosis(values))
    p = stats.kurtosistest(values).pvalue if len(values) >= FEWEST_FOR_SHAPE else np.nan
    weight = "heavier" if kurtosis > 0 else "lighter"
    large = abs(kurtosis) > LARGE_KURTOSIS
    found = f"tails {weight} than normal" if large else "tails near normal"
    message = f"excess kurtosis {_signed(kurtosis)}: {found}"
    return Check("excess_kurtosis", kurtosis, float(p), message)


def _spread_against_fitted(part: pd.DataFrame) -> Check:
    size, fitted = part["residual"].abs().to_numpy(), part["fitted"].to_numpy()
    if len(part) < FEWEST_SCANS or _has_no_shape(size) or _has_no_shape(fitted):
        return Check("spread_against_fitted", np.nan, np.nan, "nothing to compare")
    from scipy import stats

    rho, p = stats.spearmanr(size, fitted)
    way = "grows" if rho > 0 else "shrinks"
    found = f"{way} with" if abs(rho) > LARGE_CORRELATION else "does not depend much on"
    message = f"residual size {found} the fitted value (Spearman {_signed(rho)})"
    return Check("spread_against_fitted", float(rho), float(p), message)


def _largest_residual(part: pd.DataFrame) -> Check:
    row = part.loc[part["scaled_residual"].abs().idxmax()]
    size = float(row["scaled_residual"])
    far = "far out" if abs(size) > FAR_OUT else "not far out"
    message = f"largest scaled residual {_signed(size)} ({row['scanner']}): {far}"
    return Check("largest_residual", abs(size), np.nan, message)


def _has_no_shape(values: np.ndarray) -> bool:
    return len(values) < 2 or np.ptp(values) <= 1e-12 * np.abs(values).max()


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
