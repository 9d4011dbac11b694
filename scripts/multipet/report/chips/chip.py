"""A chip: a rule with its words, and what it says of one contrast."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from multipet.report.contrast.files import ContrastFiles
from multipet.report.html.text import some

State = Literal["ok", "look", "stop"]
WORST_FIRST: tuple[State, ...] = ("stop", "look", "ok")
SYMBOLS: dict[State, str] = {"ok": "✓", "look": "!", "stop": "✕"}
WORDS: dict[State, str] = {"ok": "fine", "look": "look", "stop": "stop"}
FEW_SHARE = 0.1  # share of regions in which a check may strike without a word


@dataclass(frozen=True)
class Verdict:
    """What a rule finds.

    Attributes
    ----------
    state
        Fine, to look at, or stop.
    title
        What was found, in a few words; empty for that of the rule, which is what was checked.
    detail
        The numbers behind it.
    """

    state: State
    detail: str
    title: str = ""


@dataclass(frozen=True)
class Rule:
    """When a chip is fine, wants a look, or says stop.

    Attributes
    ----------
    key
        Name of the chip.
    title
        What it is about, in two or three words; the title of a chip that is fine.
    section
        Id of the section that its number comes from.
    ok, look, stop
        The rule in words, thresholds included; an empty state never occurs.
    judge
        Reads the state and the number off the files; None where they do not say.
    """

    key: str
    title: str
    section: str
    ok: str
    look: str
    stop: str
    judge: Callable[[ContrastFiles], Verdict | None]


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


def tally(chips: Collection[Chip]) -> str:
    """Return how many chips are in each state: ``2 to look at · 7 fine``."""
    words: dict[State, str] = {"stop": "stop", "look": "to look at", "ok": "fine"}
    counts = {state: sum(chip.state == state for chip in chips) for state in WORST_FIRST}
    return " · ".join(f"{n} {words[state]}" for state, n in counts.items() if n)


def named(files: ContrastFiles, regions: Collection[str]) -> str:
    """Up to three regions by their labels, in the order of the contrast, and how many more."""
    order = list(dict.fromkeys([*files.contrast["region"], *regions]))
    if len(regions) == len(order) > 1:
        return f"all {len(order)} regions"
    return some([files.region_in_prose(region) for region in order if region in regions])


def graded(large: int, extreme: int, every: int) -> State:
    """State by how many of ``every`` region are beyond the limits."""
    few = FEW_SHARE * every
    return "stop" if extreme > few else "look" if large > few else "ok"
