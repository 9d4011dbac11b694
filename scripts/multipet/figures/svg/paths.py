"""Long lines of an SVG in few characters: steps from point to point, in tenths of a unit."""

import re
from collections.abc import Sequence
from itertools import pairwise

#: Fewer points than this are left as they are.
FEWEST = 12
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
STRAIGHT = re.compile(r"(?:[ML] -?[\d.]+ -?[\d.]+ ?|z ?)+")
#: One stretch of a path: a start, lines, and whether it is closed.
STRETCH = re.compile(r"M ([^Mz]*)(z?)")


def compact_path(d: str) -> str:
    """A path of straight lines in relative steps; any other, or a short one, as it is.

    Places are rounded to tenths before the steps are taken, so that roundings do not add up.

    Parameters
    ----------
    d
        Path data as matplotlib writes it: ``M 1.25 2 L 3 4 z``.
    """
    if d.count("L") < FEWEST or not STRAIGHT.fullmatch(d):
        return d
    return "".join(relative_steps(_points(text)) + end for text, end in STRETCH.findall(d))


def relative_steps(points: Sequence[tuple[float, float]]) -> str:
    """Path data of lines through ``points``: the first absolute, then steps."""
    tenths = [(round(10 * x), round(10 * y)) for x, y in points]
    steps = [(x - x0, y - y0) for (x0, y0), (x, y) in pairwise(tenths)]
    start = f"M{_joined(tenths[:1])}"
    return f"{start}l{_joined(steps)}" if steps else start


def _points(text: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in NUMBER.findall(text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _joined(pairs: Sequence[tuple[int, int]]) -> str:
    """Numbers in tenths with as few signs between them as they can be read with."""
    text = ""
    for number in (number for pair in pairs for number in pair):
        shown = f"{number / 10:g}".replace("0.", ".") if abs(number) < 10 else f"{number / 10:.1f}"
        shown = shown.removesuffix(".0")
        text += shown if not text or shown.startswith("-") else f" {shown}"
    return text
