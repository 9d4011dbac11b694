"""Shifts and scales of the batches: over regions, and against the prior they were shrunk to."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaincc, ndtr

from multipet.core.columns import names
from multipet.core.columns.harmonisation import PRIOR_CURVES, PRIORS, SHIFTS
from multipet.harmonisation.batch_design import Array

QUANTITIES = ("shift", "log_scale")
CURVE_POINTS = 101


def shift_table(site_effects: pd.DataFrame, residual_sd: Mapping[str, float]) -> pd.DataFrame:
    """Shifts in residual SD and log scales, columns ``SHIFTS``.

    Parameters
    ----------
    site_effects
        Columns ``harmonisation.site_effects.SITE_EFFECTS``; shifts on the analysis scale.
    residual_sd
        Residual SD within batches of every region.
    """
    sd = site_effects["region"].map(dict(residual_sd)).to_numpy(float)
    shown = site_effects.assign(
        shift=site_effects["shift"] / sd,
        shift_raw=site_effects["shift_raw"] / sd,
        log_scale=_log(site_effects["scale"]),
        log_scale_raw=_log(site_effects["scale_raw"]),
    )
    return shown[names(SHIFTS)].reset_index(drop=True)


def prior_tables(
    shifts: pd.DataFrame, parameters: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Distribution of the estimates over regions beside the prior, where there is one.

    Parameters
    ----------
    shifts
        Columns ``SHIFTS``.
    parameters
        Of the harmonisation; its batches may hold the moments of their priors (normal for
        shifts in residual SD, inverse gamma for squared scales).

    Returns
    -------
    DataFrame
        Columns ``PRIORS``.
    DataFrame
        Columns ``PRIOR_CURVES``; batches and quantities without a prior have no rows.
    """
    summaries, curves = [], []
    for batch, quantity, estimates in _estimates(shifts):
        entry = (parameters.get("batches") or {}).get(batch) or {}
        prior = entry.get("prior") or {}
        if _has(prior, quantity):
            table = pd.DataFrame(_curves(estimates, prior, quantity))
            curves.append(table.assign(batch=batch, quantity=quantity))
        summaries.append({
            "batch": batch,
            "quantity": quantity,
            "n_regions": len(estimates),
            "mean": estimates.mean() if len(estimates) else np.nan,
            "sd": estimates.std(ddof=1) if len(estimates) > 1 else np.nan,
            "distance": _distance(estimates, prior, quantity),
        })  # fmt: skip
    columns = names(PRIOR_CURVES)
    drawn = pd.concat(curves)[columns] if curves else pd.DataFrame([], columns=columns)
    return pd.DataFrame(summaries, columns=names(PRIORS)), drawn.reset_index(drop=True)


def _estimates(shifts: pd.DataFrame) -> Iterator[tuple[str, str, Array]]:
    for batch, part in shifts.groupby("batch", sort=False):
        for quantity in QUANTITIES:
            values = part[f"{quantity}_raw"].to_numpy(float)
            yield str(batch), quantity, np.sort(values[np.isfinite(values)])


def _has(prior: Mapping[str, Any], quantity: str) -> bool:
    """Whether the prior of a quantity is known and not a point."""
    kind = "shift" if quantity == "shift" else "variance"
    mean, variance = (prior.get(f"{kind}_{moment}") for moment in ("mean", "variance"))
    return mean is not None and variance is not None and variance > 0


def _cumulative(values: Array, prior: Mapping[str, Any], quantity: str) -> Array:
    """Share of the prior at or below each of ``values``."""
    if quantity == "shift":
        return ndtr((values - prior["shift_mean"]) / np.sqrt(prior["shift_variance"]))
    # inverse gamma of the squared scale with these moments
    shape = 2 + prior["variance_mean"] ** 2 / prior["variance_variance"]
    return gammaincc(shape, prior["variance_mean"] * (shape - 1) / np.exp(2 * values))


def _curves(
    estimates: Array, prior: Mapping[str, Any], quantity: str
) -> Iterator[dict[str, float | str]]:
    for rank, value in enumerate(estimates, 1):
        yield {"curve": "estimated", "value": value, "cumulative": rank / len(estimates)}
    low, high = _range(estimates, prior, quantity)
    points = np.linspace(low, high, CURVE_POINTS)
    for value, share in zip(points, _cumulative(points, prior, quantity), strict=True):
        yield {"curve": "prior", "value": value, "cumulative": share}


def _range(estimates: Array, prior: Mapping[str, Any], quantity: str) -> tuple[float, float]:
    """Where both the estimates and the bulk of the prior lie."""
    if quantity == "shift":
        centre, reach = prior["shift_mean"], 3 * np.sqrt(prior["shift_variance"])
    else:
        mean = prior["variance_mean"]
        # of a log, to first order: relative SD, and a scale is the root of a variance
        centre = np.log(mean) / 2
        reach = 3 * np.sqrt(prior["variance_variance"]) / mean / 2
    ends = np.concatenate([estimates, [centre - reach, centre + reach]])
    return float(ends.min()), float(ends.max())


def _distance(estimates: Array, prior: Mapping[str, Any], quantity: str) -> float:
    """Kolmogorov's distance of the estimates from the prior."""
    n = len(estimates)
    if not n or not _has(prior, quantity):
        return float("nan")
    expected = _cumulative(estimates, prior, quantity)
    above = np.arange(1, n + 1) / n - expected
    return float(max(above.max(), (expected - np.arange(n) / n).max()))


def _log(scale: pd.Series) -> Array:
    values = scale.to_numpy(float)
    return np.log(values, out=np.full(len(values), np.nan), where=values > 0)
