"""Covariates of the batches: who was scanned where, what lies between, and what stayed of it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.columns import names
from multipet.core.columns.harmonisation import (
    BATCHES,
    COVARIATE_EFFECTS,
    COVARIATE_SHARES,
    EFFECT_AGREEMENT,
)
from multipet.formulas.formula import parse_formula
from multipet.harmonisation.batch_design import (
    Array,
    basis,
    explained,
    missing_patterns,
    residuals,
    with_batches,
    with_intercept,
)
from multipet.harmonisation.before_after.scans import BeforeAfter
from multipet.harmonisation.covariate_recipe import preserved_columns
from multipet.inference.naive_error import type_one_error

LEVEL = re.compile(r"\[[^\]]*\]")
NO_WORD = re.compile(r"\W+")
REACH = 1.96


def batch_table(data: BeforeAfter) -> pd.DataFrame:
    """Scans, people and every covariate of every batch, columns ``BATCHES``.

    ``difference`` is that of means or proportions in units of the root of the mean of both
    variances (Austin 2009, doi:10.1080/03610910902859574).
    """
    rows = []
    for code, label in enumerate(data.batches.labels):
        own = data.batches.codes == code
        known = {
            "batch": label,
            "n_scans": int(own.sum()),
            "n_people": len(np.unique(data.people[own])),
        }
        rows.append({**known, "variable": "", "level": ""})
        for name in data.covariates:
            described = _described(data.scans[name], own)
            rows += [{**known, "variable": name, **row} for row in described]
    return pd.DataFrame(rows, columns=names(BATCHES))


def share_table(data: BeforeAfter, tested: Sequence[str]) -> pd.DataFrame:
    """How much of each covariate lies between batches, columns ``COVARIATE_SHARES``.

    Parameters
    ----------
    data
        Scans.
    tested
        Variables that contrasts on the harmonised values compare.
    """
    preserved, kept = data.preserved, parse_formula(data.preserved.text).variables
    batch = np.eye(len(data.batches.labels))[data.batches.codes]
    rows = []
    for k, name in enumerate(preserved.names):
        column, others = preserved.columns[:, k], np.delete(preserved.columns, k, axis=1)
        rows.append({**_names(name, kept, tested), **_shares(column, batch, others)})
    for variable in (name for name in tested if name not in kept):
        alone = preserved_columns(data.scans, f"`{variable}`", "tested")
        member, others = batch[alone.usable], preserved.columns[alone.usable]
        for k, name in enumerate(alone.names):
            shares = _shares(alone.columns[:, k], member, others)
            rows.append({**_names(name, (variable,), tested), **shares})
    return pd.DataFrame(rows, columns=names(COVARIATE_SHARES))


def _names(column: str, variables: Sequence[str], tested: Sequence[str]) -> dict[str, str]:
    of_column = variables_in(column, list(variables))
    return {
        "column": column,
        "variable": " ".join(of_column),
        "tested": "yes" if set(of_column) & set(tested) else "",
    }


def _shares(column: Array, batch: Array, others: Array) -> dict[str, float]:
    share = explained(column, batch, np.empty((len(column), 0)))
    return {
        "share": share,
        "partial_share": explained(column, batch, others),
        "predicted_error": type_one_error(share),
    }


def variables_in(column: str, variables: Sequence[str]) -> list[str]:
    """Those of ``variables`` that a design column is made of: ``group`` of ``age:group[b]``."""
    outside = LEVEL.sub(" ", column)
    words = set(NO_WORD.split(outside))
    return [name for name in variables if name in words or f"`{name}`" in outside]


def _described(column: pd.Series, own: NDArray[np.bool_]) -> Iterator[dict[str, Any]]:
    if column.dtype != "category":
        yield {"level": "", **_number(column.to_numpy(float), own)}
        return
    codes = column.cat.codes.to_numpy()
    inside, outside = codes[own & (codes >= 0)], codes[~own & (codes >= 0)]
    for code, level in enumerate(column.cat.categories):
        shares = [_mean(part == code) for part in (inside, outside)]
        yield {
            "level": str(level),
            "n": int((inside == code).sum()),
            "share": shares[0],
            "difference": _standardised(*shares, *(p * (1 - p) for p in shares)),
        }


def _number(values: Array, own: NDArray[np.bool_]) -> dict[str, Any]:
    known = np.isfinite(values)
    inside, outside = values[own & known], values[~own & known]
    means = _mean(inside), _mean(outside)
    spreads = [part.var(ddof=1) if len(part) > 1 else np.nan for part in (inside, outside)]
    return {
        "n": len(inside),
        "mean": means[0],
        "sd": np.sqrt(spreads[0]),
        "difference": _standardised(*means, *spreads),
    }


def _standardised(inside: float, outside: float, *variances: float) -> float:
    spread = np.sqrt(np.mean(variances))
    if inside == outside:
        return 0.0
    return float((inside - outside) / spread) if spread > 0 else float("nan")


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")


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
