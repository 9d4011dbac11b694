"""Do batches differ in mean or in spread, region by region, beyond what the covariates explain?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc, ndtri

from multipet.core.columns import names
from multipet.core.columns.harmonisation import (
    BATCH_TEST_COUNTS,
    BATCH_TESTS,
    BROWN_FORSYTHE,
    FLIGNER_KILLEEN,
    MEAN,
    TESTS,
)
from multipet.harmonisation.batch_design import (
    Array,
    basis,
    missing_patterns,
    residuals,
    with_batches,
    with_intercept,
)
from multipet.harmonisation.before_after.scans import BeforeAfter
from multipet.inference.multiplicity import adjust

FEWEST_SCANS = 3  # of a batch whose spread is compared


def in_use(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the batches that have scans, in order."""
    return np.flatnonzero(np.bincount(codes))


def comparable(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which scans belong to batches with enough of them, (scan,)."""
    return np.bincount(codes)[codes] >= FEWEST_SCANS


def around_medians(values: Array, codes: NDArray[np.int64]) -> Array:
    """Values less the median of their batch, (scan, region)."""
    centred = np.empty_like(values)
    for code in in_use(codes):
        own = codes == code
        centred[own] = values[own] - np.median(values[own], axis=0)
    return centred


def brown_forsythe(centred: Array, codes: NDArray[np.int64]) -> tuple[Array, Array, int, int]:
    """F and p of every region, and the degrees of freedom.

    Parameters
    ----------
    centred
        Values less the median of their batch (``around_medians``), complete, (scan, region).
    codes
        Batch of each scan.
    """
    between, within, k = _split(np.abs(centred), codes)
    df = (k - 1, len(codes) - k)
    with np.errstate(invalid="ignore", divide="ignore"):
        f = between / df[0] / (within / df[1])
    return f, fdtrc(*df, f), *df


def fligner_killeen(centred: Array, codes: NDArray[np.int64]) -> tuple[Array, Array, int]:
    """Chi-squared and p of every region, and the degrees of freedom; as ``brown_forsythe``."""
    from scipy.stats import rankdata  # 0.7 s to import, for this test only

    n = len(codes)
    scores = ndtri(0.5 + rankdata(np.abs(centred), axis=0) / (2 * (n + 1)))
    between, _, k = _split(scores, codes)
    with np.errstate(invalid="ignore", divide="ignore"):
        chi_squared = between / scores.var(axis=0, ddof=1)
    return chi_squared, chdtrc(k - 1, chi_squared), k - 1


def largest_ratio(values: Array, codes: NDArray[np.int64]) -> Array:
    """Largest over smallest SD of a batch, (region,); NaN where an SD is 0."""
    sds = np.array([values[codes == code].std(axis=0, ddof=1) for code in in_use(codes)])
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = sds.max(axis=0) / sds.min(axis=0)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def _split(values: Array, codes: NDArray[np.int64]) -> tuple[Array, Array, int]:
    """Sums of squares between and within batches, and how many batches there are."""
    present = in_use(codes)
    own = np.searchsorted(present, codes)
    member = np.eye(len(present))[own]
    means = member.T @ values / member.sum(axis=0)[:, None]
    between = np.sum((means[own] - values.mean(axis=0)) ** 2, axis=0)
    return between, np.sum((values - means[own]) ** 2, axis=0), len(present)


#: Of a region's own sum of squares: less is rounding.
NOTHING = 1e-20


def batch_tests(data: BeforeAfter) -> pd.DataFrame:
    """Test every region before and after.

    Returns
    -------
    DataFrame
        Columns ``BATCH_TESTS``. ``mean``: partial F of batch given the preserved covariates.
        ``brown_forsythe`` and ``fligner_killeen``: of the residuals of the model with batch
        and covariates, in batches with at least three scans. A test that cannot be made has
        no p.
    """
    chosen = data.independent
    codes, columns = data.batches.codes[chosen], data.preserved.columns[chosen]
    parts = []
    for stage, values in data.values.items():
        tested = pd.concat(_patterns(values[chosen], codes, columns), ignore_index=True)
        adjusted = tested.groupby("test")["p_value"].transform(lambda p: adjust(p, "bh"))
        parts.append(tested.assign(stage=stage, p_adjusted=adjusted))
    table = pd.concat(parts, ignore_index=True)
    place = table["region"].to_numpy(int)
    table["region"] = np.array(data.regions, dtype=object)[place]
    order = np.lexsort((table["test"].map(TESTS.index), place))
    return table.iloc[order][names(BATCH_TESTS)].reset_index(drop=True)


def batch_test_counts(tests: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """How many regions differ between batches, columns ``BATCH_TEST_COUNTS``."""
    rows = []
    for (test, stage), part in tests.groupby(["test", "stage"], sort=False):
        known = part[part["p_value"].notna()]
        rows.append({
            "test": test,
            "stage": stage,
            "n_regions": len(known),
            "n_below": int((known["p_value"] < alpha).sum()),
            "n_below_adjusted": int((known["p_adjusted"] < alpha).sum()),
            "size_median": known["size"].median(),
            "size_largest": known["size"].max(),
            "alpha": alpha,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=names(BATCH_TEST_COUNTS))


def _patterns(values: Array, codes: NDArray[np.int64], columns: Array) -> Iterator[pd.DataFrame]:
    """Tests of the regions that share their missing cells; ``region`` is a position."""
    for rows, regions in missing_patterns(~np.isnan(values)):
        block, own = values[np.ix_(rows, regions)], codes[rows]
        beyond = residuals(block, basis(with_batches(own, columns[rows])))
        tests = [_mean(block, beyond, own, columns[rows]), *_spread(beyond, own)]
        yield pd.concat([test.assign(region=regions) for test in tests])


def _mean(block: Array, beyond: Array, codes: NDArray[np.int64], columns: Array) -> pd.DataFrame:
    alone = basis(with_intercept(columns))
    rank = basis(with_batches(codes, columns)).shape[1]
    df = (rank - alone.shape[1], len(codes) - rank)
    within = np.sum(beyond**2, axis=0)
    total = np.sum(residuals(block, alone) ** 2, axis=0)
    between = np.maximum(total - within, 0.0)
    between[between < NOTHING * np.sum(block**2, axis=0)] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        size, f = between / total, between / df[0] / (within / df[1])
    f = np.where(min(df) > 0, f, np.nan)
    return _table(MEAN, size, f, fdtrc(*df, f), codes, *df)


def _spread(beyond: Array, codes: NDArray[np.int64]) -> Iterator[pd.DataFrame]:
    enough = comparable(codes)
    own, left = codes[enough], beyond[enough]
    if len(in_use(own)) < 2:
        nothing = np.full(beyond.shape[1], np.nan)
        for test in (BROWN_FORSYTHE, FLIGNER_KILLEEN):
            yield _table(test, nothing, nothing, nothing, own, np.nan, np.nan)
        return
    ratio, centred = largest_ratio(left, own), around_medians(left, own)
    f, p, *df = brown_forsythe(centred, own)
    yield _table(BROWN_FORSYTHE, ratio, f, p, own, *df)
    chi_squared, p, freedom = fligner_killeen(centred, own)
    yield _table(FLIGNER_KILLEEN, ratio, chi_squared, p, own, freedom, np.nan)


def _table(
    test: str,
    size: Array,
    statistic: Array,
    p: Array,
    codes: NDArray[np.int64],
    df: float,
    rest: float,
) -> pd.DataFrame:
    known = {"size": size, "statistic": statistic, "p_value": p}
    counts = {"numerator_df": df, "denominator_df": rest, "n_scans": len(codes)}
    return pd.DataFrame(known).assign(test=test, **counts, n_batches=len(in_use(codes)))
