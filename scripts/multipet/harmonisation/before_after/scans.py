"""The scans of a study before and after harmonisation, cell by cell comparable."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.columns import SCAN, names
from multipet.core.columns.harmonisation import STAGES
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import Batches, read_batches
from multipet.harmonisation.covariate_recipe import Preserved, preserved_columns
from multipet.ingest.scans import KEY, scan_table


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """Values before and after, of the scans that have every preserved covariate.

    Attributes
    ----------
    scans
        One row a scan: participant_id, session, site, scanner and covariates.
    regions
        Names of the regions.
    values
        Of each of ``STAGES``, (scan, region), analysis scale; a cell is missing in both
        where it is missing in either.
    batches
        Batch of every scan.
    preserved
        Covariates whose effects the harmonisation left in place, as columns.
    n_left_out
        Scans of the table that lack a preserved covariate or have no value after.
    log
        Whether the values are logarithms.
    """

    scans: pd.DataFrame
    regions: tuple[str, ...]
    values: dict[str, Array]
    batches: Batches
    preserved: Preserved
    n_left_out: int
    log: bool

    @cached_property
    def people(self) -> NDArray[np.int64]:
        """Number of each scan's person."""
        return pd.factorize(self.scans["participant_id"])[0]

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Positions of the scans by person, and by session within a person."""
        sessions = self.scans["session"].astype(str)
        as_number = pd.to_numeric(sessions, errors="coerce")
        return np.lexsort((sessions, as_number.fillna(np.inf), self.people))

    @cached_property
    def independent(self) -> NDArray[np.bool_]:
        """The first scan of each person in each batch: what tests count as one, (scan,)."""
        seen = pd.DataFrame({"person": self.people, "batch": self.batches.codes})
        return ~seen.iloc[self.order].duplicated().sort_index().to_numpy()

    @property
    def covariates(self) -> list[str]:
        """Covariates of the table: numbers and levels."""
        own = set(names(SCAN))
        return [
            name
            for name, column in self.scans.items()
            if name not in own
            and (column.dtype == "category" or pd.api.types.is_numeric_dtype(column))
        ]


def before_after(
    pooled: pd.DataFrame,
    harmonised: pd.DataFrame,
    batch: str | Sequence[str],
    preserve: str,
    scale: str,
    splines: Sequence[str] = (),
) -> BeforeAfter:
    """Put the raw and the harmonised table side by side.

    Parameters
    ----------
    pooled, harmonised
        One row a scan x region, the same rows in both.
    batch, preserve
        As ``harmonisation.harmonise`` got them.
    scale
        ``log`` or ``identity``: scale of the analysis.
    splines
        Numbers that were preserved as splines.

    Raises
    ------
    ValueError
        If the tables do not hold the same scans.
    """
    raw, after = scan_table(pooled, scale), scan_table(harmonised, scale)
    if not raw[KEY].astype(str).equals(after[KEY].astype(str)):
        raise ValueError("the harmonised table does not hold the scans of the pooled one")
    regions = [str(region) for region in pooled["region"].cat.categories]
    values = [table[regions].to_numpy(float) for table in (raw, after)]
    missing = np.isnan(values[0]) | np.isnan(values[1])
    kept = preserved_columns(raw, preserve, splines=splines).usable & ~missing.all(axis=1)
    usable = raw[kept].reset_index(drop=True)
    values = [np.where(missing, np.nan, each)[kept] for each in values]
    return BeforeAfter(
        scans=usable.drop(columns=regions),
        regions=tuple(regions),
        values=dict(zip(STAGES, values, strict=True)),
        batches=read_batches(usable, batch),
        preserved=preserved_columns(usable, preserve, splines=splines),
        n_left_out=int((~kept).sum()),
        log=scale == "log",
    )
