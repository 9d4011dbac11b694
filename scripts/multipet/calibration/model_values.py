"""The values that a model is fitted to, and where each of them is among scans and regions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.analysis.contrast.estimates import RegionEstimate
from multipet.analysis.model.fitted_specification import JOINT, model_table
from multipet.calibration.model_part import ModelPart, joint_part, separate_parts
from multipet.ingest.scans import KEY, scan_table

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ModelValues:
    """Raw values as harmonisation and model see them.

    Attributes
    ----------
    scans
        One row a scan, one column a region, analysis scale, raw.
    regions
        Columns of ``scans`` with values.
    fitted
        The table that the model is fitted to: ``scans``, or one row a scan x region.
    scan, region
        Position of each row of a joint model's table; None where regions are fitted apart.
    """

    scans: pd.DataFrame
    regions: tuple[str, ...]
    fitted: pd.DataFrame
    scan: NDArray[np.int64] | None = None
    region: NDArray[np.int64] | None = None

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Columns of the fitted table that are outcomes."""
        return self.regions if self.scan is None else (JOINT,)

    def with_values(self, sheet: Array) -> pd.DataFrame:
        """The table that the model is fitted to, with the values of ``sheet``, (scan, region)."""
        if self.scan is None:
            return self.fitted.assign(**dict(zip(self.regions, sheet.T, strict=True)))
        return self.fitted.assign(**{JOINT: sheet[self.scan, self.region]})

    def parts(self, found: Sequence[RegionEstimate]) -> list[ModelPart]:
        """Designs of the answers to one comparison."""
        if self.scan is None:
            return separate_parts(found, self.regions)
        return [joint_part(found, self.scan, self.region)]


def separate_values(scans: pd.DataFrame, regions: Sequence[str]) -> ModelValues:
    """Values of a model that is fitted in each region by itself."""
    return ModelValues(scans, tuple(regions), scans)


def pooled_values(pooled: pd.DataFrame, how: str, scale: str, site_means: str = "") -> ModelValues:
    """Values of a model of the workflow.

    Parameters
    ----------
    pooled
        Raw, one row a scan x region.
    how, scale, site_means
        As for ``analysis.model_plan.model_table``.
    """
    fitted, _ = model_table(pooled, how, scale, site_means)
    scans = scan_table(pooled, scale)
    regions = tuple(map(str, pooled["region"].cat.categories))
    if how == "separate":
        return ModelValues(scans, regions, fitted)
    scan = pooled.groupby(KEY, sort=False, observed=True).ngroup().to_numpy()
    return ModelValues(scans, regions, fitted, scan, pooled["region"].cat.codes.to_numpy(int))
