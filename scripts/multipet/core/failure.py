"""Why a step failed, from what it left in its log, in words for the person who runs the study."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: What a step says of a user's mistake begins with this; see ``step.run_step``.
MISTAKE = "ERROR "
DISK_FULL = "the disk is full"
STOPPED = "the run was stopped; the same command goes on where it was"
#: Last lines of a traceback that are about the machine, and what they mean.
MACHINE = {
    "KeyboardInterrupt": STOPPED,
    "MemoryError": "it needed more memory than there was",
    "ArrayMemoryError": "it needed more memory than there was",
    "No space left on device": DISK_FULL,
    "Disk quota exceeded": "the disk quota is used up",
    "Read-only file system": "the results folder cannot be written to",
    "Permission denied": "a file or folder may not be read or written",
}
NEVER_BEGAN = "it did not begin: the run was stopped, or its job could not be started"
NO_WORD = (
    "it ended without a word, as when it is killed for using more memory or time than it was "
    "allowed, or by hand"
)
#: Bytes below which a log that is empty may be so for want of space.
LITTLE_SPACE = 1_000_000
REPORT = (
    "this is a mistake in multipet, not in the study: please report it, with the whole log, "
    "where you got multipet from"
)


@dataclass(frozen=True)
class Failure:
    """A step that did not end well.

    Attributes
    ----------
    step
        The step in words of the study.
    reasons
        Why: a line each.
    log
        Where all that the step said is; empty where it never began.
    """

    step: str
    reasons: tuple[str, ...]
    log: str

    @property
    def explained(self) -> bool:
        """Whether the step itself said why."""
        return self.reasons not in ((NEVER_BEGAN,), (NO_WORD,))


def failure_of(step: str, log: Path | str, since: float = 0.0) -> Failure:
    """Read why a step failed.

    Parameters
    ----------
    step
        The step in words of the study.
    log
        Its log, which may be missing.
    since
        When the run began, as seconds since 1970: an older log is of another run.
    """
    path = Path(log)
    if not path.is_file() or path.stat().st_mtime < since:
        return Failure(step, (NEVER_BEGAN,), "")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if not lines and shutil.disk_usage(path.parent).free < LITTLE_SPACE:
        return Failure(step, (DISK_FULL,), str(path))
    return Failure(step, reasons(lines), str(path))


def reasons(lines: Sequence[str]) -> tuple[str, ...]:
    """Reasons that the lines of a log give.

    A user's mistakes stand for themselves; what the machine refused and what multipet got
    wrong is told from the last line of the traceback.
    """
    mistakes = [line.removeprefix(MISTAKE) for line in lines if line.startswith(MISTAKE)]
    if mistakes:
        return tuple(dict.fromkeys(mistakes))
    if not any(line.startswith("Traceback ") for line in lines):
        return (NO_WORD,)
    last = next(line for line in reversed(lines) if line.strip())
    known = [meaning for words, meaning in MACHINE.items() if words in last]
    return (f"{known[0]} ({last.strip()})",) if known else (f"{REPORT} ({last.strip()})",)
