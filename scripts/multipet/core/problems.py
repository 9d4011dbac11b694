"""A user's mistake, said in one line: where, what was found, what is allowed, the likely fix."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

#: Letters of a line that a person still reads.
LONGEST = 1200


@dataclass(frozen=True)
class Problem:
    """One mistake in a config or a table.

    Attributes
    ----------
    where
        File, with line, row, column or config key: ``study.yaml:41: contrasts.sex.model``.
    message
        What was found and what is allowed, in one sentence.
    hint
        The likely fix, empty where none is known.
    """

    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        line = f"{self.where}: {self.message}" + (f"; {self.hint}" if self.hint else "")
        line = " ".join(line.split())
        if len(line) > LONGEST:  # where and hint are at its ends
            line = f"{line[: LONGEST // 2]} … {line[-LONGEST // 3 :]}"
        # what does not print could clear the screen, or turn the rest of the line round
        return "".join(map(_printable, line))


def _printable(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")


class UserError(Exception):
    """Input that cannot be used, with every problem found; printed without a traceback."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return ``did you mean "x"?`` for the nearest allowed word, else what is allowed.

    Parameters
    ----------
    word
        What the user wrote.
    allowed
        The words that would have been right.
    """
    words = [str(name) for name in allowed]
    folded = {name.casefold(): name for name in reversed(words)}
    near = difflib.get_close_matches(str(word).casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{folded[near[0]]}"?'
    return f"allowed: {listed(words)}" if words else ""


def listed(words: Iterable[object], most: int = 12) -> str:
    """Join words with commas, the rest counted where there are more than ``most``."""
    every = [str(word) for word in words]
    rest = f" … ({len(every) - most} more)" if len(every) > most else ""
    return ", ".join(every[:most]) + rest
