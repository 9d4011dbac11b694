"""The command ``multipet``."""

import subprocess
import sys

import pytest
from places import SCRIPTS
from study import config, write_study

from multipet import __version__
from multipet.run.command import COMMANDS, main


def multipet(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "multipet", *words], capture_output=True, text=True, cwd=SCRIPTS
    )


def test_a_study_is_checked(tmp_path):
    said = multipet("check", str(write_study(tmp_path, people=6)))
    assert (said.returncode, said.stderr) == (0, "")
    assert "2 sites, 1 model, 2 contrasts" in said.stdout


def test_a_mistake_of_the_study_is_a_line_and_no_traceback(tmp_path):
    path = write_study(tmp_path, config(contrasts__patients__model="mian"), people=6)
    said = multipet("check", str(path))
    assert said.returncode == 1
    assert said.stderr.startswith("ERROR study.yaml:")
    assert len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_without_a_command_all_are_listed(words, capsys):
    main(words)
    said = capsys.readouterr().out
    assert all(f"multipet {name} " in said for name in COMMANDS)


def test_an_unknown_command_names_the_near_one():
    with pytest.raises(SystemExit, match='no command "chek"; did you mean "check"'):
        main(["chek"])


def test_the_version_is_told(capsys):
    main(["--version"])
    assert capsys.readouterr().out == f"multipet {__version__}\n"
