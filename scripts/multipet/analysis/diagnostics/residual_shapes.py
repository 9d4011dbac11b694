"""The shape of residuals as tables: quantiles, histogram, spread by scanner and over the fit."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.special import betaincinv, chdtri, ndtri

from multipet.core.columns import SCAN, names
from multipet.core.columns.figures import BANDS, DISTRIBUTION, QUANTILES, SPREAD

WITH, WITHOUT = "with random effects", "without random effects"
#: Column of ``columns.RESIDUALS`` that holds the residuals of each model.
RESIDUAL_OF = {WITH: "residual", WITHOUT: "residual_fixed"}

TAIL = 0.025
SCANS_PER_BAND = 20
MOST_BANDS = 10
MOST_BARS = 60
CURVE_POINTS = 101


def quantile_table(
    residuals: pd.DataFrame, models: Sequence[str] = (WITH, WITHOUT), most: int = 150
) -> pd.DataFrame:
    """Residuals in units of their SD beside normal quantiles, with the range that chance allows.

    One value in twenty lies outside of the range by chance, see ``normal_envelope``.

    Parameters
    ----------
    residuals
        Columns ``columns.RESIDUALS``.
    models
        ``WITH``, ``WITHOUT`` or both.
    most
        Of more residuals than this, a quarter of ``most`` at each end are kept whole and
        the middle is thinned evenly.

    Returns
    -------
    DataFrame
        Columns ``figure_columns.QUANTILES``.
    """
    return _by_region_and_model(residuals, models, lambda part, c: _quantiles(part, c, most))[
        names(QUANTILES)
    ]


def normal_envelope(n: int, most: int) -> pd.DataFrame:
    """Quantiles of a normal sample in units of its own SD, with their pointwise 95 % ranges.

    The k-th smallest of n independent standard normal values is below x with the probability
    that a Beta(k, n + 1 − k) variable is below Φ(x). Residuals have the mean 0 and are in units
    of their own SD, of which standardised normal values are independent: of the variance v of
    the k-th value, m its median, v − 1/n − m²/2n is left. (Measured: 95 to 96 % lie inside.)

    Parameters
    ----------
    n
        Values.
    most
        Of more than these a quarter at each end are kept whole, and the middle is thinned.

    Returns
    -------
    DataFrame
        Columns theoretical, low and high; its index is rank - 1.
    """
    place = _thinned(n, most)
    rank = place + 1
    low, median, high = (ndtri(betaincinv(rank, n + 1 - rank, p)) for p in (TAIL, 0.5, 1 - TAIL))
    variance = ((high - low) / (2 * ndtri(1 - TAIL))) ** 2
    left = np.sqrt(np.clip(1 - (1 + median**2 / 2) / (n * variance), 0, None))
    return pd.DataFrame(
        {
            "theoretical": ndtri((rank - 0.5) / n),
            "low": median + left * (low - median),
            "high": median + left * (high - median),
        },
        index=place,
    )


def distribution_table(
    residuals: pd.DataFrame, models: Sequence[str] = (WITH, WITHOUT)
) -> pd.DataFrame:
    """Histogram of the residuals and the normal curve of the same SD around 0.

    Columns ``figure_columns.DISTRIBUTION``.
    """
    return _by_region_and_model(residuals, models, _distribution)[names(DISTRIBUTION)]


def spread_table(residuals: pd.DataFrame) -> pd.DataFrame:
    """Quantiles and SD of the scaled residuals of each scanner.

    Columns ``figure_columns.SPREAD``. The SD of a single scan is missing, and so is its
    interval.
    """
    rows = [
        {"region": region, "site": site, "scanner": scanner, **_spread(values), "sd_all": whole}
        for region, part in residuals.groupby("region", sort=False)
        for whole in [part["scaled_residual"].std()]
        for (site, scanner), values in part.groupby(["site", "scanner"], observed=True)[
            "scaled_residual"
        ]
    ]
    table = pd.DataFrame(rows, columns=names(SPREAD))
    return table.astype({"site": residuals["site"].dtype, "scanner": residuals["scanner"].dtype})


def band_table(residuals: pd.DataFrame) -> pd.DataFrame:
    """Spread of the residuals over the fitted value, in stretches of equally many scans.

    Columns ``figure_columns.BANDS``; a region with fewer than three stretches of 20 scans
    has no rows.
    """
    rows = []
    for region, part in residuals.groupby("region", sort=False):
        count = min(len(part) // SCANS_PER_BAND, MOST_BANDS)
        ordered = part.sort_values("fitted", kind="stable")
        for places in np.array_split(np.arange(len(part)), count) if count >= 3 else []:
            stretch = ordered.iloc[places]
            reach = -ndtri(TAIL) * stretch["residual"].std()
            middle = stretch["fitted"].median()
            rows.append((region, middle, -reach, reach, float(len(stretch))))
    numbers = {c.name: float for c in BANDS if c.kind == "number"}
    return pd.DataFrame(rows, columns=names(BANDS)).astype(numbers)


def _by_region_and_model(
    residuals: pd.DataFrame,
    models: Sequence[str],
    shape: Callable[[pd.DataFrame, str], pd.DataFrame],
) -> pd.DataFrame:
    parts = [
        shape(part, RESIDUAL_OF[model]).assign(region=region, model=model)
        for region, part in residuals.groupby("region", sort=False)
        for model in models
        if part[RESIDUAL_OF[model]].notna().all()
    ]
    return pd.concat(parts, ignore_index=True)


def _quantiles(part: pd.DataFrame, column: str, most: int) -> pd.DataFrame:
    ordered = part.sort_values(column, kind="stable")
    envelope = normal_envelope(len(part), most)
    kept = ordered.iloc[envelope.index]
    return kept[names(SCAN)].assign(
        residual=kept[column] / part[column].std(),
        **{name: envelope[name].to_numpy() for name in ("theoretical", "low", "high")},
    )


def _thinned(n: int, most: int) -> np.ndarray:
    if n <= most:
        return np.arange(n)
    ends = most // 4
    middle = np.linspace(ends, n - ends - 1, most - 2 * ends).round().astype(int)
    return np.concatenate([np.arange(ends), middle, np.arange(n - ends, n)])


def _distribution(part: pd.DataFrame, column: str) -> pd.DataFrame:
    values, sd = part[column].to_numpy(), part[column].std()
    edges = _edges(values)
    density, _ = np.histogram(values, edges, density=True)
    reach = max(np.abs(edges).max(), 3 * sd)
    place = np.linspace(-reach, reach, CURVE_POINTS)
    curve = np.exp(-((place / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi))
    bars = pd.DataFrame(
        {"residual": (edges[1:] + edges[:-1]) / 2, "width": np.diff(edges), "density": density}
    )
    points = pd.DataFrame({"residual": place, "width": np.nan, "density": curve})
    return pd.concat([bars.assign(shape="histogram"), points.assign(shape="normal")])


def _edges(values: np.ndarray) -> np.ndarray:
    """Edges of bars of equal width, one of them centred at 0."""
    first, second = np.histogram_bin_edges(values, "auto")[:2]
    reach = np.abs(values).max()
    width = max(second - first, 2 * reach / MOST_BARS)
    count = int(np.ceil(reach / width - 0.5)) + 1
    return (np.arange(-count, count) + 0.5) * width


def _spread(values: pd.Series) -> dict[str, float]:
    n, sd = len(values), values.std()
    points = np.quantile(values, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1])
    shape = ("minimum", "p5", "q1", "median", "q3", "p95", "maximum")
    low, high = np.nan, np.nan
    if n > 1:
        low, high = sd * np.sqrt((n - 1) / chdtri(n - 1, [TAIL, 1 - TAIL]))
    return {
        "n_scans": float(n),
        **dict(zip(shape, points.tolist(), strict=True)),
        "sd": sd,
        "sd_low": float(low),
        "sd_high": float(high),
    }
