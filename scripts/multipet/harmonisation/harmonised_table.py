"""The pooled table with its values harmonised."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.scans import KEY, scan_table
from multipet.harmonisation.harmonise import Harmonised, harmonise
from multipet.problems import UserError


def harmonise_pooled(
    pooled: pd.DataFrame, name: str, settings: Mapping[str, Any], scale: str
) -> tuple[pd.DataFrame, Harmonised]:
    """Harmonise on the analysis scale, and give values back on the scale as delivered.

    Parameters
    ----------
    pooled
        One row = scan x region, columns as ``columns.SCAN_REGION``, then covariates.
    name
        Of the harmonisation in the config.
    settings
        ``method``, ``batch``, ``preserve``, ``reference`` (empty: none).
    scale
        ``log`` or ``identity``: scale of the analysis.

    Returns
    -------
    DataFrame
        The rows and columns of ``pooled``.
    Harmonised
        On the analysis scale.

    Raises
    ------
    UserError
        See ``harmonise``; each problem names its key of the config.
    """
    try:
        harmonised = harmonise(
            scan_table(pooled, scale),
            tuple(map(str, pooled["region"].cat.categories)),
            settings["batch"],
            settings["preserve"],
            settings["method"],
            reference=settings.get("reference") or None,
            tested=settings.get("tested", ()),
            log=scale == "log",
        )
    except UserError as error:
        start = f"harmonisation.{name}"
        raise UserError(
            replace(problem, where=f"{start}.{problem.where}") for problem in error.problems
        ) from None
    values = _values_of(pooled, harmonised.table)
    return pooled.assign(value=np.exp(values) if scale == "log" else values), harmonised


def _values_of(pooled: pd.DataFrame, scans: pd.DataFrame) -> np.ndarray:
    regions = list(map(str, pooled["region"].cat.categories))
    row_of_scan = pd.Series(np.arange(len(scans)), index=_index(scans))
    rows = row_of_scan.loc[_index(pooled)].to_numpy()
    return scans[regions].to_numpy()[rows, pooled["region"].cat.codes.to_numpy()]


def _index(table: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(table[KEY].astype(str))
