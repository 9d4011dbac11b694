"""The table of notes in the README, made from the explanations that the reports print."""

from pathlib import Path

from multipet.config.marked_text import Marks, between_marks
from multipet.report.explanations import EXPLANATIONS

README = Path(__file__).parents[3] / "README.md"
MARKS = Marks(
    "<!-- notes: made from report/explanations.py by scripts/write_notes.py -->",
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
    head = "| note | what it means |\n|---|---|\n"
    texts = {name: EXPLANATIONS[name].replace("|", "\\|") for name in sorted(EXPLANATIONS)}
    return head + "".join(f"| `{name}` | {text} |\n" for name, text in texts.items())
