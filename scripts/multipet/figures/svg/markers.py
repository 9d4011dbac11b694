"""Many markers of one shape as one polyline with markers: a tenth of their size in a file."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import groupby

from multipet.figures.svg.paths import relative_steps

SVG = "http://www.w3.org/2000/svg"
HREF = "{http://www.w3.org/1999/xlink}href"
USE, PATH, MARKER, DEFS = (f"{{{SVG}}}{tag}" for tag in ("use", "path", "marker", "defs"))
#: Fewer markers than this are left as they are.
FEWEST = 8
INVISIBLE = "fill: none; stroke: none"
ENDS = ("marker-start", "marker-mid", "marker-end")


def join_markers(root: ET.Element) -> None:
    """Replace runs of ``use`` elements that share shape and style by one path with a marker.

    A marker is drawn at every point of its path, whether or not the path itself is seen.

    Parameters
    ----------
    root
        A drawing; changed in place. Ids of the new markers are unique within it.
    """
    shapes = {e.get("id"): e for e in root.iter(PATH) if e.get("id")}
    parents = [element for element in root.iter() if element.find(USE) is not None]
    number = 0
    for parent in parents:
        children: list[ET.Element] = []
        for key, run in _runs(parent):
            uses = list(run)
            if key is None or len(uses) < FEWEST or key[0] not in shapes:
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
