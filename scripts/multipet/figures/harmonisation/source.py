"""What the figures of a harmonisation are drawn from, and the names of its batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.core.columns import Column
from multipet.core.columns.harmonisation import STAGES
from multipet.figures.figure import regions_in_words
from multipet.figures.labels import Labels
from multipet.figures.style import OKABE_ITO, Look, looks

#: Look of a value before and after, the same in every figure.
STAGE_LOOKS = dict(zip(STAGES, (Look(OKABE_ITO[1], "o"), Look(OKABE_ITO[0], "s")), strict=True))
JOINED = " + "  # between the labels of a batch of several columns


@dataclass(frozen=True)
class BatchNames:
    """Readable names and looks of batches.

    Attributes
    ----------
    columns
        Columns whose combinations are the batches.
    order
        All batches.
    labels
        Readable names of their levels.
    """

    columns: Sequence[str]
    order: Sequence[str]
    labels: Labels

    @property
    def looks(self) -> dict[str, Look]:
        """Look of each batch; all alike where they are too many."""
        return looks(self.order)

    def text(self, batch: str) -> str:
        """Label of a batch: ``Turku HRRT``."""
        parts = batch.split(JOINED) if len(self.columns) > 1 else [batch]
        if len(parts) != len(self.columns):
            return batch
        named = [self.labels.level(c, part) for c, part in zip(self.columns, parts, strict=True)]
        return JOINED.join(named)


@dataclass(frozen=True, eq=False)
class HarmonisationSource:
    """What the figures are drawn from.

    Attributes
    ----------
    tables
        By the names of ``columns.harmonisation.TABLES``.
    overview
        Of the same step.
    tested
        Variables that contrasts on the harmonised values compare.
    covariates
        Columns of the covariates in the table of components.
    labels
        Readable names.
    is_given
        Whether nothing was estimated from these values.
    """

    tables: Mapping[str, pd.DataFrame]
    overview: Mapping[str, Any]
    tested: Sequence[str]
    covariates: Mapping[str, Column]
    labels: Labels
    is_given: bool = False

    @property
    def batches(self) -> BatchNames:
        """Names and looks of the batches."""
        return BatchNames(self.overview["batch_columns"], self.overview["batches"], self.labels)

    def rows(self, drawn: pd.DataFrame, which: str) -> str:
        """Regions that ``drawn`` shows, in words."""
        total = self.tables["batch_tests"]["region"].nunique()
        return regions_in_words(drawn["region"].nunique(), total, which)


def largest(sizes: pd.Series, most: int) -> list[str]:
    """Index of the ``most`` largest sizes, the largest first, those without a size last."""
    ordered = sizes.sort_values(ascending=False, kind="stable", na_position="last")
    return ordered.index[:most].tolist()
