"""How a step script ends: a user's mistake is lines on standard error, never a traceback."""

import os
import sys
from collections.abc import Callable

from multipet.problems import UserError


def run_step(main: Callable[[list[str]], None]) -> None:
    """Call ``main`` with the command line's words and exit 1 where the input is at fault.

    Parameters
    ----------
    main
        Takes the words after the script's name; raises ``UserError`` for input that
        cannot be used. Every problem is then printed on a line of its own. Where nobody
        reads what is printed any more (``| head``), the script ends without a word.
    """
    try:
        main(sys.argv[1:])
        sys.stdout.flush()
    except UserError as error:
        print(*(f"ERROR {problem}" for problem in error.problems), sep=os.linesep, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # what is left to print would fail once more when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
