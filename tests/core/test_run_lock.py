"""One run at a time in a results folder."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from places import SCRIPTS

from multipet.core import lock as run_lock
from multipet.core.lock import only_run
from multipet.core.problems import UserError

RUN = "with only_run(Path('results')): pass"
STEP = "share_folder(Path('results'))"


@contextmanager
def process(code: str, folder: Path) -> Iterator[subprocess.Popen]:
    """Another process, which has run ``code`` and then waits to be killed."""
    lines = (
        "from pathlib import Path",
        "from multipet.core.lock import only_run, share_folder",
        code,
        "print('ready', flush=True)",
        "input()",
    )
    child = subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    try:
        assert child.stdout.readline() == "ready\n"
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(**settings: float) -> str:
    """What is said where the folder cannot be had."""
    with pytest.raises(UserError) as caught, only_run(Path("results"), **settings):
        pass
    (problem,) = caught.value.problems
    return str(problem)


def snakemake_locks(folder: Path, name: str = "results/reports/index.html") -> Path:
    locks = folder / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("results/specs/fit_model/main.json\n")
    (locks / "0.output.lock").write_text(f"{name}\n")
    return locks


def test_another_run_is_refused_and_named(folder):
    with process(RUN, folder) as other:
        assert refusal() == (
            f"results: another run uses this folder (computer and process "
            f"{socket.gethostname()} {other.pid}); wait until it has ended, or use another "
            "--directory"
        )


def test_a_killed_run_leaves_nothing_locked(folder):
    with process(RUN, folder) as other:
        locks = snakemake_locks(folder)
        other.send_signal(signal.SIGKILL)
        other.wait()
    half = folder / "results" / "tidy" / ".turku.tsv.x1y2.part"
    half.parent.mkdir()
    half.write_text("half of it")
    with only_run(Path("results")):
        assert list(locks.iterdir()) == []
        assert not half.exists()


def test_locks_of_another_workflow_stay(folder):
    with process(RUN, folder):
        locks = snakemake_locks(folder, name="other/file")
    with only_run(Path("results")):
        assert [path.name for path in locks.iterdir()] == ["0.output.lock"]


def test_a_run_on_another_computer_is_not_unlocked(folder):
    with process(RUN, folder):
        locks = snakemake_locks(folder)
    (folder / "results" / run_lock.LOCK).write_text("node7 4711")
    assert "delete .snakemake/locks and run again" in refusal()
    assert len(list(locks.iterdir())) == 2
    for path in locks.iterdir():
        path.unlink()
    with only_run(Path("results")):
        pass


def test_steps_of_a_killed_run_are_waited_for(folder):
    (folder / "results").mkdir()
    (folder / "results" / run_lock.JOBS).touch()
    with process(STEP, folder):
        assert "steps of a run that was killed are still working" in refusal(patience=0.3)
    with only_run(Path("results"), patience=0.3):
        pass


def test_one_process_may_prepare_twice(folder):
    with only_run(Path("results")):
        pass
    with only_run(Path("results")):
        pass


def test_a_folder_without_locks_is_used_all_the_same(folder, monkeypatch):
    def without(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(run_lock.fcntl, "flock", without)
    with only_run(Path("results")):
        pass
    snakemake_locks(folder)
    assert "or one on another computer, has locked this folder" in refusal()


def test_a_folder_that_cannot_be_made_is_one_line(folder):
    (folder / "results").write_text("a file")
    assert "results: cannot be written to: File exists" in refusal()


def test_a_full_disk_is_one_line(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_lock.os, "pwrite", full)
    assert refusal() == "results: cannot be written to: No space left on device"
