"""Variance components with their shares and profile-likelihood intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from multipet.analysis.model.fit_file import Fit
from multipet.analysis.model.fitted_specification import region_of
from multipet.core.columns import VARIANCE_COMPONENTS, names
from multipet.core.columns.contrast import INTERCEPT, RESIDUAL, component_name
from multipet.inference import profile_interval
from multipet.inference.variance_structure import VarianceStructure
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
    structures: dict[int, VarianceStructure] = {}
    parts = [pd.DataFrame(columns=names(VARIANCE_COMPONENTS))]
    for fit in fits:
        if isinstance(fit, MixedFit):
            structure = structures.setdefault(id(fit.design), VarianceStructure(fit.design))
            parts.append(_variances(fit, confidence, structure))
    return pd.concat(parts[1:] or parts, ignore_index=True)[names(VARIANCE_COMPONENTS)]


def _variances(
    fit: MixedFit, confidence: float | None, structure: VarianceStructure
) -> pd.DataFrame:
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
    if confidence is not None and fit.design.terms and not fit.residual_by:
        rows = [_with_interval(fit, row, confidence, structure) for row in rows]
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
    fit: MixedFit, row: dict[str, str | float], confidence: float, structure: VarianceStructure
) -> dict[str, str | float]:
    try:
        found = profile_interval(fit, str(row["parameter"]), confidence, structure)
    except ValueError:  # three correlated effects or more: said in the manual
        return row
    return {**row, "sd_low": found.low, "sd_high": found.high}


def _has_site(fit: MixedFit) -> bool:
    return "site" in fit.levels or any(name.startswith("site[") for name in fit.coefficients)
