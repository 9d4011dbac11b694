"""The page of messages speaks of messages that there are."""

import re

import pytest
from places import ROOT

PAGE = (ROOT / "config" / "TROUBLESHOOTING.md").read_text(encoding="utf-8")
SOURCE = " ".join(
    " ".join(path.read_text(encoding="utf-8").split())
    for path in sorted((ROOT / "scripts").rglob("*.py"))
)
#: Said by Snakemake, Python or the system.
OTHERS = (
    *("Directory cannot be locked", "Nothing to be done", "The files below seem to be incomplete"),
    *("Config file is not valid JSON or YAML", "Permission denied", "RecursionError", "yaml"),
    *("multipet", "No such file or directory", "Missing input files"),
)


def messages() -> list[str]:
    """Messages in the first column of the tables of what may be said."""
    told = PAGE[: PAGE.index("## What cannot be seen")]
    rows = [line for line in told.splitlines() if re.match(r"\| .*`.*` ", line)]
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


@pytest.mark.parametrize("message", messages())
def test_a_message_is_said_by_the_code(message):
    if message.startswith(OTHERS):
        return
    # what the code fills in, and how its lines are folded, is left out
    pieces = re.split(r"…|\d[\d,.e+]*|\"[^\"]*\"|[(),:;]| is ", message)
    longest = max((piece.strip() for piece in pieces), key=len)
    assert len(longest) > 6
    assert longest in SOURCE or longest in re.sub(r'" f?"|"\s+f?"', "", SOURCE), longest


def test_there_are_messages():
    assert len(messages()) > 30
