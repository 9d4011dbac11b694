"""What a harmonisation gives back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.findings import Finding


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
