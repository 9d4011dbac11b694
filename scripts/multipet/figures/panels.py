"""Panels of one figure side by side, one a region, with what they share said once."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from multipet.figures.style import Look, shortened

COLUMNS = 2
LEGEND_WIDTH = 72  # characters of a row of the legend, 5 an entry for marker and gap


def region_panels(figure: Figure, count: int, **shared: bool) -> list[Axes]:
    """Add ``count`` panels in two columns; ``sharex`` and ``sharey`` as in ``subplots``."""
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    grid = figure.subplots(rows, columns, squeeze=False, **shared)
    every = grid.ravel().tolist()
    for spare in every[count:]:
        spare.remove()
    # a panel above an empty place has no axis numbers below it to share
    for above in every[max(count - columns, 0) : count]:
        above.tick_params(labelbottom=True)
    return every[:count]


def legend_above(figure: Figure, handles: Sequence[Line2D], labels: Sequence[str]) -> None:
    """Legend over the whole width, above all panels; labels are drawn as they are."""
    texts = [shortened(label, 27) for label in labels]
    widths = [len(text) + 5 for text in texts]
    fits = sum(widths) <= LEGEND_WIDTH
    legend = figure.legend(
        handles,
        [" "] * len(texts),
        loc="outside upper left",
        ncols=len(texts) if fits else max(1, LEGEND_WIDTH // max(widths)),
        borderaxespad=0,
    )
    # set afterwards: matplotlib leaves out labels that begin with an underscore
    for text, label in zip(legend.get_texts(), texts, strict=True):
        text.set_text(label)


def marker_handle(look: Look, **options: object) -> Line2D:
    """Legend entry of one level."""
    return Line2D([], [], linestyle="", marker=look.marker, color=look.colour, **options)


def level_legend(figure: Figure, levels: Mapping[str, Look], labels: Sequence[str]) -> None:
    """Legend of the levels; none where all look alike."""
    if len(set(levels.values())) == len(levels) > 1:
        legend_above(figure, [marker_handle(look) for look in levels.values()], labels)
