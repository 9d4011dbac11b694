"""How far harmonisation moved the values, by batch and region."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.columns import names
from multipet.harmonisation.batch_design import Array, missing_patterns
from multipet.harmonisation.harmonisation_findings import FAR
from multipet.harmonisation_checks.before_after import BeforeAfter
from multipet.harmonisation_checks.check_columns import MOVED
from multipet.harmonisation_checks.regression import basis, residuals, with_batches


def residual_sds(data: BeforeAfter) -> dict[str, float]:
    """SD of the raw values about batch and covariates, of every region; divides by n."""
    values = data.values["before"]
    sds = np.full(len(data.regions), np.nan)
    for rows, regions in missing_patterns(~np.isnan(values)):
        span = basis(with_batches(data.batches.codes[rows], data.preserved.columns[rows]))
        left = residuals(values[np.ix_(rows, regions)], span)
        sds[regions] = np.sqrt(np.mean(left**2, axis=0))
    return dict(zip(data.regions, sds.tolist(), strict=True))


def moves(data: BeforeAfter, residual_sd: Mapping[str, float]) -> tuple[Array, Array]:
    """|After − before| in residual SD and in percent of the value delivered, (scan, region)."""
    before, after = data.values["before"], data.values["after"]
    sd = np.array([residual_sd.get(region, np.nan) for region in data.regions], dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        in_sd = np.abs(after - before) / sd
        change = np.exp(after - before) - 1 if data.log else (after - before) / np.abs(before)
    return _finite(in_sd), _finite(100 * np.abs(change))


def moved_table(data: BeforeAfter, residual_sd: Mapping[str, float]) -> pd.DataFrame:
    """Columns ``MOVED``: of each batch one row of all regions, then one of each that it has."""
    in_sd, percent = moves(data, residual_sd)
    before, after = data.values["before"], data.values["after"]
    turned = (np.sign(before) * np.sign(after) < 0) & (not data.log)
    parts = []
    for code, label in enumerate(data.batches.labels):
        own = data.batches.codes == code
        of_batch = [array[own] for array in (after, in_sd, percent, turned)]
        whole = _summary(*(array.reshape(-1, 1) for array in of_batch)).assign(region="")
        single = _summary(*of_batch).assign(region=np.array(data.regions, dtype=object))
        both = pd.concat([whole, single[single["n"] > 0]])
        parts.append(both.assign(batch=label))
    return pd.concat(parts, ignore_index=True)[names(MOVED)]


def _summary(after: Array, in_sd: Array, percent: Array, turned: NDArray[np.bool_]) -> pd.DataFrame:
    """Numbers of every column."""
    return pd.DataFrame(
        {
            "n": (~np.isnan(after)).sum(axis=0),
            "median_sd": _median(in_sd),
            "median_percent": _median(percent),
            "largest_sd": _finite(np.where(np.isnan(in_sd), -np.inf, in_sd).max(axis=0)),
            "n_far": (in_sd > FAR).sum(axis=0),
            "n_sign": turned.sum(axis=0),
        }
    )


def _median(values: Array) -> Array:
    """Median of every column over what is known; NaN where nothing is."""
    ordered = np.sort(values, axis=0)  # NaN last
    n = (~np.isnan(values)).sum(axis=0)
    column = np.arange(values.shape[1])
    low, high = np.maximum(n - 1, 0) // 2, n // 2
    middle = (ordered[low, column] + ordered[high, column]) / 2
    return np.where(n > 0, middle, np.nan)


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)
