"""How far harmonisation moved the values, and whether repeated scans agree better after it."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import fdtri

from multipet.core.columns import names
from multipet.core.columns.harmonisation import MOVED, REPEATS
from multipet.harmonisation.batch_design import (
    Array,
    basis,
    missing_patterns,
    residuals,
    with_batches,
)
from multipet.harmonisation.before_after.scans import BeforeAfter
from multipet.harmonisation.findings import FAR


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


FEWEST_PEOPLE = 3


def repeat_table(data: BeforeAfter) -> pd.DataFrame:
    """Agreement of repeated scans, within a batch and across, columns ``REPEATS``.

    ``within``: people with several scans in one batch (the first such batch). ``across``: the
    first scan in each batch of people who were scanned in several. The intraclass correlation
    is that of the one-way random-effects model for a single scan, ICC(1,1) of Shrout & Fleiss
    1979 (doi:10.1037/0033-2909.86.2.420): no order or setting is common to all scans, so that
    a difference between batches counts as disagreement. People may have different numbers of
    scans. Regions with fewer than three such people have no row.
    """
    rows = []
    for pairs, chosen in _repeated(data):
        people = data.people[chosen]
        for stage, values in data.values.items():
            for present, regions in missing_patterns(~np.isnan(values[chosen])):
                found = _agreement(values[chosen][present][:, regions], people[present], data.log)
                rows += [
                    {"region": region, "pairs": pairs, "stage": stage, **row}
                    for region, row in zip(regions, found, strict=False)
                ]
    table = pd.DataFrame(rows, columns=names(REPEATS))
    table = table.sort_values(["region", "pairs"], kind="stable", ascending=[True, False])
    table["region"] = np.array(data.regions, dtype=object)[table["region"].to_numpy(int)]
    return table.reset_index(drop=True)


def _repeated(data: BeforeAfter) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Positions of the scans that repeat others, by person and session."""
    order = data.order
    table = pd.DataFrame({"person": data.people, "batch": data.batches.codes}).iloc[order]
    several = table.groupby(["person", "batch"])["batch"].transform("size") > 1
    first_batch = table[several].groupby("person")["batch"].first()
    own = several & (table["batch"] == table["person"].map(first_batch))
    yield "within", order[own.to_numpy()]
    once = ~table.duplicated()
    batches = table[once].groupby("person")["batch"].size()
    across = once & (table["person"].map(batches) > 1)
    yield "across", order[across.to_numpy()]


def _agreement(values: Array, people: NDArray[np.int64], log: bool) -> list[dict[str, float]]:
    """A row for each region (column of ``values``); scans are ordered within a person."""
    counts = np.bincount(people)
    enough = counts[people] > 1
    values, person = values[enough], np.unique(people[enough], return_inverse=True)[1]
    if len(values) == 0 or person.max() + 1 < FEWEST_PEOPLE:
        return []
    icc, low, high, sd = _intraclass(values, person)
    percent = _percent_difference(np.exp(values) if log else values, person)
    known = {"icc": icc, "icc_low": low, "icc_high": high, "sd": sd, "percent": percent}
    counted = {"n_people": int(person.max()) + 1, "n_scans": len(values)}
    return [{**counted, **row} for row in pd.DataFrame(known).to_dict("records")]


def _intraclass(
    values: Array, person: NDArray[np.int64], confidence: float = 0.95
) -> tuple[Array, Array, Array, Array]:
    """ICC of every region, its interval, and the SD within people.

    The interval is exact for equal numbers of scans; else with their average as it enters the
    expected mean square.
    """
    counts = np.bincount(person)
    n, people = len(values), len(counts)
    member = np.eye(people)[person]
    means = member.T @ values / counts[:, None]
    within = np.sum((values - means[person]) ** 2, axis=0) / (n - people)
    between = counts @ (means - values.mean(axis=0)) ** 2 / (people - 1)
    scans = (n - np.sum(counts**2) / n) / (people - 1)
    tail = 1 - (1 - confidence) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        f = between / within
        low = f / fdtri(people - 1, n - people, tail)
        high = f * fdtri(n - people, people - 1, tail)
        icc, low, high = ((x - 1) / (x + scans - 1) for x in (f, low, high))
    return icc, low, high, np.sqrt(within)


def _percent_difference(values: Array, person: NDArray[np.int64]) -> Array:
    """Mean |difference| of a person's successive scans in percent of the two's mean."""
    follows = person[1:] == person[:-1]
    first, second = values[:-1][follows], values[1:][follows]
    mean = (first + second) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        size = 100 * np.abs(second - first) / mean
    known = mean > 0
    n = known.sum(axis=0)
    total = np.where(known, size, 0.0).sum(axis=0)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)
