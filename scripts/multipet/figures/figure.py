"""What a figure is, and the one way in which figures are drawn, saved and listed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import pandas as pd
from matplotlib.figure import Figure

from multipet.core.columns import Column
from multipet.core.files import write_checksums, write_json
from multipet.core.tables import write_table
from multipet.figures.labels import Labels
from multipet.figures.style import figure_style
from multipet.figures.svg import save_svg

INDEX = "index.json"


class Source(Protocol):
    """What the figures of a page are drawn from."""

    @property
    def labels(self) -> Labels:
        """Readable names."""


S = TypeVar("S", bound=Source, contravariant=True)


@dataclass(frozen=True, eq=False)
class Drawn:
    """One figure as drawn from a source.

    Attributes
    ----------
    figure
        Drawn within ``style.figure_style``, to be saved there too.
    table
        What is drawn, number by number.
    alt
        What the figure shows, for those who do not see it.
    fields
        What fills the fields of the caption.
    more_columns
        Columns of ``table`` after those of its kind.
    tips
        Words that a pointer on a shape is told, by the shape's ``gid``.
    """

    figure: Figure
    table: pd.DataFrame
    alt: str
    fields: Mapping[str, object] = field(default_factory=dict)
    more_columns: Sequence[Column] = ()
    tips: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class FigureKind(Generic[S]):
    """One figure that a page can have: all that is known of it before it is drawn.

    Attributes
    ----------
    name
        Its id, and that of its files.
    section, part
        Section of the page that it belongs to, and the part of it where that has several.
    title
        A few words.
    shows, well
        What is drawn, and how it looks when all is well, as the end of a sentence. These and
        the title may have fields (``{rows}``) that the drawing fills.
    columns
        What the columns of the drawn table mean.
    draw
        Draws it; gives None where the source has nothing to show.
    folded
        Whether the page shows it on demand.
    """

    name: str
    section: str
    title: str
    shows: str
    well: str
    columns: Sequence[Column]
    draw: Callable[[S], Drawn | None]
    part: str = ""
    folded: bool = False


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawn figure with what its kind says of it.

    Attributes
    ----------
    kind, drawn
        The figure before and after it was drawn.
    symbol
        Quantity whose subscript is set as one, as ``BP_ND``; empty for none.
    """

    kind: FigureKind
    drawn: Drawn
    symbol: str = ""

    @property
    def name(self) -> str:
        """Id of the figure, and name of its files."""
        return self.kind.name

    @property
    def title(self) -> str:
        """A few words."""
        return self.kind.title.format_map(self.drawn.fields)

    @property
    def caption(self) -> str:
        """What is drawn, then how it should look."""
        text = f"{self.kind.shows} When all is well, {self.kind.well}"
        return text.format_map(self.drawn.fields)

    def save(self, folder: Path) -> None:
        """Write ``<name>.svg``, and its table as ``<name>.tsv`` with dictionary."""
        path, drawn = folder / f"{self.name}.svg", self.drawn
        words = {"title": self.title, "alt": drawn.alt, "symbol": self.symbol}
        save_svg(drawn.figure, path, name=self.name, tips=drawn.tips, **words)
        columns = (*self.kind.columns, *drawn.more_columns)
        write_table(path.with_suffix(".tsv"), drawn.table, columns)

    def entry(self) -> dict[str, object]:
        """Return what the index says of it."""
        return {
            "name": self.name,
            "file": f"{self.name}.svg",
            "table": f"{self.name}.tsv",
            "section": self.kind.section,
            "part": self.kind.part,
            "folded": self.kind.folded,
            "title": self.title,
            "caption": self.caption,
            "alt": self.drawn.alt,
        }


def draw_figures(kinds: Iterable[FigureKind[S]], source: S) -> list[Drawing]:
    """Draw every figure that ``source`` has something to show for, in the order of ``kinds``.

    To be called, and the figures to be saved, within ``style.figure_style``.
    """
    symbol = source.labels.symbol
    drawn = [(kind, kind.draw(source)) for kind in kinds]
    return [Drawing(kind, one, symbol) for kind, one in drawn if one is not None]


def save_drawings(drawings: Iterable[Drawing], folder: Path | str) -> None:
    """Write every drawing, then ``index.json``, their entries in the page's order, and the
    folder's checksums beside it.
    """
    entries = []
    for drawing in drawings:
        drawing.save(Path(folder))
        entries.append(drawing.entry())
    write_json(Path(folder) / INDEX, entries)
    write_checksums(folder)


def save_figures(kinds: Iterable[FigureKind[S]], source: S, folder: Path | str) -> None:
    """Draw and save every figure that ``source`` has something to show for."""
    with figure_style():
        save_drawings(draw_figures(kinds, source), folder)


def regions_in_words(shown: int, total: int, which: str) -> str:
    """How many regions a figure shows: ``all 4 regions``, ``4 of 90 regions (which)``."""
    if shown == total:
        return "the region" if total == 1 else f"all {total} regions"
    return f"{shown} of {total} regions ({which})"


def in_regions(table: pd.DataFrame, regions: Sequence[str]) -> pd.DataFrame:
    """Rows of ``regions``, in the order of ``regions``."""
    place = {region: i for i, region in enumerate(regions)}
    kept = table[table["region"].isin(place)]
    return kept.sort_values("region", key=lambda r: r.map(place), kind="stable", ignore_index=True)
