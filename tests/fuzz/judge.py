"""What becomes of a mutant: refused in clear lines, accepted, or a fault of multipet."""

import os
import shutil
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from fuzz.mutants import Mutant

from multipet.core.problems import UserError
from multipet.run.prepare import prepare_study

SECONDS = 60
MOST_LINES, LONGEST = 60, 1500


def verdict(mutant: Mutant, folder: Path) -> str:
    """``refused``, ``accepted``, or what is wrong with how the mutant was handled."""
    shutil.rmtree(folder / "study", ignore_errors=True)
    run = folder / "run"
    shutil.rmtree(run / "results", ignore_errors=True)
    run.mkdir(parents=True, exist_ok=True)
    path = mutant.write(folder / "study")
    before = outside(folder)
    try:
        with working_in(run), at_most(SECONDS):
            prepare_study([path], {}, Path("results"))
        found = "accepted"
    except UserError as error:
        lines = [str(problem) for problem in error.problems]
        found = unclear(lines) or "refused"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "multipet" in frame.filename]
        at = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
        found = f"{type(error).__name__} at {at}: {error!s:.200}"
    if outside(folder) != before:
        found = f"wrote outside the results: {sorted(outside(folder) - before)}"
    return found


def unclear(lines: list[str]) -> str:
    """Why these are not clear lines; empty where they are."""
    if not lines:
        return "refused without a word"
    if len(lines) > MOST_LINES:
        return f"{len(lines)} lines"
    for line in lines:
        if not line.isprintable():
            return f"a line does not print: {line!r:.200}"
        if len(line) > LONGEST:
            return f"a line of {len(line)} letters: {line:.200}"
        if not line.strip() or ": " not in line:
            return f"a line says nothing: {line!r:.200}"
    return ""


def outside(folder: Path) -> set[str]:
    """Every file that is not under the results folder."""
    results = folder / "run" / "results"
    return {str(path) for path in folder.rglob("*") if not path.is_relative_to(results)}


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise where the work takes longer."""

    def ring(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    old = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)
