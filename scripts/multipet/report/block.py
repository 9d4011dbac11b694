"""A part of a section: a heading, sentences, figures and tables, in this order."""

from dataclasses import dataclass

from multipet.report.figure_files import Figure
from multipet.report.prose import Prose
from multipet.report.tables_html import Table

#: Rows beyond which a table is folded.
MOST_ROWS = 12


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
