"""How a step script ends."""

import os
import subprocess
import sys

import pytest
from places import SCRIPTS

from multipet.core.problems import Problem, UserError
from multipet.run.step import run_step


@pytest.fixture
def words(monkeypatch) -> list[str]:
    """Words of the command line after the script's name."""
    given = ["in.tsv", "out file.tsv"]
    monkeypatch.setattr(sys, "argv", ["step.py", *given])
    return given


def test_a_step_gets_the_words_after_its_name(words):
    seen = []
    run_step(seen.extend)
    assert seen == words


def test_each_problem_is_a_line_and_the_step_fails(words, capsys):
    def fail(_):
        raise UserError([Problem("a.csv", "is empty"), Problem("b.csv", "two\nlines", "fix it")])

    with pytest.raises(SystemExit) as ended:
        run_step(fail)
    assert ended.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["ERROR a.csv: is empty", "ERROR b.csv: two lines; fix it"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "pooled.tsv"),
            "pooled.tsv: No such file",
        ),
        (MemoryError(), "step: needs more memory than there is"),
    ],
)
def test_what_the_machine_lacks_is_one_line(words, capsys, fault, said):
    def fail(_):
        raise fault

    with pytest.raises(SystemExit) as ended:
        run_step(fail)
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ERROR {said}")


def test_a_step_tells_later_runs_that_it_works(tmp_path, monkeypatch):
    results = tmp_path / "results"
    told = []
    monkeypatch.setattr("multipet.run.step.share_folder", told.append)
    spec = str(results / "specs" / "fit_model" / "main.json")
    for given in ([spec, "out.tsv"], ["study.yaml"], []):
        monkeypatch.setattr(sys, "argv", ["step.py", *given])
        run_step(lambda _: None)
    assert told == [results]


def test_our_own_mistakes_keep_their_traceback(words):
    with pytest.raises(ZeroDivisionError):
        run_step(lambda _: 1 / 0)


def test_nobody_reading_any_more_is_no_traceback():
    """What `check.py … | head` does: the pipe is closed before all is printed."""
    code = "from multipet.run.step import run_step; run_step(lambda _: print('line\\n' * 100_000))"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1
    process.stderr.close()
