"""What each check means: name to explanation, for the reports and for the README."""

import tomllib
from functools import cache
from pathlib import Path

from multipet.core.marked_text import Marks, between_marks

TEXTS = Path(__file__).with_suffix(".toml")


@cache
def explanations() -> dict[str, str]:
    """Every check with what it means for the reader of a report."""
    parts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    return {check: text for part in parts.values() for check, text in part.items()}


def explanation(check: str) -> str:
    """What a check means for the reader; empty for a check without an entry."""
    return explanations().get(check, "")


def in_words(check: str) -> str:
    """Name of a check as a heading: ``Singular fit``."""
    words = check.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


README = Path(__file__).parents[3] / "README.md"
MARKS = Marks(
    "<!-- notes: made from report/explanations.toml by scripts/write_notes.py -->",
    "<!-- end of notes -->",
)


def readme_text(old: str) -> str:
    """Text of the README with its table of notes made anew.

    Raises
    ------
    ValueError
        If the marks around the table are missing.
    """
    return between_marks(old, MARKS, notes_table())


def notes_table() -> str:
    """Every check by name, with its explanation, as a Markdown table."""
    escaped = "\\|"
    head = "| note | what it means |\n|---|---|\n"
    texts = sorted(explanations().items())
    return head + "".join(f"| `{name}` | {text.replace('|', escaped)} |\n" for name, text in texts)
