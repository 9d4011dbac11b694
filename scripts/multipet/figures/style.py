"""The look of every figure: colours, markers, fonts, panels, legends, how numbers are written."""

import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator

SIGNIFICANT = 3
SMALL = 8  # points: two lines of it fit into a row
SMALL_TITLE = 9.5  # points


def decimals_for(values: pd.DataFrame | pd.Series) -> int:
    """Decimals that give the largest of ``values`` three significant digits; at least one."""
    finite = np.abs(values.to_numpy(float))
    largest = np.nanmax(finite, initial=0.0)
    if largest == 0:
        return 1
    return max(1, SIGNIFICANT - 1 - math.floor(math.log10(largest)))


def fixed(value: float, decimals: int) -> str:
    """Return ``value`` with so many decimals and a true minus; never a negative zero."""
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.removeprefix("-")


WIDTH = 7.2  # inches; the viewBox then is 518 units wide
TEXT, QUIET, GRID = "#1b1f24", "#57606a", "#d8dee4"
BLUE, GREY = "#0072B2", "#b4bac1"

#: Okabe & Ito (2008), in the order of greatest contrast on white.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
#: Petroff (2021), arXiv:2107.02270.
PETROFF10 = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
MOST_LOOKS = len(PETROFF10)
EFFECTS = "RdBu_r"  # to be centred at 0

COLUMNS = 2  # of panels side by side
LEGEND_WIDTH = 72  # characters of a row of the legend, 5 an entry for marker and gap

STYLE = {
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "font.family": ["DejaVu Sans"],
    "font.size": 11,
    "text.color": TEXT,
    "text.parse_math": False,  # labels are a user's text: "$" is a dollar
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 10.5,
    "legend.handletextpad": 0.3,
    "legend.columnspacing": 1.2,
    "hatch.linewidth": 1.0,
    "svg.fonttype": "none",
    "svg.hashsalt": "multipet",
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Apply the style while figures are made *and* saved; what was set before comes back."""
    with matplotlib.style.context(["default", STYLE]):
        yield


def new_figure(height: float) -> Figure:
    """Figure of the report's width; ``height`` in inches."""
    return Figure(figsize=(WIDTH, height))


@dataclass(frozen=True)
class Look:
    """Colour and marker of one level."""

    colour: str
    marker: str


def looks(levels: Sequence[str]) -> dict[str, Look]:
    """Return a look for each level: both colour and marker differ, up to ten levels.

    Beyond ``MOST_LOOKS`` all look alike: so many colours cannot be told apart.
    """
    if len(levels) > MOST_LOOKS:
        return {level: Look(BLUE, "o") for level in levels}
    palette = OKABE_ITO if len(levels) <= len(OKABE_ITO) else PETROFF10
    return {level: Look(palette[i], MARKERS[i]) for i, level in enumerate(levels)}


def shortened(text: str, most: int = 30) -> str:
    """Return ``text`` on one line, its middle left out where it is longer than ``most``.

    Names of regions differ at their ends: *superior parietal lobule, left* and *right*.
    """
    line = " ".join(str(text).split())
    if len(line) <= most:
        return line
    tail = most // 3
    return f"{line[: most - tail - 1].rstrip()}…{line[-tail:].lstrip()}"


def wrapped(text: str, most: int) -> str:
    """Return the whole ``text`` on lines of ``most`` letters, broken between words if possible."""
    return "\n".join(textwrap.wrap(" ".join(str(text).split()), most))


def panel_title(axes: Axes, text: str, most: int) -> None:
    """Set a title that is never cut: beyond ``most`` letters on several lines, in smaller letters.

    Lines of ``text`` stay lines.
    """
    lines = text.split("\n")
    if max(map(len, lines)) <= most:
        axes.set_title(text)
        return
    width = most + most // 5
    axes.set_title("\n".join(wrapped(line, width) for line in lines), fontsize=SMALL_TITLE)


def row_name(name: str, most: int) -> tuple[str, dict[str, float]]:
    """Return the name of a row and how its letters are set.

    A name longer than ``most`` letters stands on two lines, in smaller letters; only one longer
    than three times ``most`` loses its middle.
    """
    text = shortened(name, 3 * most)
    if len(text) <= most:
        return text, {}
    width = next(w for w in range(most, len(text) + 1) if len(textwrap.wrap(text, w)) <= 2)
    return wrapped(text, width), {"fontsize": SMALL, "linespacing": 1.0}


def name_rows(axes: Axes, places: Iterable[float], names: Iterable[str], most: int) -> None:
    """Name the rows of a panel at their places; see ``row_name``."""
    rows = [row_name(name, most) for name in names]
    axes.set_yticks(list(places), [text for text, _ in rows])
    for tick, (_, letters) in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set(**letters)


def outcome_ticks(axis: Axis) -> None:
    """Tick an axis of logarithms at round numbers of the outcome itself."""
    axis.set_major_locator(OutcomeLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{math.exp(value):.3g}"))


class OutcomeLocator(Locator):
    """Ticks of an axis of logarithms: where what they are the logarithms of is round."""

    def __call__(self) -> Sequence[float]:
        """Ticks within the limits of the axis."""
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Ticks from ``vmin`` to ``vmax``."""
        low, high = math.exp(min(vmin, vmax)), math.exp(max(vmin, vmax))
        ticks = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        return [math.log(tick) for tick in ticks if low <= tick <= high and tick > 0]


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
    texts = [shortened(label, 60) for label in labels]
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
