"""The logo: three kinds of image, told by their content, small, and never markup of the page."""

import base64

import index_mock
import pytest

from multipet.config.page_specs import Logo
from multipet.core.image import MOST_BYTES
from multipet.core.problems import UserError
from multipet.report.html.embedded import logo_of

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def logo(tmp_path, content, name="logo", alt="Lab"):
    path = tmp_path / name
    path.write_bytes(content)
    return logo_of(Logo(path=str(path), alt=alt, sha256=""))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/png", PNG),
        ("image/jpeg", b"\xff\xd8\xff\xe0" + b"0" * 20),
        ("image/svg+xml", index_mock.SVG.encode()),
        ("image/svg+xml", b'\xef\xbb\xbf<?xml version="1.0"?>\n' + index_mock.SVG.encode()),
    ],
)
def test_the_link_holds_the_file(tmp_path, kind, content):
    found = logo(tmp_path, content)
    head, _, data = found.uri.partition(",")
    assert head == f"data:{kind};base64"
    assert base64.b64decode(data) == content
    assert found.alt == "Lab"


def test_no_logo():
    assert logo_of(None) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a", "no PNG, JPEG or SVG"),
        (b"", "no PNG, JPEG or SVG"),
        (b"text with <svg inside", "no PNG, JPEG or SVG"),
        (PNG + b"0" * MOST_BYTES, "more than 200,000"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, content, words):
    with pytest.raises(UserError, match=words) as error:
        logo(tmp_path, content)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["absent.png", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name):
    with pytest.raises(UserError, match=r"report\.logo"):
        logo_of(Logo(path=str(tmp_path / name), alt="", sha256=""))


def test_a_script_in_an_svg_is_no_markup_of_the_page(tmp_path):
    found = logo(tmp_path, b"<svg><script>alert(1)</script></svg>")
    assert "<" not in found.uri
