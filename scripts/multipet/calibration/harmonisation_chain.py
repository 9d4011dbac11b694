"""A harmonisation made ready once, and then repeated for any number of draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.config.methods import Options
from multipet.harmonisation.harmonise import prepare
from multipet.harmonisation.methods import batch_method
from multipet.harmonisation.methods.method import estimate

Array = NDArray[np.float64]
Repeat = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class HarmonisationChain:
    """One harmonisation of one table.

    Attributes
    ----------
    values
        Raw values, (scan, region); NaN = missing, or made missing by the harmonisation.
    repeat
        From values in the same cells, (draw, scan, region), to harmonised ones, each draw by
        itself.
    """

    values: Array
    repeat: Repeat


def harmonisation_chain(
    table: pd.DataFrame, regions: Sequence[str], settings: Mapping[str, Any]
) -> HarmonisationChain:
    """Make a harmonisation ready, by the steps of ``harmonise``.

    What that decides once, which cells are missing and which regions stay as delivered, is
    decided here once too.

    Raises
    ------
    UserError
        Where ``harmonise`` refuses.
    """
    method, options = batch_method(settings["method"]), Options.configured(settings)
    prepared = prepare(
        table, regions, settings["batch"], settings["preserve"], settings["method"], options
    )
    estimated = estimate(method, prepared.scans, options, prepared.notes)
    rows, alone = np.flatnonzero(prepared.preserved.usable), list(estimated.alone)
    values = np.full_like(prepared.values, np.nan)
    lost = np.isnan(estimated.removal.harmonised)
    values[rows] = np.where(lost, np.nan, prepared.scans.values)
    design = values[rows]
    design[:, alone] = np.nan  # these regions stay as delivered
    scans = replace(prepared.scans, values=design)
    step = method.ready(scans, options, method.shrink(options.prior))

    def repeat(sheets: Array) -> Array:
        harmonised, used = sheets.copy(), sheets[:, rows]
        used[..., alone] = np.nan
        done = step(used).harmonised
        done[..., alone] = sheets[:, rows][..., alone]
        harmonised[:, rows] = done
        return harmonised

    return HarmonisationChain(values, repeat)
