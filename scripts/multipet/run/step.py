"""How a step script ends: a user's mistake is lines on standard error, never a traceback."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from multipet.core.lock import share_folder
from multipet.core.problems import Problem, UserError


def run_step(main: Callable[[list[str]], None]) -> None:
    """Call ``main`` with the command line's words and exit 1 where the input is at fault.

    While it works, no later run changes what it reads.

    Parameters
    ----------
    main
        Takes the words after the script's name; raises ``UserError`` for input that
        cannot be used. Every problem is then printed on a line of its own; so are a file
        that is not there and too little memory. Where nobody reads what is printed any more
        (``| head``), the script ends without a word.
    """
    _tell_later_runs(sys.argv[1:])
    try:
        main(sys.argv[1:])
        sys.stdout.flush()
    except UserError as error:
        _stop(*error.problems)
    except BrokenPipeError:
        # what is left to print would fail once more when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        _stop(Problem(str(error.filename), f"{error.strerror}", "run the same command again"))
    except MemoryError:
        _stop(Problem(Path(sys.argv[0]).stem, "needs more memory than there is"))


def _stop(*problems: Problem) -> NoReturn:
    print(*(f"ERROR {problem}" for problem in problems), sep=os.linesep, file=sys.stderr)
    sys.exit(1)


def _tell_later_runs(words: Sequence[str]) -> None:
    """A step's first word is its spec, ``<results>/specs/<rule>/<id>.json``."""
    parents = Path(words[0]).parents if words else ()
    if len(parents) > 2 and parents[1].name == "specs":
        share_folder(parents[2])
