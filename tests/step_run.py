"""A step script run by hand: its files by name, as a rule names them."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from places import SCRIPTS

Files = Path | str | Sequence[Path | str]


def run_step(
    step: str, within: Path | None = None, **files: Files
) -> subprocess.CompletedProcess[str]:
    """Run ``scripts/<step>.py`` in the folder ``within``; several files of a name as a list."""
    words = [sys.executable, str(SCRIPTS / f"{step}.py"), *words_of(**files)]
    return subprocess.run(words, cwd=within, capture_output=True, text=True, check=False)


def words_of(**files: Files) -> list[str]:
    """Words of a command line that names files."""
    named = {n: [f] if isinstance(f, Path | str) else f for n, f in files.items()}
    return [str(word) for name, some in named.items() for word in (f"--{name}", *some)]
