"""The logo of a study: a file of the user's, carried inside the page as an image."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multipet.problems import Problem, UserError

#: How the files begin; an SVG is told by its root element.
SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
SVG = "image/svg+xml"
MOST_BYTES = 200_000  # every report carries it


@dataclass(frozen=True)
class Logo:
    """An image as a ``data:`` link, and what it says to those who do not see it.

    An SVG stands in an ``<img>``, where a browser runs no script and loads nothing from it.
    """

    uri: str
    alt: str


def logo_of(spec: Mapping[str, Any]) -> Logo | None:
    """Read the logo that ``spec["logo"]`` names: ``{"path", "alt"}``, or nothing.

    Raises
    ------
    UserError
        If there is no such file, it is too large, or it is no PNG, JPEG or SVG.
    """
    wanted = spec.get("logo")
    if not wanted or not wanted.get("path"):
        return None
    path = Path(wanted["path"])
    content = _content(path)
    encoded = base64.b64encode(content).decode("ascii")
    return Logo(f"data:{_kind(path, content)};base64,{encoded}", str(wanted.get("alt") or ""))


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise UserError(Problem("report.logo", f"{path}: {reason}")) from error
    if len(content) > MOST_BYTES:
        size = f"{path.name} has {len(content):,} bytes, more than {MOST_BYTES:,}"
        raise UserError(Problem("report.logo", size, "every report carries it: make it smaller"))
    return content


def _kind(path: Path, content: bytes) -> str:
    """Media type by the content, not by the name."""
    for kind, start in SIGNATURES.items():
        if content.startswith(start):
            return kind
    if b"<svg" in content and content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return SVG
    found = f"{path.name} is no PNG, JPEG or SVG image"
    raise UserError(Problem("report.logo", found, "export the logo as one of them"))
