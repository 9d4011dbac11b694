"""Estimated batch effects as a table and as parameters that can be read back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.columns import Column
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects
from multipet.harmonisation.batches import Batches

SITE_EFFECTS = (
    Column("batch", "batch: scans acquired under the same conditions", kind="text"),
    Column("region", "brain region", kind="text"),
    Column("shift", "what is subtracted from the residuals, analysis scale"),
    Column("scale", "what the residuals are divided by after that", "1"),
    Column("shift_raw", "shift as estimated, before shrinkage, same scale"),
    Column("scale_raw", "scale as estimated, before shrinkage", "1"),
    Column("n", "scans of the batch with a value in the region", "1"),
)


def site_effects_table(
    batches: Batches, regions: Sequence[str], effects: BatchEffects, adjustment: Adjustment
) -> pd.DataFrame:
    """One row a batch and region, columns ``SITE_EFFECTS``."""
    return pd.DataFrame(
        {
            "batch": np.repeat(batches.labels, len(regions)),
            "region": np.tile(np.asarray(regions, dtype=object), len(batches.labels)),
            "shift": (adjustment.shift * effects.pooled_sd).ravel(),
            "scale": np.sqrt(adjustment.variance).ravel(),
            "shift_raw": (effects.shift * effects.pooled_sd).ravel(),
            "scale_raw": np.sqrt(effects.variance).ravel(),
            "n": effects.n.ravel(),
        }
    )


def harmonisation_parameters(
    batches: Batches,
    regions: Sequence[str],
    covariates: Sequence[str],
    effects: BatchEffects,
    adjustment: Adjustment,
) -> dict[str, Any]:
    """All that was estimated, JSON-able: ``None`` where a batch lacks a region.

    Returns
    -------
    dict
        ``regions``: of each its grand mean, residual SD and covariate coefficients;
        ``batches``: of each its scans, prior (in residual SD) and per region shift and scale.
    """
    scans = np.bincount(batches.codes, minlength=len(batches.labels))
    rows = site_effects_table(batches, regions, effects, adjustment)
    by_batch = {label: part.drop(columns="batch") for label, part in rows.groupby("batch")}
    return {
        "batch_columns": list(batches.columns),
        "regions": {
            region: {
                "grand_mean": _number(effects.grand_mean[k]),
                "residual_sd": _number(effects.pooled_sd[k]),
                "coefficients": _numbers(covariates, effects.coefficients[:, k]),
            }
            for k, region in enumerate(regions)
        },
        "batches": {
            label: {
                "n_scans": int(scans[code]),
                "prior": {name: _number(value[code]) for name, value in adjustment.prior.items()},
                "regions": {
                    row.pop("region"): {name: _number(value) for name, value in row.items()}
                    for row in by_batch[label].to_dict("records")
                },
            }
            for code, label in enumerate(batches.labels)
        },
    }


def _numbers(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in zip(names, values, strict=True)}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
