"""How a step script begins and ends: its files by name, and a mistake as lines, no traceback."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar, get_origin

import msgspec

from multipet.core.failure import STOPPED
from multipet.core.lock import share_folder
from multipet.core.problems import Problem, UserError, listed
from multipet.run.checksums import recorded


class StepFiles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files of a step by name; a field of type ``tuple[str, ...]`` takes any number.

    Attributes
    ----------
    spec
        What is asked: ``<results>/specs/<rule>/<id>.json``.
    """

    spec: str


Files = TypeVar("Files", bound=StepFiles)


def files_of(kind: type[Files], words: Sequence[str]) -> Files:
    """Files named on a command line: ``--name FILE …``, in any order.

    Raises
    ------
    UserError
        If one is missing, or too many, or unknown.
    """
    given: dict[str, list[str]] = {}
    files = given.setdefault("", [])
    for word in words:
        if word.startswith("--"):
            files = given.setdefault(word[2:], [])
        else:
            files.append(word)
    if not given[""]:
        del given[""]
    fields = msgspec.structs.fields(kind)
    lists = {field.name for field in fields if get_origin(field.type) is tuple}
    named = {n: f if n in lists or len(f) > 1 else f[0] for n, f in given.items() if f}
    try:
        return msgspec.convert(named, kind)
    except msgspec.ValidationError as error:
        known = listed([f"--{field.name}" for field in fields])
        raise UserError(Problem(Path(sys.argv[0]).stem, str(error), f"it takes {known}")) from None


def run_step(main: Callable[[Files], None], kind: type[Files]) -> None:
    """Call ``main`` with the files that the command line names.

    While it works, no later run changes what it reads.

    Parameters
    ----------
    main
        Raises ``UserError`` for input that cannot be used.
    kind
        The files that it takes.
    """

    def step(words: list[str]) -> None:
        files = files_of(kind, words)
        results, rule, name = _job(files.spec)
        if results is None:  # run by hand, with a spec from elsewhere
            main(files)
            return
        share_folder(results)
        with recorded(results, rule, name):
            main(files)

    run_command(step)


def run_command(main: Callable[[list[str]], None]) -> None:
    """Call ``main`` with the command line's words and exit 1 where the input is at fault.

    Parameters
    ----------
    main
        Takes the words after the script's name; raises ``UserError`` for input that
        cannot be used. Every problem is then printed on a line of its own; so are a file
        that is not there and too little memory. Where nobody reads what is printed any more
        (``| head``), the script ends without a word.
    """
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
    except KeyboardInterrupt:
        _stop(Problem(Path(sys.argv[0]).stem, STOPPED))
    except MemoryError:
        _stop(Problem(Path(sys.argv[0]).stem, "needs more memory than there is"))


def _stop(*problems: Problem) -> NoReturn:
    print(*(f"ERROR {problem}" for problem in problems), sep=os.linesep, file=sys.stderr)
    sys.exit(1)


def _job(spec: str) -> tuple[Path | None, str, str]:
    """Results folder, rule and id of the job of ``<results>/specs/<rule>/<id>.json``."""
    path = Path(spec)
    is_ours = len(path.parents) > 2 and path.parents[1].name == "specs"
    return path.parents[2] if is_ours else None, path.parent.name, path.stem
