"""Places of the levels of random effects."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from multipet.figures.contrast.level_rows import MOST_NAMED, frame_rows, level_blocks
from multipet.figures.labels import Labels

LABELS = Labels(outcome="BP_ND", site_order=("yale", "aarhus"))


def effects(levels, factor):
    return pd.DataFrame(
        {
            "factor": factor,
            "effect": "(Intercept)",
            "level": levels,
            "rank": [float(i + 1) for i in range(len(levels))],
        }
    )


def test_few_levels_share_a_block_and_many_make_a_band():
    people = effects([f"{i:03d}" for i in range(MOST_NAMED + 1)], "participant_id")
    table = pd.concat([people, effects(["aarhus", "yale"], "site")])
    named, band = level_blocks(table, LABELS)
    assert [group.factor for group in named.groups] == ["site"]
    assert named.groups[0].levels == ("yale", "aarhus")
    assert band.groups[0].is_band


def test_no_two_rows_share_a_place():
    table = pd.concat([effects(["a", "b", "c"], "site"), effects(["a/x", "b/x"], "scanner")])
    (block,) = level_blocks(table, LABELS)
    places = [y for group in block.groups for y in group.placed(table)["y"]]
    headings = [group.top for group in block.groups]
    assert len({*places, *headings}) == 7
    assert min(places) > block.groups[-1].bottom


@pytest.mark.parametrize("count", [16, 500])
def test_band_lies_below_its_heading_in_the_order_of_ranks(count):
    table = effects([str(i) for i in range(count)], "participant_id")
    (block,) = level_blocks(table, LABELS)
    rows = block.groups[0].placed(table)
    assert rows["y"].is_monotonic_increasing
    assert rows["y"].max() < block.groups[0].top
    assert rows["y"].min() > block.groups[0].bottom


@pytest.mark.parametrize("factor", ["participant_id", "site:participant_id"])
def test_people_are_named_by_number_unless_ids_are_asked_for(factor):
    table = effects(["sub-017", "sub-003"], factor)
    shown = {}
    for ids in (False, True):
        labels = Labels(outcome="BP_ND", participant_ids=ids)
        (block,) = level_blocks(table, labels)
        axes = Figure().subplots()
        frame_rows(axes, block, labels, named=True)
        shown[ids] = [text.get_text() for text in axes.texts][1:]
    assert shown == {False: ["person 1", "person 2"], True: ["sub-017", "sub-003"]}
