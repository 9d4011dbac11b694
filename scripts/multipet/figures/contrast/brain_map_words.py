"""The brain map of a contrast, with its caption and what it shows in words."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from multipet.atlas.map_table import map_table
from multipet.core.columns.atlas import BRAIN_MAP
from multipet.figures.contrast import names
from multipet.figures.contrast.brain_map import (
    brain_map_height,
    comparison_heading,
    draw_brain_map,
    shape_tips,
)
from multipet.figures.contrast.captions import CAPTIONS
from multipet.figures.figure import Drawing
from multipet.figures.labels import Labels
from multipet.figures.style import decimals_for, fixed, new_figure


@dataclass(frozen=True, eq=False)
class AtlasTables:
    """What a brain map is drawn on.

    Columns ``LABELS`` and ``OUTLINES`` of ``multipet.atlas.atlas_columns``, and what reports
    call the atlas.
    """

    labels: pd.DataFrame
    outlines: pd.DataFrame
    name: str


def brain_map(contrast: pd.DataFrame, atlas: AtlasTables, labels: Labels) -> Drawing | None:
    """Draw the effects of ``contrast`` (columns ``columns.CONTRAST``) on the atlas.

    None where the contrast has no effect that is of one region with a place.
    """
    drawn = map_table(contrast, atlas.labels, labels.alpha, labels.is_log)
    if drawn["effect"].isna().all():
        return None
    heading = comparison_heading(drawn, labels, contrast["comparison"].nunique())
    figure = new_figure(brain_map_height(drawn, atlas.outlines, labels, heading))
    draw_brain_map(drawn, atlas.outlines, figure, labels, heading)
    regions = drawn.drop_duplicates("region", ignore_index=True)
    fields = {
        "rows": _rows(regions, contrast),
        "comparison": f" of {labels.comparison(drawn['comparison'].iloc[0])}" if heading else "",
        "atlas": atlas.name,
        "p": labels.p,
        "alpha": labels.alpha,
        "hatched": "; hatched: not estimated" if regions["effect"].isna().any() else "",
        "unseen": _unseen(drawn, labels),
    }
    caption = CAPTIONS[names.BRAIN_MAP].text(fields)
    tips = shape_tips(drawn, _tips(regions, labels))
    alt = _alt(regions, atlas, labels)
    return Drawing(names.BRAIN_MAP, figure, drawn, BRAIN_MAP, caption, alt, tips=tips)


def _rows(regions: pd.DataFrame, contrast: pd.DataFrame) -> str:
    shown, total = len(regions), contrast["region"].nunique()
    if shown == total:
        return "the region" if total == 1 else f"all {total} regions"
    return f"{shown} of {total} regions (the others have no place in the atlas)"


def _unseen(drawn: pd.DataFrame, labels: Labels) -> str:
    shown = drawn.groupby("region", sort=False)["shown"].max()
    hidden = [labels.region(region) for region in shown.index[shown == 0]]
    return f" Cut by no slice: {', '.join(hidden)}." if hidden else ""


def _tips(regions: pd.DataFrame, labels: Labels) -> Mapping[str, str]:
    """Each region with its number, for a pointer that rests on it."""
    decimals = decimals_for(regions["effect"])
    tips = {}
    for row in regions.itertuples():
        name = labels.region(row.region)
        if pd.isna(row.effect):
            tips[row.region] = f"{name}: not estimated"
            continue
        decided = "" if row.detected == 1 else "not "
        number = _effect(row.effect, decimals, labels)
        tips[row.region] = f"{name}: {number}, {decided}detected"
    return tips


def _alt(regions: pd.DataFrame, atlas: AtlasTables, labels: Labels) -> str:
    """The finding of the map in words."""
    found = regions[regions["detected"] == 1]
    up, down = int((found["effect"] > 0).sum()), int((found["effect"] < 0).sum())
    ways = [f"{up} above 0"] * bool(up) + [f"{down} below 0"] * bool(down)
    most = regions.loc[regions["effect"].abs().idxmax()]
    slices = len(atlas.outlines.groupby(["view", "coordinate"]))
    number = _effect(most["effect"], decimals_for(regions["effect"]), labels)
    return (
        f"Brain map of {len(regions)} regions on {slices} slices: effect on {labels.outcome} "
        f"detected in {len(found)}{' (' + ', '.join(ways) + ')' if ways else ''}; farthest from 0 "
        f"in {labels.region(most['region'])}, {number}."
    )


def _effect(value: float, decimals: int, labels: Labels) -> str:
    unit = "%" if labels.is_log else labels.unit
    return fixed(value, decimals) + ("" if unit in ("", "1") else f" {unit}")
