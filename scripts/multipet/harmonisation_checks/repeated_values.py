"""Do repeated scans of a person agree better after harmonisation?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import fdtri

from multipet.columns import names
from multipet.harmonisation.batch_design import Array, missing_patterns
from multipet.harmonisation_checks.before_after import BeforeAfter
from multipet.harmonisation_checks.check_columns import REPEATS

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
