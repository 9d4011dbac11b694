"""Brain map: regions in the colour of their effect, on slices that say which side is left."""

import re
import time
import xml.etree.ElementTree as ET

import matplotlib
import mock_study
import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import small_atlas
from matplotlib.colors import to_hex

from multipet.atlas.label_image import label_image
from multipet.atlas.label_table import AtlasLabel
from multipet.atlas.outlines import atlas_tables
from multipet.core.columns import names
from multipet.core.columns.atlas import BRAIN_MAP as COLUMNS
from multipet.figures.compact_svg import SVG
from multipet.figures.contrast.brain_map import BRAIN_MAP
from multipet.figures.contrast.source import AtlasTables, ContrastSource
from multipet.figures.figure import draw_figures
from multipet.figures.labels import Labels
from multipet.figures.style import EFFECTS, figure_style
from multipet.figures.svg import svg_text

REGIONS = ["caudate", "stem"]
LABELS = Labels(outcome="BP_ND", scale="log", regions={"caudate": "Caudate <&> nucleus"})


def atlas_of(regions=REGIONS):
    own = dict(zip(small_atlas.BOXES, ["caudate", *regions], strict=True))
    labels = [AtlasLabel(index, f"label {index}", region) for index, region in own.items()]
    return AtlasTables(*atlas_tables(label_image(small_atlas.image("LAS")), labels), "the <atlas>")


def contrast_of(effects, comparison="patients − controls", detected=("caudate",)):
    table = mock_study.contrast_rows(list(effects), (comparison,))
    table["percent"] = table["region"].map(effects)
    p = np.where(table["region"].isin(detected), 0.001, 0.8)
    return table.assign(p_value=p, p_adjusted=p)


def brain_map_of(contrast, atlas, labels):
    drawings = draw_figures([BRAIN_MAP], ContrastSource({"contrast": contrast}, labels, atlas))
    return drawings[0] if drawings else None


def svg_of(drawing):
    words = {"title": "Map", "alt": drawing.drawn.alt, "tips": drawing.drawn.tips}
    return svg_text(drawing.drawn.figure, name="brain_map", **words)


def drawn(effects, labels=LABELS, atlas=None, **settings):
    with figure_style():
        drawing = brain_map_of(contrast_of(effects, **settings), atlas or atlas_of(), labels)
        return drawing, ET.fromstring(svg_of(drawing))


def shapes(root):
    """Styles of the shapes of each region, by what a pointer is told."""
    found = {}
    for path in root.iter(f"{{{SVG}}}path"):
        if (tip := path.find(f"{{{SVG}}}title")) is not None:
            found.setdefault(tip.text, []).append(path.get("style"))
    return found


def texts(root):
    return ["".join(e.itertext()) for e in root.iter(f"{{{SVG}}}text")]


def test_regions_have_the_colour_of_their_effect():
    _, root = drawn({"caudate": -6.0, "stem": 3.0})
    found = shapes(root)
    assert set(found) == {
        "Caudate <&> nucleus: −6.00 %, detected",
        "stem: 3.00 %, not detected",
    }
    colours = matplotlib.colormaps[EFFECTS]
    for tip, share in zip(sorted(found), (0.0, 0.75), strict=True):
        assert len(found[tip]) >= 2
        assert all(f"fill: {to_hex(colours(share))}" in style for style in found[tip])


def test_detected_regions_have_a_thick_outline():
    _, root = drawn({"caudate": -6.0, "stem": 3.0})
    widths = {
        tip[:4]: {re.search(r"stroke-width: ([\d.]+)", s)[1] for s in styles}
        for tip, styles in shapes(root).items()
    }
    assert widths == {"Caud": {"1.5"}, "stem": {"0.6"}}


def test_regions_without_estimate_are_hatched():
    drawing, root = drawn({"caudate": -6.0, "stem": np.nan})
    assert all("url(#" in style for style in shapes(root)["stem: not estimated"])
    assert "hatched: not estimated" in drawing.caption
    assert "not estimated" in texts(root)
    assert "hatched" not in drawn({"caudate": -6.0, "stem": 1.0})[0].caption


def test_slices_say_where_they_are_and_which_side_is_left():
    _, root = drawn({"caudate": -6.0, "stem": 3.0})
    words = texts(root)
    for pattern in (r"z = −?\d+ mm", r"y = −?\d+ mm", r"x = (0 mm|−?\d+ mm \((left|right)\))"):
        assert any(re.fullmatch(pattern, word) for word in words), pattern
    places = {e.text: float(e.get("x")) for e in root.iter(f"{{{SVG}}}text") if e.text in "LRPA"}
    assert places["L"] < places["R"]
    assert places["P"] < places["A"]


def test_left_is_drawn_left():
    drawing, _ = drawn({"left": -6.0, "stem": 3.0}, atlas=atlas_of(["right", "stem"]))
    assert drawing.drawn.table["region"].tolist() == ["stem"]
    own = dict(zip(small_atlas.BOXES, ["left", "right", "stem"], strict=True))
    labels = [AtlasLabel(index, region, region) for index, region in own.items()]
    tables = atlas_tables(label_image(small_atlas.image("LAS")), labels)
    _, root = drawn({"left": -6.0, "right": 6.0}, atlas=AtlasTables(*tables, "x"))
    middle = {}
    for path in root.iter(f"{{{SVG}}}path"):
        if (tip := path.find(f"{{{SVG}}}title")) is not None:
            # the steps after a beginning are relative
            across = [float(n) for n in re.findall(r"M ?([\d.]+)", path.get("d"))]
            middle.setdefault(tip.text.split(":")[0], []).append(np.mean(across))
    assert middle["left"][0] < middle["right"][0]


def test_few_regions_are_numbered_and_named():
    _, root = drawn({"caudate": -6.0, "stem": 3.0})
    words = texts(root)
    assert words.count("1") > 2
    assert {"Caudate <&> nucleus", "stem"} <= set(words)


def test_table_caption_and_words():
    drawing, _ = drawn({"caudate": -6.0, "stem": 3.0})
    assert list(drawing.drawn.table) == names(COLUMNS)
    assert drawing.drawn.table["label"].tolist() == [11, 12, 5]
    assert drawing.drawn.alt == (
        "Brain map of 2 regions on 3 slices: effect on BP_ND detected in 1 (1 below 0); farthest "
        "from 0 in Caudate <&> nucleus, −6.00 %."
    )
    assert "on slices of the <atlas>; the left side is left" in drawing.caption
    assert "not of each voxel" in drawing.caption
    assert " of patients" not in drawing.caption


def test_of_several_comparisons_that_with_the_smallest_p_is_named():
    parts = [contrast_of({"caudate": e, "stem": 1.0}, c) for e, c in ((-1, "a − b"), (-9, "b − c"))]
    parts[1]["p_value"] /= 1000
    table = pd.concat(parts, ignore_index=True)
    with figure_style():
        drawing = brain_map_of(table, atlas_of(), LABELS)
        root = ET.fromstring(svg_of(drawing))
    assert set(drawing.drawn.table["comparison"]) == {"b − c"}
    assert "b − c (smallest p of 2)" in texts(root)
    assert drawing.caption.startswith("Effect of b − c in all 2 regions")


@pytest.mark.parametrize("effects", [{"cortex": -2.0}, {"caudate": np.nan, "stem": np.nan}])
def test_no_map_where_there_is_nothing_to_show(effects):
    assert brain_map_of(contrast_of(effects), atlas_of(), LABELS) is None


def test_effects_of_zero_are_drawn():
    _, root = drawn({"caudate": 0.0, "stem": 0.0})
    assert len(shapes(root)) == 2


def test_regions_without_a_place_and_without_a_slice_are_told():
    atlas = atlas_of()
    hidden = atlas.labels.assign(shown=(atlas.labels["region"] != "stem").astype(float))
    drawing, _ = drawn(
        {"caudate": -6.0, "stem": 3.0, "cortex": 1.0},
        atlas=AtlasTables(hidden, atlas.outlines, "x"),
    )
    assert "in 2 of 3 regions (the others have no place in the atlas)" in drawing.caption
    assert "Cut by no slice: stem." in drawing.caption


def test_hundred_regions_of_a_real_size_are_small_and_quick():
    image = nib.Nifti1Image.from_bytes(small_atlas.large_image())
    labels = [AtlasLabel(int(i), f"r{i}", f"r{i}") for i in np.unique(image.dataobj)[1:]]
    start = time.process_time()
    atlas = AtlasTables(*atlas_tables(label_image(image), labels), "x")
    table = mock_study.contrast_rows([label.region for label in labels])
    with figure_style():
        drawing = brain_map_of(table, atlas, LABELS)
        svg = svg_of(drawing)
    assert time.process_time() - start < 6  # about 1 s; the machine may be slow
    assert len(labels) == 100
    assert len(svg.encode()) < 150_000
    assert drawing.drawn.table["shown"].mean() > 0.9
