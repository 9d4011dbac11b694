"""Who was scanned in which batch, and how much of each covariate lies between batches."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.columns import names
from multipet.core.columns.harmonisation import BATCHES, COVARIATE_SHARES
from multipet.formulas.formula import parse_formula
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.before_after.regression import explained
from multipet.harmonisation.before_after.scans import BeforeAfter
from multipet.harmonisation.preserved import preserved_columns
from multipet.inference.naive_error import type_one_error

LEVEL = re.compile(r"\[[^\]]*\]")
NO_WORD = re.compile(r"\W+")


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
