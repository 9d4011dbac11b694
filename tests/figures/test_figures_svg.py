"""SVG that can stand in a page: literal text, own ids, the same bytes each time."""

import re
import xml.etree.ElementTree as ET

import matplotlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipet.figures.compact_svg import SVG
from multipet.figures.style import figure_style, new_figure
from multipet.figures.svg import svg_text

NASTY = ["$x^2$", "<b>bold</b>", 'id="forest-1"', "url(#p1)", r"\$5 & more", "_hidden"]


def drawn(name="forest", text="region", title="A title", alt="What it shows", symbol=""):
    with figure_style():
        figure = new_figure(2)
        axes = figure.subplots()
        axes.plot([0, 1, 2], [2, 1, 3], "o", label="line")
        axes.barh([1], [1], hatch="//")
        axes.set_title(text)
        return svg_text(figure, name=name, title=title, alt=alt, symbol=symbol)


def ids(svg):
    return {e.get("id") for e in ET.fromstring(svg).iter() if e.get("id")}


@pytest.mark.parametrize("text", NASTY)
def test_text_is_drawn_literally(text):
    texts = [element.text for element in ET.fromstring(drawn(text=text)).iter(f"{{{SVG}}}text")]
    assert text in texts


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20))
def test_any_text_gives_readable_xml_with_that_text(text):
    root = ET.fromstring(drawn(text=text, title=text, alt=text))
    assert text in [element.text for element in root.iter(f"{{{SVG}}}text")]
    assert root.find(f"{{{SVG}}}desc").text == text


def test_ids_are_prefixed_and_every_reference_is_met():
    svg = drawn()
    referred = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
    assert len(referred) >= 3
    assert referred <= ids(svg)
    assert all(name.startswith("forest-") for name in ids(svg))
    assert not ids(svg) & ids(drawn(name="variance"))


def test_same_drawing_gives_the_same_bytes():
    assert drawn() == drawn()


def test_nothing_reaches_out_of_the_drawing():
    svg = drawn()
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("viewBox") == "0 0 518.4 144"
    assert "width" not in root.attrib
    assert "height" not in root.attrib
    assert not list(root.iter(f"{{{SVG}}}style"))
    assert not re.search(r"<!DOCTYPE|<\?xml|metadata|<script|\d{4}-\d{2}-\d{2}T", svg)


def test_title_and_description_label_the_image():
    root = ET.fromstring(drawn(title="Effect & more", alt="It <falls>"))
    labels = root.get("aria-labelledby").split()
    named = {e.get("id"): e.text for e in root if e.get("id") in labels}
    assert list(named.values()) == ["Effect & more", "It <falls>"]


def test_a_pointer_on_a_shape_is_told_its_tip():
    with figure_style():
        figure = new_figure(2)
        for line, name in zip(figure.subplots().plot([[0, 1], [1, 0]]), "ab", strict=True):
            line.set_gid(name)
        root = ET.fromstring(
            svg_text(figure, name="x", title="T", alt="A", tips={"a": "<b> & c", "other": "no"})
        )
    tips = [e.find(f"{{{SVG}}}title") for e in root.iter(f"{{{SVG}}}path")]
    assert [tip.text for tip in tips if tip is not None] == ["<b> & c"]


def test_style_ends_with_its_context():
    before = dict(matplotlib.rcParams)
    drawn()
    assert dict(matplotlib.rcParams) == before


def test_a_symbol_gets_its_subscript():
    root = ET.fromstring(drawn(text="log BP_ND, %", symbol="BP_ND"))
    texts = [e for e in root.iter(f"{{{SVG}}}text") if list(e)]
    assert ["".join(e.itertext()) for e in texts] == ["log BPND, %"]
    below, after = list(texts[0])[1:]
    assert (below.text, after.text) == ("ND", ", %")
    assert float(below.get("dy")[:-2]) > 0 > float(after.get("dy")[:-2])
