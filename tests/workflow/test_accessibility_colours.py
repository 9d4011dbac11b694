"""Contrast of every pair of colours of the style sheet that meet, in light, dark and print."""

import re
from pathlib import Path

import pytest

from multipet.figures import style
from multipet.report.html.rendering import TEMPLATES

CSS = (Path(TEMPLATES) / "style.css").read_text(encoding="utf-8")
TEXT, SHAPE = 4.5, 3.0  # WCAG 2: text, and signs that carry meaning
#: Text on what it stands on.
PAIRS = [
    *(("ink", ground) for ground in ("paper", "card", "accent-soft", "look-soft", "stop-soft")),
    *(("soft", ground) for ground in ("paper", "card", "accent-soft")),
    *(("accent", ground) for ground in ("paper", "card", "accent-soft", "look-soft", "stop-soft")),
    *(("card", mark) for mark in ("ok", "look", "stop")),
    ("ok", "card"), ("look", "look-soft"), ("stop", "stop-soft"),
]  # fmt: skip


def tokens():
    """Tokens of each ``:root`` block: light first, then dark and print over them."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    found = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block)) for block in blocks]
    assert len(found) == 3
    light, dark, paper = found
    return {"light": light, "dark": light | dark, "print": light | paper}


TOKENS = tokens()


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_is_that_of_wcag():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", TOKENS)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(scheme, text, ground):
    used = TOKENS[scheme]
    assert contrast(used[text], used[ground]) >= TEXT


def test_every_ink_is_in_a_pair():
    inks = {name for name in TOKENS["light"] if not name.endswith("-soft")}
    assert inks - {text for text, _ in PAIRS} <= {"paper", "line", "shade"}


def test_dark_figures_recolour_the_inks_of_the_figures():
    inks = (style.TEXT, style.QUIET, style.GRID, style.BLUE.lower())
    for ink in inks:
        for kind in ("fill", "stroke"):
            assert f'[style*="{kind}: {ink}"]' in CSS


@pytest.mark.parametrize("colour", style.OKABE_ITO)
def test_levels_can_be_seen_in_dark_figures(colour):
    recoloured = dict(re.findall(r'fill: (#[0-9a-f]{6})"\] \{ fill: (#[0-9a-f]{6})', CSS))
    shown = recoloured.get(colour.lower(), colour)
    assert contrast(shown, TOKENS["dark"]["card"]) >= SHAPE
