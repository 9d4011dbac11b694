"""What a reader must know of the covariates that harmonisation preserved, or could not."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.findings import Finding
from multipet.harmonisation.covariate_recipe import CovariateRecipe
from multipet.harmonisation.harmonisation_findings import Notes, of_region
from multipet.harmonisation.spline_terms import LEAST_VALUES
from multipet.problems import listed


def covariate_findings(
    recipe: CovariateRecipe, table: pd.DataFrame, usable: NDArray[np.bool_], notes: Notes
) -> Iterator[Finding]:
    """Covariates that the fitted scans tell nothing of, or little.

    Parameters
    ----------
    table, usable
        Scans to be harmonised, and which of them have every covariate.
    """
    for name in recipe.left_out:
        message = (
            f'"{name}" has one value in the scans that batch effects are estimated from: its '
            "effect is unknown there, and is divided by the batches' scales with the residuals"
        )
        yield of_region("constant_in_subset", message, value=name)
    for name, covariate in recipe.covariates.items():
        if covariate.unseen:
            message = (
                f'"{name}": no scan of {listed(covariate.unseen)} among those that batch effects '
                "are estimated from: taken as the mean of the other levels, and its difference "
                "from them divided by the batches' scales with the residuals"
            )
            yield of_region("level_not_in_subset", message, value=name)
        if not covariate.levels:
            yield from _beyond(name, covariate.low, covariate.high, table, usable, notes)
    if recipe.straight:
        message = (
            f"{listed(recipe.straight)}: fewer than {LEAST_VALUES} different values or not named "
            "for a spline, so preserved as straight lines"
        )
        yield of_region("spline_left_straight", message, value=", ".join(recipe.straight))


def _beyond(
    name: str,
    low: float,
    high: float,
    table: pd.DataFrame,
    usable: NDArray[np.bool_],
    notes: Notes,
) -> Iterator[Finding]:
    values = table[name].to_numpy(dtype=float, na_value=np.nan)
    beyond = np.flatnonzero(usable & ((values < low) | (values > high)))
    if beyond.size:
        message = (
            f'"{name}" of {beyond.size} scans is outside {low:g} to {high:g}, where its effect was '
            "estimated: it is extrapolated"
        )
        fields = {"value": str(beyond.size)}
        yield notes.of_scans(beyond, "covariate_extrapolated", message, **fields)
