"""The command ``multipet``: one word for what to do, then what it is done with."""

import sys
from collections.abc import Callable

from multipet.core.problems import did_you_mean
from multipet.run.step import run_command


def _check(words: list[str]) -> None:
    from multipet.run.check import main  # with numpy, which no other command needs

    main(words)


#: Command -> what it does, and in words.
COMMANDS: dict[str, tuple[Callable[[list[str]], None], str]] = {
    "check": (_check, "check a config and its tables; say what is in them"),
}


def main(words: list[str]) -> None:
    """COMMAND WORDS …: do it; without a command say which there are."""
    if not words or words[0] in {"-h", "--help"}:
        print(_usage())
        return
    command, *rest = words
    if command == "--version":
        from multipet import __version__

        print(f"multipet {__version__}")
        return
    if command not in COMMANDS:
        sys.exit(f'multipet: no command "{command}"; {did_you_mean(command, COMMANDS)}\n{_usage()}')
    COMMANDS[command][0](rest)


def run() -> None:
    """What the installed command calls."""
    run_command(main)


def _usage() -> str:
    lines = [f"  multipet {name:<8} {meaning}" for name, (_, meaning) in COMMANDS.items()]
    return "\n".join(["usage: multipet COMMAND …", *lines])
