"""A document of which one part, between two marks, is made by a program."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Marks:
    """The lines before and after the part that is made."""

    begin: str
    end: str


def between_marks(document: str, marks: Marks, part: str) -> str:
    """``document`` with ``part`` between its marks.

    Raises
    ------
    ValueError
        If a mark is missing.
    """
    before, begin, rest = document.partition(marks.begin)
    _, end, after = rest.partition(marks.end)
    if not (begin and end):
        raise ValueError(f"the document lacks the lines {marks.begin} and {marks.end}")
    return f"{before}{begin}\n\n{part}\n{end}{after}"
