"""Can I trust it? One answer a rule: symbol, word, number, and where to look."""

from dataclasses import dataclass
from typing import Literal

from multipet.report.chip_rules import RULES
from multipet.report.contrast_files import ContrastFiles

State = Literal["ok", "look", "stop"]
SYMBOLS = {"ok": "✓", "look": "!", "stop": "✕"}
WORDS = {"ok": "fine", "look": "look", "stop": "stop"}


@dataclass(frozen=True)
class Chip:
    """One answer to "can I trust it?": symbol, word, number, link."""

    key: str
    state: State
    title: str
    detail: str
    section: str

    @property
    def symbol(self) -> str:
        """Sign of the state, so that colour is never alone."""
        return SYMBOLS[self.state]

    @property
    def word(self) -> str:
        """The state in a word."""
        return WORDS[self.state]


def chips_of(files: ContrastFiles) -> tuple[Chip, ...]:
    """Judge every rule; a rule that the files say nothing about has no chip."""
    judged = [(rule, rule.judge(files)) for rule in RULES]
    return tuple(
        Chip(rule.key, verdict.state, verdict.title or rule.title, verdict.detail, rule.section)
        for rule, verdict in judged
        if verdict is not None
    )


def tally(chips: tuple[Chip, ...]) -> str:
    """Return how many chips are in each state: ``7 fine · 2 to look at``."""
    words = {"ok": "fine", "look": "to look at", "stop": "stop"}
    counts = {state: sum(chip.state == state for chip in chips) for state in words}
    return " · ".join(f"{n} {words[state]}" for state, n in counts.items() if n)
