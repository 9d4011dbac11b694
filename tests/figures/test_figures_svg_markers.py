"""Many markers as one path: the same shapes at the same places, in a fraction of the text."""

import re
import xml.etree.ElementTree as ET

import numpy as np

from multipet.figures.compact_svg import FEWEST_MARKERS as FEWEST
from multipet.figures.compact_svg import SVG, join_markers, relative_steps
from multipet.figures.style import figure_style, new_figure
from multipet.figures.svg import svg_text

XLINK = "http://www.w3.org/1999/xlink"


def drawing(*runs):
    """A drawing with runs of markers: ``(shape, style, points)``."""
    uses = "".join(
        f'<use xlink:href="#{shape}" x="{x}" y="{y}" style="{style}"/>'
        for shape, style, points in runs
        for x, y in points
    )
    return ET.fromstring(
        f'<svg xmlns="{SVG}" xmlns:xlink="{XLINK}"><defs><path id="a" d="M 0 0 L 1 1"/>'
        f'<path id="b" d="M 0 0 L 2 2" style="stroke: #123456"/></defs><g>{uses}</g></svg>'
    )


def paths(root):
    return [e for e in root.iter(f"{{{SVG}}}path") if e.get("marker-mid")]


POINTS = [(float(i), float(i * i)) for i in range(FEWEST)]


def test_a_run_becomes_one_path_through_its_places():
    root = drawing(("a", "fill: #ff0000", POINTS))
    join_markers(root)
    (path,) = paths(root)
    assert path.get("d") == relative_steps(POINTS)
    assert {path.get(f"marker-{end}") for end in ("start", "mid", "end")} == {"url(#markers_1)"}
    (marker,) = root.iter(f"{{{SVG}}}marker")
    assert marker.get("markerUnits") == "userSpaceOnUse"
    assert marker[0].attrib == {"d": "M 0 0 L 1 1", "style": "fill: #ff0000"}
    assert not list(root.iter(f"{{{SVG}}}use"))


def test_runs_keep_their_order_and_the_style_of_their_shape():
    root = drawing(("a", "fill: #00ff00", POINTS), ("b", "stroke: #ffffff; fill: #0000ff", POINTS))
    join_markers(root)
    shapes = [m[0].get("style") for m in root.iter(f"{{{SVG}}}marker")]
    assert shapes == ["fill: #00ff00", "stroke: #123456; fill: #0000ff"]
    assert [p.get("marker-mid") for p in paths(root)] == ["url(#markers_1)", "url(#markers_2)"]


def test_few_markers_stay():
    root = drawing(("a", "fill: #ff0000", POINTS[1:]))
    before = ET.tostring(root)
    join_markers(root)
    assert paths(root) == []
    assert before.count(b"use") == ET.tostring(root).count(b"use")


def test_a_scatter_plot_shrinks():
    random = np.random.default_rng(1)
    with figure_style():
        figure = new_figure(3)
        figure.subplots().plot(*random.normal(size=(2, 2000)), "o")
        text = svg_text(figure, name="points", title="t", alt="a")
    assert len(text) < 40_000
    ids = set(re.findall(r'id="([^"]+)"', text))
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= ids
