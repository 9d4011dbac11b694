"""What a page carries in itself: figures, a logo, and files to be saved by a click."""

import base64
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from multipet.config.page_specs import Logo as LogoFile
from multipet.core.files import read_json
from multipet.core.image import read_image
from multipet.ingest.delivered_table import is_formula

KINDS = {
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "yaml": "application/yaml",
    "bib": "application/x-bibtex",
    "md": "text/markdown",
}


def data_uri(text: str, kind: str) -> str:
    """A link that holds the file itself; empty for an empty file.

    Parameters
    ----------
    text
        Content of the file.
    kind
        Its extension, one of ``KINDS``.
    """
    if not text:
        return ""
    encoded = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return f"data:{KINDS[kind]};charset=utf-8;base64,{encoded}"


def defused(tsv: str) -> str:
    """A table whose texts no spreadsheet runs: an apostrophe stands before a formula.

    Numbers stay as they are, minus signs included.
    """
    lines = [
        "\t".join(f"'{cell}" if is_formula(cell) else cell for cell in line.split("\t"))
        for line in tsv.split("\n")
    ]
    return "\n".join(lines)


def table_json(table: pd.DataFrame) -> str:
    """A table as JSON by columns, as pandas and R read it; what is missing is null."""
    columns = {name: [_plain(value) for value in table[name]] for name in table}
    return json.dumps(columns, ensure_ascii=False, separators=(",", ":"))


def settings_uri(yaml_text: str, contrast: str) -> str:
    """The settings of a contrast as a file that says what it is for."""
    head = f"# Settings of contrast {contrast}; lay it beside the raw tables that it names.\n"
    return data_uri(head + yaml_text, "yaml")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if value is not None else None


@dataclass(frozen=True)
class Logo:
    """An image as a ``data:`` link, and what it says to those who do not see it.

    An SVG stands in an ``<img>``, where a browser runs no script and loads nothing from it.
    """

    uri: str
    alt: str


def logo_of(wanted: LogoFile | None) -> Logo | None:
    """Read the lab's logo, where there is one.

    Raises
    ------
    UserError
        If there is no such file, it is too large, or it is no PNG, JPEG or SVG.
    """
    if not wanted:
        return None
    kind, content = read_image(wanted.path)
    encoded = base64.b64encode(content).decode("ascii")
    return Logo(f"data:{kind};base64,{encoded}", wanted.alt)


@dataclass(frozen=True)
class Figure:
    """One figure: SVG text, caption, text for those who do not see it, its place on the page.

    ``section`` and ``part`` of it as ``figures.figure.FigureKind`` has them; ``folded``: shown on
    demand.
    """

    name: str
    svg: str
    caption: str
    alt: str
    section: str
    part: str = ""
    folded: bool = False
    table: str = ""
    title: str = ""


def read_figures(index: Path) -> tuple[Figure, ...]:
    """Figures of an index that ``figures.figure.save_drawings`` wrote, in its order."""
    return tuple(
        Figure(
            name=entry["name"],
            svg=(index.parent / entry["file"]).read_text(encoding="utf-8"),
            caption=entry["caption"],
            alt=entry["alt"],
            section=entry["section"],
            part=entry["part"],
            folded=entry["folded"],
            table=entry["table"],
            title=entry["title"],
        )
        for entry in read_json(index)
    )
