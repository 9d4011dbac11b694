"""Cells of a harmonisation's tables."""

from collections.abc import Callable

from multipet.report.formatting import is_missing
from multipet.report.tables_html import Cell, Heading, Table, digits

STAGES = ("before", "after")


def text_cell(text: str, header: bool = False) -> Cell:
    """A cell of words."""
    return Cell(text, text, numeric=False, header=header)


def value_cell(value: float, form: Callable[[float], str]) -> Cell:
    """A number printed by ``form``."""
    return Cell("n/a" if is_missing(value) else form(value), digits(value))


def table_or_none(
    id_: str,
    caption: str,
    headings: tuple[Heading, ...],
    body: tuple[tuple[Cell, ...], ...],
    sortable: bool = False,
    note: str = "",
) -> Table | None:
    """A table; None without rows."""
    return Table(id_, caption, headings, body, sortable, note) if body else None
