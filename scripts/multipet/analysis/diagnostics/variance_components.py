"""Variance components with their shares and profile-likelihood intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from multipet.analysis.model.fit_file import Fit
from multipet.analysis.model.fitted_specification import region_of
from multipet.core.columns import VARIANCE_COMPONENTS, names
from multipet.core.columns.contrast import INTERCEPT, RESIDUAL, component_name
from multipet.inference import profile_intervals, profile_parameters
from multipet.inference.profile.intervals import ProfileInterval
from multipet.mixed_model.fit import MixedFit


def variance_table(fits: Sequence[Fit], confidence: float | None = None) -> pd.DataFrame:
    """Variance components of every region (columns ``columns.VARIANCE_COMPONENTS``).

    The variance of a random slope has another unit than the rest: it is listed without a
    share, and the shares of the others sum to 1. Where scanners differ in residual variance,
    ``residual`` is the mean over scans, and each scanner's own follows without a share.

    Parameters
    ----------
    fits
        One fit a region; failed regions have no rows.
    confidence
        Level of profile-likelihood intervals of the SDs; None for no intervals.
    """
    sound = [fit for fit in fits if isinstance(fit, MixedFit)]
    parts = [pd.DataFrame(columns=names(VARIANCE_COMPONENTS))]
    for fit, intervals in zip(sound, _intervals(sound, confidence), strict=True):
        parts.append(_variances(fit, intervals))
    return pd.concat(parts[1:] or parts, ignore_index=True)[names(VARIANCE_COMPONENTS)]


def _intervals(
    fits: Sequence[MixedFit], confidence: float | None
) -> list[dict[str, ProfileInterval]]:
    """Intervals of the SDs of each fit; none of correlations, of which the table has none."""
    if confidence is None:
        return [{} for _ in fits]
    wanted = {name for fit in fits for name in profile_parameters(fit)}
    sds = [name for name in wanted if name == "sigma" or name.startswith("sd_")]
    return profile_intervals(fits, confidence, sds)


def _variances(fit: MixedFit, intervals: Mapping[str, ProfileInterval]) -> pd.DataFrame:
    random = fit.variance_components
    random = random[(random["term"] != RESIDUAL) & (random["effect2"].fillna("") == "")]
    residual = float(np.mean(fit.residual_sds**2))
    intercepts = (random["effect1"] == INTERCEPT).to_numpy()
    total = random["variance"].to_numpy(float)[intercepts].sum() + residual
    rows = [
        _row(fit, term, effect, variance, variance / total if share else np.nan)
        for term, effect, variance, share in zip(
            random["term"], random["effect1"], random["variance"], intercepts, strict=True
        )
    ]
    rows.append(_row(fit, RESIDUAL, "", residual, residual / total))
    rows = [_with_interval(row, intervals.get(str(row["parameter"]))) for row in rows]
    for level, ratio in fit.residual_ratios.items():
        own = {"component": f"residual of {level}", "variance": (fit.sigma * ratio) ** 2}
        rows.append({"region": region_of(fit), **own})
    table = pd.DataFrame(rows, columns=[*names(VARIANCE_COMPONENTS), "parameter"])
    return table.assign(sd=np.sqrt(table["variance"].astype(float)))


def _row(
    fit: MixedFit, term: str, effect: str, variance: float, share: float
) -> dict[str, str | float]:
    return {
        "region": region_of(fit),
        "component": component_name(term, effect, _has_site(fit)),
        "variance": variance,
        "share": share,
        "parameter": "sigma" if term == RESIDUAL else f"sd_{effect}|{term}",
    }


def _with_interval(
    row: dict[str, str | float], found: ProfileInterval | None
) -> dict[str, str | float]:
    return row if found is None else {**row, "sd_low": found.low, "sd_high": found.high}


def _has_site(fit: MixedFit) -> bool:
    return "site" in fit.levels or any(name.startswith("site[") for name in fit.coefficients)
