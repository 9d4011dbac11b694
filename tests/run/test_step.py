"""How a step script ends."""

import os
import subprocess
import sys
from itertools import permutations

import pytest
from places import SCRIPTS

from multipet.core.problems import Problem, UserError
from multipet.run.step import StepFiles, files_of, run_command, run_step


@pytest.fixture
def words(monkeypatch) -> list[str]:
    """Words of the command line after the script's name."""
    given = ["in.tsv", "out file.tsv"]
    monkeypatch.setattr(sys, "argv", ["step.py", *given])
    return given


def test_a_step_gets_the_words_after_its_name(words):
    seen = []
    run_command(seen.extend)
    assert seen == words


class Files(StepFiles, kw_only=True):
    """One file, one that may be missing, and any number."""

    table: str
    raw: str | None = None
    parts: tuple[str, ...] = ()


WORDS = {
    "--spec": ["a.json"],
    "--table": ["out file.tsv"],
    "--raw": [],
    "--parts": ["1.tsv", "2.tsv"],
}


@pytest.mark.parametrize("names", list(permutations(WORDS)))
def test_files_are_known_by_name_in_any_order(names):
    words = [word for name in names for word in (name, *WORDS[name])]
    files = files_of(Files, words)
    assert files == Files(spec="a.json", table="out file.tsv", parts=("1.tsv", "2.tsv"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--spec", "a.json"], "table"),
        (["--spec", "a.json", "--table", "b.tsv", "c.tsv"], "array"),
        (["--spec", "a.json", "--table", "b.tsv", "--other", "c.tsv"], "other"),
        (["a.json", "--table", "b.tsv"], "unknown"),
    ],
)
def test_what_a_step_does_not_take_is_told(words, said):
    with pytest.raises(UserError) as caught:
        files_of(Files, words)
    (problem,) = caught.value.problems
    assert said in problem.message
    assert "it takes --spec, --table, --raw" in problem.hint


def test_each_problem_is_a_line_and_the_step_fails(words, capsys):
    def fail(_):
        raise UserError([Problem("a.csv", "is empty"), Problem("b.csv", "two\nlines", "fix it")])

    with pytest.raises(SystemExit) as ended:
        run_command(fail)
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
        run_command(fail)
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ERROR {said}")


def test_a_step_tells_later_runs_that_it_works(tmp_path, monkeypatch):
    results = tmp_path / "results"
    told = []
    monkeypatch.setattr("multipet.run.step.share_folder", told.append)
    spec = str(results / "specs" / "fit_model" / "main.json")
    for given in (spec, "main.json"):
        monkeypatch.setattr(sys, "argv", ["step.py", "--spec", given])
        run_step(lambda _: None, StepFiles)
    assert told == [results]


def test_our_own_mistakes_keep_their_traceback(words):
    with pytest.raises(ZeroDivisionError):
        run_command(lambda _: 1 / 0)


def test_nobody_reading_any_more_is_no_traceback():
    """What `check.py … | head` does: the pipe is closed before all is printed."""
    work = "run_command(lambda _: print('line\\n' * 100_000))"
    code = f"from multipet.run.step import run_command; {work}"
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
