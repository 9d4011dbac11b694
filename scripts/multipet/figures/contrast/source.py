"""What the figures of a contrast are drawn from, and which of its regions they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from multipet.figures.figure import in_regions, regions_in_words
from multipet.figures.labels import Labels

#: Columns of the result tables on the analysis scale and in percent, and as figures show them.
ANALYSIS_SCALE = ("estimate", "ci_low", "ci_high")
PERCENT = ("percent", "percent_low", "percent_high")
SHOWN = ("effect", "effect_low", "effect_high")
Row = tuple[str, str]


@dataclass(frozen=True, eq=False)
class AtlasTables:
    """What a brain map is drawn on.

    Columns ``LABELS`` and ``OUTLINES`` of ``multipet.core.columns.atlas``, and what reports
    call the atlas.
    """

    labels: pd.DataFrame
    outlines: pd.DataFrame
    name: str


@dataclass(frozen=True, eq=False)
class ContrastSource:
    """What the figures of a contrast are drawn from, as the steps before wrote it.

    Attributes
    ----------
    tables
        By the names of their files: ``contrast``, ``by_site``, ``residuals`` …
    labels
        Readable names.
    atlas
        Where the regions are; without it there is no brain map.
    """

    tables: Mapping[str, pd.DataFrame]
    labels: Labels
    atlas: AtlasTables | None = None

    @property
    def contrast(self) -> pd.DataFrame:
        """The estimates."""
        return self.tables["contrast"]

    def focus(self, table: pd.DataFrame, most: int) -> pd.DataFrame:
        """Rows of ``table`` in those of its regions that have the smallest p."""
        regions = focus_regions(self.contrast, table["region"].unique(), most)
        return in_regions(table, regions)

    def rows(self, drawn: pd.DataFrame) -> str:
        """Regions that ``drawn`` shows, in words."""
        if not drawn["region"].isin(self.contrast["region"]).any():
            return "the model of all regions"
        shown, total = drawn["region"].nunique(), self.contrast["region"].nunique()
        return regions_in_words(shown, total, "those with the smallest p")

    def row_words(self, drawn: pd.DataFrame) -> str:
        """Region and comparison of the first row."""
        region, comparison = drawn["region"].iloc[0], drawn["comparison"].iloc[0]
        return f"{self.labels.region(region)} ({self.labels.comparison(comparison)})"


def contrast_source(
    tables: Mapping[str, pd.DataFrame], labels: Labels, atlas: AtlasTables | None = None
) -> ContrastSource:
    """Source whose sites and scanners look the same in every figure, whatever a figure shows."""
    scans = tables["residuals"] if "residuals" in tables else tables["partial_residuals"]
    site_order, scanner_order = (
        tuple(scans[name].cat.categories) if isinstance(scans[name].dtype, pd.CategoricalDtype)
        else () for name in ("site", "scanner")
    )  # fmt: skip
    ordered = replace(labels, site_order=site_order, scanner_order=scanner_order)
    return ContrastSource(tables, ordered, atlas)


def focus_regions(contrast: pd.DataFrame, present: Sequence[str], most: int) -> list[str]:
    """Of the regions ``present``, at most ``most``: the smallest p first, those without last.

    Parameters
    ----------
    contrast
        Columns ``columns.CONTRAST``.
    present
        Regions to choose from.
    most
        How many.
    """
    smallest = contrast.groupby("region", sort=False)["p_value"].min().reindex(present)
    return smallest.sort_values(kind="stable", na_position="last").index[:most].tolist()


def smallest_p_rows(contrast: pd.DataFrame, most: int) -> list[Row]:
    """Region and comparison of the ``most`` rows with the smallest p."""
    ordered = contrast[contrast["status"] == "ok"].sort_values("p_value", kind="stable")
    return list(zip(ordered["region"][:most], ordered["comparison"][:most], strict=True))


def of_row(table: pd.DataFrame, row: Row) -> pd.DataFrame:
    """Rows of ``table`` of one region and comparison."""
    return table[(table["region"] == row[0]) & (table["comparison"] == row[1])]


def on_shown_scale(table: pd.DataFrame, percent: bool) -> pd.DataFrame:
    """Add effect and interval as figures show them: in percent, or on the analysis scale."""
    given = PERCENT if percent else ANALYSIS_SCALE
    values = {name: table[end].astype(float) for name, end in zip(SHOWN, given, strict=True)}
    return table.assign(**values)


def why_without_interval(drawn: pd.DataFrame, table: pd.DataFrame) -> str:
    """Why points of ``drawn`` have no interval; empty where all have.

    Parameters
    ----------
    drawn
        Effects on the shown scale.
    table
        The result table that they are from, with a column ``p_naive``.
    """
    if not (drawn["effect"].notna() & drawn["effect_low"].isna()).any():
        return ""
    if table["p_naive"].notna().any():
        return " Without interval: on harmonised values, where nothing calibrates the p."
    return " Without interval: too few degrees of freedom for a test."
