"""A figure with what belongs to it: the table drawn, a caption, and words for a listener."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from multipet.core.columns import Column
from multipet.core.files import write_checksums, write_json
from multipet.core.tables import write_table
from multipet.figures.contrast.captions import CAPTIONS
from multipet.figures.contrast.names import INDEX, SECTIONS
from multipet.figures.svg.document import save_svg


@dataclass(frozen=True, eq=False)
class Drawing:
    """One figure of the report.

    Attributes
    ----------
    name
        One of ``figure_names.NAMES``.
    figure
        Drawn within ``style.figure_style``, to be saved there too.
    table, columns
        What is drawn, and what its columns mean.
    caption
        What is drawn, and how it looks when all is well.
    alt
        What the figure shows, for those who do not see it.
    symbol
        Quantity whose subscript is set as one, as ``BP_ND``; empty for none.
    tips
        Words that a pointer on a shape is told, by the shape's ``gid``.
    """

    name: str
    figure: Figure
    table: pd.DataFrame
    columns: Sequence[Column]
    caption: str
    alt: str
    symbol: str = ""
    tips: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """A few words."""
        return CAPTIONS[self.name].title

    @property
    def section(self) -> str:
        """Section of the report that it belongs to."""
        return SECTIONS[self.name]

    def save(self, folder: Path) -> None:
        """Write ``<name>.svg``, and its table as ``<name>.tsv`` with dictionary."""
        path = folder / f"{self.name}.svg"
        words = {"title": self.title, "alt": self.alt, "symbol": self.symbol}
        save_svg(self.figure, path, name=self.name, tips=self.tips, **words)
        write_table(path.with_suffix(".tsv"), self.table, self.columns)

    def entry(self) -> dict[str, str]:
        """Return what the index says of it."""
        return {
            "name": self.name,
            "file": f"{self.name}.svg",
            "table": f"{self.name}.tsv",
            "section": self.section,
            "title": self.title,
            "caption": self.caption,
            "alt": self.alt,
        }


def save_drawings(drawings: Sequence[Drawing], folder: Path | str) -> None:
    """Write every drawing, then ``index.json``, their entries in the report's order, and the
    folder's checksums beside it.
    """
    for drawing in drawings:
        drawing.save(Path(folder))
    write_json(Path(folder) / INDEX, [drawing.entry() for drawing in drawings])
    write_checksums(folder)
