"""Did the effects of the preserved covariates stay? Coefficients before and after."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.columns import names
from multipet.core.columns.harmonisation import COVARIATE_EFFECTS, EFFECT_AGREEMENT
from multipet.harmonisation.batch_design import Array, missing_patterns
from multipet.harmonisation.before_after.regression import (
    basis,
    residuals,
    with_batches,
    with_intercept,
)
from multipet.harmonisation.before_after.scans import BeforeAfter

REACH = 1.96


def covariate_effects(data: BeforeAfter) -> pd.DataFrame:
    """Least-squares coefficients of all scans, columns ``COVARIATE_EFFECTS``.

    Before: raw values, a fixed effect of every batch. After: harmonised values, none. Standard
    errors are clustered by person (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13) and leave
    out what the harmonisation itself cost; they say how large a change is, and test nothing.
    """
    codes, columns, people = data.batches.codes, data.preserved.columns, data.people
    shape = (len(data.preserved.names), len(data.regions))
    results = {}
    for stage, values in data.values.items():
        found, errors = np.full(shape, np.nan), np.full(shape, np.nan)
        for rows, regions in missing_patterns(~np.isnan(values)):
            own = columns[rows]
            others = with_batches(codes[rows], own[:, :0])
            if stage == "after":
                others = with_intercept(own[:, :0])
            block = values[np.ix_(rows, regions)]
            found[:, regions], errors[:, regions] = _coefficients(block, own, others, people[rows])
        results[stage], results[f"{stage}_se"] = found.ravel(), errors.ravel()
    table = pd.DataFrame(results).assign(
        column=np.repeat(np.array(data.preserved.names, dtype=object), shape[1]),
        region=np.tile(np.array(data.regions, dtype=object), shape[0]),
    )
    return table[names(COVARIATE_EFFECTS)]


def effect_agreement(effects: pd.DataFrame) -> pd.DataFrame:
    """How far the coefficients moved, over regions, columns ``EFFECT_AGREEMENT``."""
    rows = []
    for column, part in effects.groupby("column", sort=False):
        known = part.dropna()
        moved = (known["after"] - known["before"]).abs() / known["before_se"]
        rows.append({
            "column": column,
            "n_regions": len(known),
            "median_difference": moved.median(),
            "largest_difference": moved.max(),
            "n_within": int((moved <= REACH).sum()),
            "n_sign": int((known["after"] * known["before"] < 0).sum()),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=names(EFFECT_AGREEMENT))


def _coefficients(
    block: Array, columns: Array, others: Array, people: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Coefficients of ``columns`` beside ``others``, and errors, (column, region).

    A column that the others determine has none.
    """
    found = np.full((columns.shape[1], block.shape[1]), np.nan)
    errors = found.copy()
    whole = basis(np.hstack([others, columns]))
    left = residuals(block, whole)
    groups, person = np.unique(people, return_inverse=True)
    n, g = len(block), len(groups)
    if g < 2 or n <= whole.shape[1]:
        return found, errors
    larger = np.sqrt(g / (g - 1) * (n - 1) / (n - whole.shape[1]))
    for k in range(columns.shape[1]):
        column = columns[:, k : k + 1]
        # what the column alone says (Frisch & Waugh): its coefficient is a ratio of sums
        rest = residuals(column, basis(np.hstack([others, np.delete(columns, k, axis=1)])))[:, 0]
        length = float(rest @ rest)
        if not length > 1e-20 * float(column[:, 0] @ column[:, 0]):
            continue
        found[k] = rest @ block / length
        scores = np.zeros((g, block.shape[1]))
        np.add.at(scores, person, rest[:, None] * left)
        errors[k] = larger * np.sqrt(np.sum(scores**2, axis=0)) / length
    return found, errors
