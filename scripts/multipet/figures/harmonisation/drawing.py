"""A figure of a harmonisation, and the names of its batches."""

from collections.abc import Sequence
from dataclasses import dataclass

from multipet.core.columns.harmonisation import STAGES
from multipet.figures.figure import Drawing
from multipet.figures.harmonisation.captions import HARMONISATION_CAPTIONS, HARMONISATION_SECTIONS
from multipet.figures.labels import Labels
from multipet.figures.style import OKABE_ITO, Look, looks

#: Look of a value before and after, the same in every figure.
STAGE_LOOKS = dict(zip(STAGES, (Look(OKABE_ITO[1], "o"), Look(OKABE_ITO[0], "s")), strict=True))
JOINED = " + "  # between the labels of a batch of several columns


class HarmonisationDrawing(Drawing):
    """A ``Drawing`` whose name is one of ``HARMONISATION_CAPTIONS``."""

    @property
    def title(self) -> str:
        """A few words."""
        return HARMONISATION_CAPTIONS[self.name].title

    @property
    def section(self) -> str:
        """Section of the harmonisation's page."""
        return HARMONISATION_SECTIONS[self.name]


@dataclass(frozen=True)
class BatchNames:
    """Readable names and looks of batches.

    Attributes
    ----------
    columns
        Columns whose combinations are the batches.
    order
        All batches.
    labels
        Readable names of their levels.
    """

    columns: Sequence[str]
    order: Sequence[str]
    labels: Labels

    @property
    def looks(self) -> dict[str, Look]:
        """Look of each batch; all alike where they are too many."""
        return looks(self.order)

    def text(self, batch: str) -> str:
        """Label of a batch: ``Turku HRRT``."""
        parts = batch.split(JOINED) if len(self.columns) > 1 else [batch]
        if len(parts) != len(self.columns):
            return batch
        named = [self.labels.level(c, part) for c, part in zip(self.columns, parts, strict=True)]
        return JOINED.join(named)
