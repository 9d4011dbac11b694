"""Cells of numbers, and text that becomes markup only where we wrote it."""

import pytest
from markupsafe import Markup

from multipet.report.html.rendering import in_pieces, inline_svg


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


@pytest.mark.parametrize(
    "words",
    [
        "Caudate (javascript: see note)",
        " onload=x",
        "href=&quot;http://x",
        "url(http://x)",
        "@import",
    ],
)
def test_labels_of_a_figure_are_text(words):
    svg = f'<svg viewBox="0 0 1 1"><title>{words}</title><text x="1" y="2">{words}</text></svg>'
    assert inline_svg(svg) == svg


@pytest.mark.parametrize(
    "content",
    [
        "<script>1</script>",
        "<foreignObject></foreignObject>",
        '<a href="#x">x</a>',
        '<rect onclick="x"/>',
        "<rect onclick='x'/>",
        "<rect onclick=x />",
        '<use href="http://x"/>',
        "<use xlink:href='http://x'/>",
        '<use xlink:href="other.svg#a"/>',
        '<image href="https://x/a.png"/>',
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        '<rect style="fill: url(http://x)"/>',
        '<rect style="fill: u\\72l(http://x)"/>',
        '<rect fill="url(http://x)"/>',
        "<!-- x -->",
        "<![CDATA[x]]>",
        "<style>a{}</style>",
    ],
)
def test_a_figure_that_could_act_is_refused(content):
    with pytest.raises(ValueError, match="a figure of the report"):
        inline_svg(f'<svg viewBox="0 0 1 1">{content}</svg>')
