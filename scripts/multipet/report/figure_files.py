"""Figures as a page takes them up: SVG text, caption, and words for those who do not see them."""

from dataclasses import dataclass
from pathlib import Path

from multipet.files import read_json


@dataclass(frozen=True)
class Figure:
    """One figure: SVG text, caption, text for those who do not see it, section it belongs to."""

    name: str
    svg: str
    caption: str
    alt: str
    section: str
    table: str = ""
    title: str = ""


def read_figures(index: Path) -> tuple[Figure, ...]:
    """Figures of an index that ``figures.drawing.save_drawings`` wrote, in its order."""
    return tuple(
        Figure(
            name=entry["name"],
            svg=(index.parent / entry["file"]).read_text(encoding="utf-8"),
            caption=entry.get("caption") or "",
            alt=entry.get("alt") or entry.get("caption") or entry["name"],
            section=entry.get("section") or "",
            table=entry.get("table") or "",
            title=entry.get("title") or "",
        )
        for entry in read_json(index)
    )
