"""Outcomes that share one design, and where their values are among scans and regions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from multipet.analysis.contrast.estimates import RegionEstimate
from multipet.calibration.variance_ratios import GridStart, grid_start
from multipet.mixed_model.wald import WaldDesign, wald_statistics

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ModelPart:
    """One design of a comparison.

    Attributes
    ----------
    design
        With one residual variance.
    weights
        The comparison in terms of the fixed effects, (contrast, effect).
    scan, region
        Cell of every value in a sheet (scan, region): shapes (row, 1) and (1, outcome), in a
        joint model (row, 1) both.
    estimates
        What the parts' statistics belong to: one an outcome, in a joint model one a contrast.
    """

    design: WaldDesign
    weights: Array
    scan: NDArray[np.int64]
    region: NDArray[np.int64]
    estimates: tuple[RegionEstimate, ...]

    def statistics(self, sheets: Array) -> tuple[Array, Array]:
        """Estimates and standard errors, (draw, answer), of sheets (draw, scan, region)."""
        values = np.moveaxis(sheets[:, self.scan, self.region], 0, 1)
        draws, outcomes = values.shape[1:]
        flat = values.reshape(len(values), -1)
        found = wald_statistics(self.design, flat, self.weights, start=self._start)
        shape = (len(self.weights), draws, outcomes)
        estimate, error = (np.moveaxis(part.reshape(shape), 0, 1) for part in found)
        return estimate.reshape(draws, -1), error.reshape(draws, -1)

    @cached_property
    def _start(self) -> GridStart | None:
        """Where to search for variances; made once for all draws."""
        return grid_start(self.design.products)


def separate_parts(found: Sequence[RegionEstimate], regions: Sequence[str]) -> list[ModelPart]:
    """Parts of a model that is fitted in each region by itself: answers to one comparison."""
    position = {region: k for k, region in enumerate(regions)}
    together: dict[int, list[RegionEstimate]] = {}
    for answer in found:
        together.setdefault(id(answer.fit.design), []).append(answer)
    return [
        ModelPart(
            _wald_design(same[0]),
            _weights(same[:1]),
            same[0].fit.rows[:, None],
            np.array([[position[answer.region] for answer in same]]),
            tuple(same),
        )
        for same in together.values()
    ]


def joint_part(found: Sequence[RegionEstimate], scan: np.ndarray, region: np.ndarray) -> ModelPart:
    """The part of a joint model.

    Parameters
    ----------
    found
        Answers to one comparison, at every region that it is asked at.
    scan, region
        Position of each row of the fitted table.
    """
    rows = found[0].fit.rows
    cells = scan[rows][:, None], region[rows][:, None]
    return ModelPart(_wald_design(found[0]), _weights(found), *cells, tuple(found))


def _wald_design(answer: RegionEstimate) -> WaldDesign:
    return WaldDesign.of(replace(answer.fit.design, residual=None))


def _weights(found: Sequence[RegionEstimate]) -> Array:
    names = found[0].fit.design.coefficients
    return np.array([[answer.weights.get(name, 0.0) for name in names] for answer in found])
