"""The covariates whose effects harmonisation must leave alone, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.harmonisation.covariate_recipe import CovariateRecipe, learn_recipe


@dataclass(frozen=True)
class Preserved:
    """Covariate columns of the scans that have every covariate.

    Attributes
    ----------
    recipe
        How they are made.
    columns
        (usable scan, column).
    usable
        Which scans of the table have every covariate, (scan,).
    """

    recipe: CovariateRecipe
    columns: NDArray[np.float64]
    usable: NDArray[np.bool_]

    @property
    def text(self) -> str:
        """The formula as written."""
        return self.recipe.text

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.recipe.names


def preserved_columns(
    table: pd.DataFrame,
    preserve: str | None,
    where: str = "preserve",
    fitted: NDArray[np.bool_] | None = None,
    splines: Sequence[str] | None = (),
) -> Preserved:
    """Read the covariates of a formula such as ``age + sex + group``; empty preserves nothing.

    Parameters
    ----------
    fitted, splines
        As for ``learn_recipe``, which also says what is refused.
    """
    recipe = learn_recipe(table, preserve, where, fitted, splines)
    usable = recipe.usable(table)
    return Preserved(recipe, recipe.columns(table[usable], where), usable)
