"""From a page's content to HTML: everything escaped, no network, the same bytes each time."""

import base64
import re
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

import multipet.report
from multipet.core.symbols import split_symbol
from multipet.report.html.embedded import Figure
from multipet.report.html.tables import Table
from multipet.report.html.text import Prose

#: Rows beyond which a table is folded.
MOST_ROWS = 12


@dataclass(frozen=True)
class KeyFigure:
    """One number of the answer, set large: ``3 of 4`` over ``regions``."""

    value: str
    label: Prose


@dataclass(frozen=True)
class Block:
    """A part of a section; whatever is empty is left out.

    Attributes
    ----------
    title
        Heading; empty where the figures have their own.
    text
        Paragraphs.
    figures, tables
        Shown.
    folded_figures, folded
        Each behind a line that opens it.
    links
        ``(words, address)`` of other pages.
    notes
        Sentences below it all.
    """

    title: str = ""
    text: tuple[Prose, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    folded_figures: tuple[Figure, ...] = ()
    folded: tuple[tuple[str, Table], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    notes: tuple[Prose, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but a heading."""
        parts = (self.text, self.figures, self.tables, self.folded_figures, self.folded)
        return not any((*parts, self.links, self.notes))


def blocks(*parts: Block) -> tuple[Block, ...]:
    """Those of ``parts`` that hold something."""
    return tuple(part for part in parts if not part.is_empty)


def table_block(
    figures: tuple[Figure, ...],
    table: Table | None,
    summary: str,
    title: str = "",
    most: int = MOST_ROWS,
) -> Block:
    """A table below its figures, behind the line ``summary`` where it has over ``most`` rows."""
    if table is None:
        return Block(title if figures else "", figures=figures)
    if len(table.rows) > most:
        return Block(title, figures=figures, folded=((summary, table),))
    return Block(title, figures=figures, tables=(table,))


TEMPLATES = Path(multipet.report.__file__).parent / "templates"
BRACKETED = re.compile(r" (?=[\[(])")
#: Controls, noncharacters (two end each plane of Unicode): HTML does not allow them.
ENDS = "".join(chr(0x10000 * plane + end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
UNPRINTABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef{ENDS}]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def render(template: str, symbol: str = "", **content: Any) -> str:
    """Render a template; what comes from config or tables is escaped.

    The filter ``symbols`` sets the subscript of ``symbol``, as ``BP_ND``, wherever a text has it.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline_svg"] = inline_svg
    environment.filters["in_pieces"] = in_pieces
    environment.filters["symbols"] = partial(with_subscripts, symbol=symbol)
    environment.globals["asset"] = _asset
    environment.globals["security_policy"] = security_policy()
    return environment.get_template(template).render(**content)


def printable(value: Any) -> Any:
    """Replace characters that HTML does not allow (controls, noncharacters) by U+FFFD."""
    if not isinstance(value, str) or not UNPRINTABLE.search(value):
        return value
    return type(value)(UNPRINTABLE.sub(REPLACEMENT, value))


def with_subscripts(text: str, symbol: str) -> Markup:
    """Return ``text`` escaped, its ``symbol`` with a subscript."""
    pieces = split_symbol(printable(str(text)), symbol)
    return Markup().join(
        Markup("{}<sub>{}</sub>").format(base, lowered) if lowered else escape(base)
        for base, lowered in pieces
    )


def in_pieces(text: str) -> Markup:
    """A cell of numbers, escaped, that breaks before brackets only: ``−5.19 [−6.16 to −4.22]``."""
    pieces = BRACKETED.split(printable(str(text)))
    if len(pieces) == 1:
        return escape(pieces[0])
    return Markup(" ").join(Markup('<span class="piece">{}</span>').format(p) for p in pieces)


#: What our own figures are made of; everything else is refused.
ELEMENTS = """svg g path use text tspan defs marker rect circle line polygon polyline clipPath
title desc pattern image linearGradient stop"""
ATTRIBUTES = """id class d x y x1 x2 y1 y2 cx cy r rx ry dx dy width height points transform style
fill fill-opacity stroke stroke-width stroke-opacity stroke-dasharray opacity clip-path clip-rule
overflow marker-start marker-mid marker-end markerUnits markerWidth markerHeight refX refY orient
font-size font-family font-weight text-anchor xmlns xmlns:xlink xml:space version viewBox role
aria-labelledby aria-label aria-hidden href xlink:href patternUnits patternTransform
preserveAspectRatio gradientUnits offset stop-color"""
ALLOWED = frozenset(ELEMENTS.split()), frozenset(ATTRIBUTES.split())
TAG = re.compile(r"""<(/?)([^\s<>/"']+)((?:\s+[^\s<>="']+="[^"<]*")*)\s*/?>""")
ATTRIBUTE = re.compile(r"""([^\s<>="']+)="([^"<]*)\"""")
INNER = re.compile(r"#|data:image/png;base64,")


def inline_svg(text: str) -> Markup:
    """Return the ``<svg>`` element of one of our own figures as markup.

    Texts may hold any words: only elements and attributes are looked at.

    Raises
    ------
    ValueError
        If the text is no SVG, or has an element, an attribute or a link that no figure needs.
    """
    start, end = text.find("<svg"), text.rfind("</svg>")
    if start < 0 or end < 0:
        raise ValueError("a figure of the report is not an SVG file")
    svg = text[start : end + len("</svg>")]
    tags = list(TAG.finditer(svg))
    if len(tags) != svg.count("<"):
        raise ValueError("a figure of the report is not made of plain elements")
    for element in {tag[2] for tag in tags} - ALLOWED[0]:
        raise ValueError(f"a figure of the report holds <{element}>")
    for attributes in {tag[3] for tag in tags if tag[3]}:
        for name, value in ATTRIBUTE.findall(attributes):
            _refuse_foreign(name, value)
    return Markup(svg)


def _refuse_foreign(name: str, value: str) -> None:
    """Refuse an attribute that no figure has, or one that reaches out of it."""
    if name not in ALLOWED[1]:
        raise ValueError(f"a figure of the report holds {name}=")
    elsewhere = name.endswith("href") and not INNER.match(value)
    reached = value.replace("url(#", "") if name != "style" else _plain_style(value)
    if elsewhere or "url(" in reached:
        raise ValueError(f"a figure of the report holds a link to elsewhere in {name}=")


def _plain_style(value: str) -> str:
    """A style without links into its own figure, and without what could hide others."""
    return value.casefold().replace("url(#", "").replace("\\", "url(").replace("@", "url(")


def _asset(name: str) -> Markup:
    """Text of a style sheet or script of ours, to stand inside the page."""
    return Markup("\n" + (TEMPLATES / name).read_text(encoding="utf-8"))


def _hash(name: str) -> str:
    """How a security policy names a style sheet or script of ours."""
    digest = sha256(_asset(name).encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def security_policy() -> str:
    """What a page may do: its own style and script, images that it holds, no network.

    Figures set colours in ``style`` attributes, which no script of a page could abuse.
    """
    parts = (
        "default-src 'none'",
        f"script-src {_hash('tables.js')}",
        f"style-src-elem {_hash('style.css')}",
        "style-src-attr 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(parts)
