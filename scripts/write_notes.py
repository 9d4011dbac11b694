"""Bring the table of notes in README.md up to date with the reports' explanations."""

from multipet.core.files import write_text_if_changed
from multipet.report.explanations import README, readme_text

if __name__ == "__main__":
    write_text_if_changed(README, readme_text(README.read_text(encoding="utf-8")))
