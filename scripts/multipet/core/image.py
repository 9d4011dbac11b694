"""The lab's logo: an image that every report carries, told by its content, not by its name."""

from pathlib import Path

from multipet.core.problems import Problem, UserError

#: How the files begin; an SVG is told by its root element.
SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
SVG = "image/svg+xml"
MOST_BYTES = 200_000
WHERE = "report.logo"


def read_image(path: Path | str) -> tuple[str, bytes]:
    """Media type and content of an image.

    Raises
    ------
    UserError
        If there is no such file, it is too large, or it is no PNG, JPEG or SVG.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise UserError(Problem(WHERE, f"{path}: {reason}")) from error
    if size > MOST_BYTES:
        message = f"{path.name} has {size:,} bytes, more than {MOST_BYTES:,}"
        raise UserError(Problem(WHERE, message, "every report carries it: make it smaller"))
    return _kind(path, content), content


def _kind(path: Path, content: bytes) -> str:
    for kind, start in SIGNATURES.items():
        if content.startswith(start):
            return kind
    if b"<svg" in content and content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return SVG
    message = f"{path.name} is no PNG, JPEG or SVG image"
    raise UserError(Problem(WHERE, message, "export the logo as one of them"))
