"""Estimated batch effects as a table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

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


def no_site_effects() -> pd.DataFrame:
    """No row, columns ``SITE_EFFECTS``."""
    kinds = {column.name: "str" if column.kind == "text" else float for column in SITE_EFFECTS}
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})
