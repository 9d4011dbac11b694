"""The README's table of notes is that of the reports."""

from multipet.report.explanations import README, explanations, notes_table, readme_text


def test_the_readme_is_up_to_date():
    text = README.read_text(encoding="utf-8")
    assert readme_text(text) == text, "run .venv/bin/python scripts/write_notes.py"


def test_every_note_is_one_row():
    rows = notes_table().splitlines()[2:]
    assert len(rows) == len(explanations())
    assert all(row.replace("\\|", "").count("|") == 3 for row in rows)
