"""Cells of numbers, and text that becomes markup only where we wrote it."""

import pytest
from markupsafe import Markup

from multipet.report.html.rendering import in_pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("−5.19 [−6.16 to −4.22]", ["−5.19", "[−6.16 to −4.22]"]),
        ("0.116 [0.1 to 0.2] (59 %)", ["0.116", "[0.1 to 0.2]", "(59 %)"]),
    ],
)
def test_numbers_break_before_brackets(text, pieces):
    found = in_pieces(text)
    assert found == " ".join(f'<span class="piece">{piece}</span>' for piece in pieces)
    assert Markup(found).striptags() == text


@pytest.mark.parametrize("text", ["20.1 to 77.4", "< .001", "n/a", ""])
def test_others_stay_whole(text):
    assert in_pieces(text).unescape() == text
    assert "<span" not in in_pieces(text)


def test_pieces_are_escaped():
    assert "<b>" not in in_pieces("<b> (<b>)")
