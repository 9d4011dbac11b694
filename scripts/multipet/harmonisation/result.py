"""What a harmonisation gives back, with its batch effects as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.columns import Column
from multipet.core.findings import Finding
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects
from multipet.harmonisation.batches import Batches


@dataclass(frozen=True, eq=False)
class Harmonised:
    """Harmonised values and how they came about.

    Attributes
    ----------
    table
        The rows of the table given, its regions replaced.
    parameters
        Settings and everything estimated; JSON-able, ``parameters_dictionary`` says what each
        means, ``apply_parameters`` takes them for other scans.
    findings
        Checks that fired, stage ``harmonise``. Scans are named as the table names them; where
        it has no ``participant_id``, by row (1 = header).
    site_effects
        One row a batch and region, columns ``site_effects.SITE_EFFECTS``; no row where nothing
        was estimated (``linear_scale``).
    """

    table: pd.DataFrame
    parameters: dict[str, Any]
    findings: list[Finding]
    site_effects: pd.DataFrame


def with_values(
    table: pd.DataFrame, regions: Sequence[str], values: NDArray[np.float64]
) -> pd.DataFrame:
    """Copy of ``table`` with the values of its regions replaced, (scan, region)."""
    new = pd.DataFrame(values, columns=list(regions), index=table.index)
    rest = table.drop(columns=list(regions))
    return pd.concat([rest, new], axis=1)[list(table.columns)]


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
