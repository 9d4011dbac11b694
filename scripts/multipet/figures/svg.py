"""Figures as SVG text that can stand inside an HTML page: small, scalable, the same each time."""

import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from multipet.core.files import write_text
from multipet.core.symbols import split_symbol
from multipet.figures.compact_svg import (
    HREF,
    SVG,
    compact_path,
    drop_repeated,
    join_markers,
    share_styles,
)

XLINK = "http://www.w3.org/1999/xlink"
FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Roboto, Arial, sans-serif"
REFERENCE = re.compile(r"url\(#([^)]+)\)")
LOWERED, SMALLER = 0.2, 0.7  # of a subscript: shift and size, in letters of the text around it
NO_TIPS: Mapping[str, str] = MappingProxyType({})
LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def save_svg(figure: Figure, path: Path | str, **words: Any) -> None:
    """Write ``figure`` as SVG; see ``svg_text``."""
    write_text(path, svg_text(figure, **words))


def svg_text(
    figure: Figure,
    *,
    name: str,
    title: str,
    alt: str,
    symbol: str = "",
    tips: Mapping[str, str] = NO_TIPS,
) -> str:
    """Return ``figure`` as SVG for a page: text as text, no date, no fixed size.

    Parameters
    ----------
    figure
        Drawn within ``style.figure_style``, and so saved.
    name
        Prefix of every id, so that two figures on one page never share one.
    title, alt
        Name of the figure, and what it shows, for those who hear the page.
    symbol
        Quantity whose subscript is set as one wherever a text names it, as ``BP_ND``.
    tips
        Words that a pointer on a shape is told, by the shape's ``gid``.
    """
    root = ET.fromstring(_drawn(figure))
    _strip(root)
    _add_tips(root, tips)
    share_styles(root)
    drop_repeated(root)
    _unwrap(root)
    _round_numbers(root)
    join_markers(root)
    for path in root.iter(f"{{{SVG}}}path"):
        path.set("d", compact_path(path.get("d", "")))
    _rename_ids(root, name)
    _set_subscripts(root, symbol)
    _describe(root, name, title, alt)
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return ET.tostring(root, encoding="unicode").replace(" />", "/>") + "\n"


def _drawn(figure: Figure) -> str:
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # the page's own fonts draw what the measuring font lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        # not savefig: that draws everything once more, unseen, to lay it out beforehand
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _strip(root: ET.Element) -> None:
    """Take out what a page must not get: fixed size, metadata, a style sheet for everything."""
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    for child in list(root):
        if child.tag == f"{{{SVG}}}metadata" or child.find(f"{{{SVG}}}style") is not None:
            root.remove(child)
    # what that style sheet said, for this drawing alone
    root.set("style", f"font-family: {FONTS}; stroke-linejoin: round; stroke-linecap: butt")
    for element in root.iter():
        element.tail = None
        if element.tag != f"{{{SVG}}}text" and element.text and not element.text.strip():
            element.text = None


def _add_tips(root: ET.Element, tips: Mapping[str, str]) -> None:
    for group in root.iter(f"{{{SVG}}}g"):
        tip = tips.get(group.get("id", ""))
        for path in group.iter(f"{{{SVG}}}path") if tip else ():
            ET.SubElement(path, f"{{{SVG}}}title").text = tip


def _unwrap(parent: ET.Element) -> None:
    """Put the children of groups that say nothing in place of the groups."""
    children: list[ET.Element] = []
    for child in parent:
        _unwrap(child)
        says_nothing = child.tag == f"{{{SVG}}}g" and not set(child.attrib) - {"id"}
        children.extend(child if says_nothing else [child])
    parent[:] = children


def _rename_ids(root: ET.Element, name: str) -> None:
    """Prefix the ids that something refers to, and drop the others."""
    values = [value for element in root.iter() for value in element.attrib.values()]
    referred = {found for value in values for found in REFERENCE.findall(value)}
    referred |= {e.get(HREF, "")[1:] for e in root.iter() if HREF in e.attrib}
    present = [e.get("id") for e in root.iter() if e.get("id") in referred]
    renamed = {old: f"{name}-{i}" for i, old in enumerate(present, 1)}
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old in renamed:
            element.set("id", renamed[old])
        if element.get(HREF, "")[1:] in renamed:
            element.set(HREF, f"#{renamed[element.get(HREF, '')[1:]]}")
        for key, value in element.attrib.items():
            element.set(key, REFERENCE.sub(lambda m: f"url(#{renamed[m[1]]})", value))


def _round_numbers(root: ET.Element) -> None:
    """Keep two decimals of shapes, one of their places: less than anyone sees."""
    for use in root.iter(f"{{{SVG}}}use"):
        for key in ("x", "y"):
            use.set(key, f"{float(use.get(key, '0')):.1f}".removesuffix(".0"))
    for element in root.iter():
        for key in ("x", "y", "d", "transform"):
            if text := element.get(key):
                element.set(key, LONG_NUMBER.sub(_rounded, " ".join(text.split())))


def _rounded(match: re.Match) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def _set_subscripts(root: ET.Element, symbol: str) -> None:
    for element in list(root.iter(f"{{{SVG}}}text")):
        pieces = split_symbol(element.text or "", symbol)
        if len(pieces) == 1 and not pieces[0][1]:
            continue
        element.text, lowered = "", False
        for text, subscript in pieces:
            _add_span(element, text, {"dy": f"{-LOWERED:g}em"} if lowered else {})
            if lowered := bool(subscript):
                # measured in the smaller letters of the subscript itself
                small = {"dy": f"{LOWERED / SMALLER:.2f}em", "style": f"font-size: {SMALLER:g}em"}
                _add_span(element, subscript, small)


def _add_span(parent: ET.Element, text: str, attributes: dict[str, str]) -> None:
    ET.SubElement(parent, f"{{{SVG}}}tspan", attributes).text = text


def _describe(root: ET.Element, name: str, title: str, alt: str) -> None:
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    for place, (tag, text) in enumerate((("title", title), ("desc", alt))):
        element = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{tag}"})
        element.text = text
        root.insert(place, element)
