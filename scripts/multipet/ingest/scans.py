"""The scan table: one row a scan, one column a region, on the scale that models are fitted on."""

import numpy as np
import pandas as pd

KEY = ["site", "participant_id", "session"]


def scan_table(pooled: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Turn a pooled or harmonised table into one row a scan.

    Parameters
    ----------
    pooled
        One row a scan x region: participant_id, session, site, scanner, region, value and
        covariates; site, scanner, region and level covariates are categoricals.
    scale
        ``identity``, or ``log``: then the values are natural logarithms.

    Returns
    -------
    DataFrame
        Scans in the order of their first rows; the columns of ``pooled`` but region and
        value, then a column a region in the order of its levels. Missing values are NaN.

    Raises
    ------
    ValueError
        If a scan has a region twice, or a value has no logarithm.
    """
    columns = [name for name in pooled.columns if name not in ("region", "value")]
    of_scan = pooled.groupby(KEY, sort=False, observed=True).ngroup().to_numpy()
    of_region = pooled["region"].cat.codes.to_numpy()
    cells = of_scan * len(pooled["region"].cat.categories) + of_region
    if len(np.unique(cells)) < len(cells):
        raise ValueError("a scan has a region twice in the pooled table")
    first = ~pd.Series(of_scan).duplicated().to_numpy()
    scans = pooled.loc[first, columns].reset_index(drop=True)
    outcome = np.full((len(scans), len(pooled["region"].cat.categories)), np.nan)
    outcome[of_scan, of_region] = on_scale(pooled["value"].to_numpy(float), scale)
    regions = pd.DataFrame(outcome, columns=list(pooled["region"].cat.categories))
    return pd.concat([scans, regions], axis=1)


def on_scale(values: np.ndarray, scale: str) -> np.ndarray:
    """Values as models see them: as they are, or their natural logarithms (``log``)."""
    if scale == "identity":
        return values
    if np.any(values <= 0):
        raise ValueError(f"{np.sum(values <= 0)} values of 0 or less have no logarithm")
    return np.log(values)
