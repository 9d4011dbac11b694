"""Do batches differ, beyond what the covariates explain? In mean and in spread, region by region.

One scan of each person and batch takes part, so that repeated scans do not count as those of
several people. A person scanned in several batches counts once in each: batches then differ by
less than their residuals suggest, and the test of means errs on the side of no difference.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import fdtrc

from multipet.columns import names
from multipet.harmonisation.batch_design import Array, missing_patterns
from multipet.harmonisation_checks.before_after import BeforeAfter
from multipet.harmonisation_checks.check_columns import (
    BATCH_TEST_COUNTS,
    BATCH_TESTS,
    BROWN_FORSYTHE,
    FLIGNER_KILLEEN,
    MEAN,
    TESTS,
)
from multipet.harmonisation_checks.regression import basis, residuals, with_batches, with_intercept
from multipet.harmonisation_checks.spread_tests import (
    around_medians,
    brown_forsythe,
    comparable,
    fligner_killeen,
    in_use,
    largest_ratio,
)
from multipet.inference.multiplicity import adjust

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
    chi_squared, p, df = fligner_killeen(centred, own)
    yield _table(FLIGNER_KILLEEN, ratio, chi_squared, p, own, df, np.nan)


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
