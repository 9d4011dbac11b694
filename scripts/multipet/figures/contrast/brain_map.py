"""Brain map: the effect of every region as its colour on slices of an atlas."""

from collections.abc import Mapping

import pandas as pd

from multipet.atlas.map_table import map_table
from multipet.core.columns.atlas import BRAIN_MAP as COLUMNS
from multipet.figures.contrast.brain_map_slices import brain_map_height, draw_brain_map, shape_tips
from multipet.figures.contrast.source import AtlasTables, ContrastSource
from multipet.figures.figure import Drawn, FigureKind, regions_in_words
from multipet.figures.labels import Labels
from multipet.figures.style import decimals_for, fixed, new_figure, shortened


def _draw(source: ContrastSource) -> Drawn | None:
    """None where the contrast has no effect that is of one region with a place."""
    contrast, atlas, labels = source.contrast, source.atlas, source.labels
    if atlas is None:
        return None
    drawn = map_table(contrast, atlas.labels, labels.alpha, labels.is_log)
    if drawn["effect"].isna().all():
        return None
    heading = comparison_heading(drawn, labels, contrast["comparison"].nunique())
    figure = new_figure(brain_map_height(drawn, atlas.outlines, labels, heading))
    draw_brain_map(drawn, atlas.outlines, figure, labels, heading)
    regions = drawn.drop_duplicates("region", ignore_index=True)
    which = "the others have no place in the atlas"
    fields = {
        "rows": regions_in_words(len(regions), contrast["region"].nunique(), which),
        "comparison": f" of {labels.comparison(drawn['comparison'].iloc[0])}" if heading else "",
        "atlas": atlas.name,
        "p": labels.p,
        "alpha": labels.alpha,
        "hatched": "; hatched: not estimated" if regions["effect"].isna().any() else "",
        "unseen": _unseen(drawn, labels),
    }
    tips = shape_tips(drawn, _tips(regions, labels))
    return Drawn(figure, drawn, _alt(regions, atlas, labels), fields, tips=tips)


BRAIN_MAP = FigureKind(
    name="brain_map",
    section="where",
    title="Effect in the brain",
    shows="Effect{comparison} in {rows}, on slices of {atlas}; the left side is left. The colour "
    "is the one estimate of a whole region, not of each voxel. Thick outline: {p} below "
    "{alpha:g}; thin: not{hatched}.{unseen}",
    well="regions that share an effect have similar colours, and a single deep one among pale "
    "ones is borne out by its interval in the next figure.",
    columns=COLUMNS,
    draw=_draw,
)


def comparison_heading(table: pd.DataFrame, labels: Labels, count: int) -> str:
    """What the map compares, where the contrast has ``count`` > 1 comparisons."""
    if count == 1:
        return ""
    shown = shortened(labels.comparison(table["comparison"].iloc[0]), 44)
    return f"{shown} (smallest p of {count})"


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
