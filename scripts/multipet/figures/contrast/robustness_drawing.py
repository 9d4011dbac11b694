"""What the figures of robustness are drawn from, and what one of them holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure

from multipet.core.columns import Column
from multipet.figures.contrast.robustness_captions import ROBUSTNESS_CAPTIONS, ROBUSTNESS_SECTIONS
from multipet.figures.figure import Drawing


@dataclass(frozen=True, eq=False)
class RobustnessTables:
    """What the figures are drawn from, as the steps before wrote it.

    Columns ``columns.CONTRAST``, ``RANDOM_EFFECTS`` and ``VARIANCE_COMPONENTS``, and those of
    ``robustness_columns`` that have the same names.
    """

    contrast: pd.DataFrame
    left_out: pd.DataFrame
    specifications: pd.DataFrame
    partial_residuals: pd.DataFrame
    partial_lines: pd.DataFrame
    curves: pd.DataFrame
    linearity: pd.DataFrame
    random_effects: pd.DataFrame
    variance: pd.DataFrame

    def rows(self, drawn: pd.DataFrame) -> str:
        """Regions that ``drawn`` shows, in words."""
        shown, total = drawn["region"].nunique(), self.contrast["region"].nunique()
        if not drawn["region"].isin(self.contrast["region"]).any():
            return "the model of all regions"
        if shown == total:
            return "the region" if total == 1 else f"all {total} regions"
        return f"{shown} of {total} regions (those with the smallest p)"


class RobustnessDrawing(Drawing):
    """A ``Drawing`` whose name is one of ``ROBUSTNESS_CAPTIONS``."""

    @property
    def title(self) -> str:
        """A few words."""
        text = ROBUSTNESS_CAPTIONS[self.name].title
        return text.format(variable=self.table["variable"].iloc[0]) if "{" in text else text

    @property
    def section(self) -> str:
        """Section of the report that it belongs to."""
        return ROBUSTNESS_SECTIONS[self.name]


def robustness_drawing(
    name: str,
    figure: Figure,
    table: pd.DataFrame,
    described: Sequence[Column],
    alt: str,
    **fields: object,
) -> RobustnessDrawing:
    """A figure with its table and the caption of ``name``, the fields of that filled in."""
    caption = ROBUSTNESS_CAPTIONS[name]
    text = replace(caption, well=caption.well.format_map(fields)).text(fields)
    return RobustnessDrawing(name, figure, table, described, text, alt)
