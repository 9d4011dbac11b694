"""An SVG in few bytes: relative paths, many markers as one polyline, each style said once."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

SVG = "http://www.w3.org/2000/svg"
HREF = "{http://www.w3.org/1999/xlink}href"
USE, PATH, MARKER, DEFS = (f"{{{SVG}}}{tag}" for tag in ("use", "path", "marker", "defs"))
#: Fewer points, and fewer markers, than this are left as they are.
FEWEST_POINTS, FEWEST_MARKERS = 12, 8
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
STRAIGHT = re.compile(r"(?:[ML] -?[\d.]+ -?[\d.]+ ?|z ?)+")
#: One stretch of a path: a start, lines, and whether it is closed.
STRETCH = re.compile(r"M ([^Mz]*)(z?)")
STROKE = re.compile(r"M \S+ \S+ L \S+ \S+")  # a single line has no inside to fill
INVISIBLE = "fill: none; stroke: none"
ENDS = ("marker-start", "marker-mid", "marker-end")


def compact_path(d: str) -> str:
    """A path of straight lines in relative steps; any other, or a short one, as it is.

    Places are rounded to tenths before the steps are taken, so that roundings do not add up.

    Parameters
    ----------
    d
        Path data as matplotlib writes it: ``M 1.25 2 L 3 4 z``.
    """
    if d.count("L") < FEWEST_POINTS or not STRAIGHT.fullmatch(d):
        return d
    return "".join(relative_steps(_points(text)) + end for text, end in STRETCH.findall(d))


def relative_steps(points: Sequence[tuple[float, float]]) -> str:
    """Path data of lines through ``points``: the first absolute, then steps."""
    tenths = [(round(10 * x), round(10 * y)) for x, y in points]
    steps = [(x - x0, y - y0) for (x0, y0), (x, y) in pairwise(tenths)]
    start = f"M{_in_tenths(tenths[:1])}"
    return f"{start}l{_in_tenths(steps)}" if steps else start


def _points(text: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in NUMBER.findall(text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _in_tenths(pairs: Sequence[tuple[int, int]]) -> str:
    """Numbers in tenths with as few signs between them as they can be read with."""
    text = ""
    for number in (number for pair in pairs for number in pair):
        shown = f"{number / 10:g}".replace("0.", ".") if abs(number) < 10 else f"{number / 10:.1f}"
        shown = shown.removesuffix(".0")
        text += shown if not text or shown.startswith("-") else f" {shown}"
    return text


def join_markers(root: ET.Element) -> None:
    """Replace runs of ``use`` elements that share shape and style by one path with a marker.

    A marker is drawn at every point of its path, whether or not the path itself is seen.

    Parameters
    ----------
    root
        A drawing; changed in place. Ids of the new markers are unique within it.
    """
    shapes = {e.get("id", ""): e for e in root.iter(PATH) if e.get("id")}
    parents = [element for element in root.iter() if element.find(USE) is not None]
    number = 0
    for parent in parents:
        children: list[ET.Element] = []
        for key, run in _runs(parent):
            uses = list(run)
            if key is None or len(uses) < FEWEST_MARKERS or key[0] not in shapes:
                children += uses
                continue
            number += 1
            children += _joined(uses, shapes[key[0]], key[1], f"markers_{number}")
        parent[:] = children
    _drop_unused(root, set(shapes))


def _drop_unused(root: ET.Element, names: set[str]) -> None:
    """Take out the shapes that nothing uses any more."""
    unused = names - {use.get(HREF, "")[1:] for use in root.iter(USE)}
    for parent in root.iter():
        for defs in parent.findall(DEFS):
            defs[:] = [shape for shape in defs if shape.get("id") not in unused]
            if len(defs) == 0:
                parent.remove(defs)


def _runs(parent: ET.Element) -> Iterator[tuple[tuple[str, str] | None, Iterator[ET.Element]]]:
    """Neighbouring children of one kind; the key is shape and style, None for no marker."""
    return groupby(parent, lambda child: _kind(parent, child))


def _kind(parent: ET.Element, child: ET.Element) -> tuple[str, str] | None:
    if child.tag != USE or set(child.attrib) - {HREF, "x", "y", "style"}:
        return None
    return child.get(HREF, "")[1:], child.get("style") or parent.get("style") or ""


def _joined(
    uses: list[ET.Element], shape: ET.Element, style: str, name: str
) -> tuple[ET.Element, ET.Element]:
    defs = ET.Element(DEFS)
    # as large as drawn: a marker is scaled by the width of its line unless told otherwise
    marker = ET.SubElement(
        defs, MARKER, {"id": name, "markerUnits": "userSpaceOnUse", "overflow": "visible"}
    )
    ET.SubElement(marker, PATH, {"d": shape.get("d", ""), "style": _merged(shape, style)})
    points = [(float(use.get("x", "0")), float(use.get("y", "0"))) for use in uses]
    path = ET.Element(PATH, {"d": relative_steps(points), "style": INVISIBLE})
    for end in ENDS:
        path.set(end, f"url(#{name})")
    return defs, path


def _merged(shape: ET.Element, style: str) -> str:
    """Style of the shape, and what it leaves open as its users have it."""
    own = dict(part.split(": ", 1) for part in (shape.get("style") or "").split("; ") if part)
    used = dict(part.split(": ", 1) for part in style.split("; ") if part)
    return "; ".join(f"{key}: {value}" for key, value in {**used, **own}.items())


def share_styles(root: ET.Element) -> None:
    """Move a style that all markers of a group share to the group, and the fonts to the root."""
    for text in root.iter(f"{{{SVG}}}text"):
        declared = text.get("style", "").split("; ")
        text.set("style", "; ".join(d for d in declared if not d.startswith("font-family")))
        if text.get("transform", "").startswith(("rotate(-0 ", "rotate(0 ")):
            del text.attrib["transform"]
    for group in root.iter(f"{{{SVG}}}g"):
        uses = [child for child in group if child.tag == f"{{{SVG}}}use"]
        styles = {use.get("style", "") for use in uses}
        if len(uses) > 1 and len(uses) == len(group) and len(styles) == 1 and styles != {""}:
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
