"""The pooled table with its values harmonised."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipet.config.methods import METHODS, Options
from multipet.core.files import read_json
from multipet.core.problems import Problem, UserError
from multipet.harmonisation.apply import apply_parameters
from multipet.harmonisation.findings import unpreserved_findings
from multipet.harmonisation.harmonise import harmonise_with
from multipet.harmonisation.scan_values import Harmonised
from multipet.ingest.scans import KEY, scan_table


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
        ``method``, ``batch``, ``preserve`` and options of ``harmonise``, empty: none; of
        method ``saved``: ``parameters``, a file, and ``new_batches``.
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
    scans = scan_table(pooled, scale)
    regions = tuple(map(str, pooled["region"].cat.categories))
    try:
        harmonised = _harmonised(scans, regions, settings, log=scale == "log")
    except UserError as error:
        start = f"harmonisation.{name}"
        raise UserError(
            replace(problem, where=f"{start}.{problem.where}") for problem in error.problems
        ) from None
    values = _values_of(pooled, harmonised.table)
    return pooled.assign(value=np.exp(values) if scale == "log" else values), harmonised


def _harmonised(
    scans: pd.DataFrame, regions: Sequence[str], settings: Mapping[str, Any], log: bool
) -> Harmonised:
    method: str = settings["method"]
    asked: Any = settings.get("new_batches") or "error"
    if METHODS[method].reads_parameters:
        parameters = read_saved(settings["parameters"])
        return apply_parameters(scans, regions, parameters, new_batches=asked, log=log)
    options = Options.configured(settings, tested=settings.get("tested", ()), log=log)
    at = (settings["batch"], settings["preserve"], method)
    harmonised = harmonise_with(scans, regions, *at, options)
    more = unpreserved_findings(settings.get("unpreserved", ()), settings["preserve"])
    return replace(harmonised, findings=[*harmonised.findings, *more])


def read_saved(path: Path | str) -> dict[str, Any]:
    """Read a file of parameters.

    Raises
    ------
    UserError
        If there is none, or it is no JSON object.
    """
    try:
        parameters = read_json(path)
    except FileNotFoundError:
        raise UserError(Problem("parameters", f'no file "{path}"')) from None
    except (OSError, ValueError) as error:
        raise UserError(Problem("parameters", f'cannot read "{path}": {error}')) from None
    if not isinstance(parameters, dict):
        raise UserError(Problem("parameters", f'"{path}" holds no parameters'))
    return parameters


def _values_of(pooled: pd.DataFrame, scans: pd.DataFrame) -> np.ndarray:
    regions = list(map(str, pooled["region"].cat.categories))
    row_of_scan = pd.Series(np.arange(len(scans)), index=_index(scans))
    rows = row_of_scan.loc[_index(pooled)].to_numpy()
    return scans[regions].to_numpy()[rows, pooled["region"].cat.codes.to_numpy()]


def _index(table: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(table[KEY].astype(str))
