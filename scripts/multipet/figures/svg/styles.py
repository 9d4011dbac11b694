"""Styles of an SVG said once: by the group for its markers, by the drawing for its texts."""

import re
import xml.etree.ElementTree as ET
from collections import Counter

SVG = "http://www.w3.org/2000/svg"
HREF = "{http://www.w3.org/1999/xlink}href"
STROKE = re.compile(r"M \S+ \S+ L \S+ \S+")  # a single line has no inside to fill


def share_styles(root: ET.Element) -> None:
    """Move a style that all markers of a group share to the group, and the fonts to the root."""
    for text in root.iter(f"{{{SVG}}}text"):
        declared = text.get("style", "").split("; ")
        text.set("style", "; ".join(d for d in declared if not d.startswith("font-family")))
        if text.get("transform", "").startswith(("rotate(-0 ", "rotate(0 ")):
            del text.attrib["transform"]
    for group in root.iter(f"{{{SVG}}}g"):
        uses = [child for child in group if child.tag == f"{{{SVG}}}use"]
        styles = {use.get("style") for use in uses}
        if len(uses) > 1 and len(uses) == len(group) and len(styles) == 1 and styles != {None}:
            group.set("style", styles.pop())
            for use in uses:
                del use.attrib["style"]


def drop_repeated(root: ET.Element) -> None:
    """Take out what a style repeats: of ticks what their shape has, of texts the usual size."""
    strokes = {path.get("id") for path in root.iter(f"{{{SVG}}}path") if _is_stroke(path)}
    for use in root.iter(f"{{{SVG}}}use"):
        if use.get(HREF, "")[1:] in strokes:
            use.attrib.pop("style", None)
    texts = [(text, text.get("style", "").split("; ")) for text in root.iter(f"{{{SVG}}}text")]
    sizes = Counter(d for _, declared in texts for d in declared if d.startswith("font-size"))
    usual = sizes.most_common(1)[0][0] if sizes else ""
    if usual:
        root.set("style", f"{root.get('style')}; {usual}")
    for text, declared in texts:
        text.set("style", "; ".join(d for d in declared if d not in (usual, "text-anchor: start")))


def _is_stroke(path: ET.Element) -> bool:
    """Whether a shape is a single line that has its own colour."""
    line = STROKE.fullmatch(" ".join(path.get("d", "").split()))
    return bool(line) and "stroke" in path.get("style", "")
