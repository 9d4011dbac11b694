"""A tiny study that things go wrong with: run it, end it, compare what it made."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from study import config, write_study

ROOT = Path(__file__).parents[1]
#: Two sites, two regions, one contrast: a run takes about eight seconds.
SETTINGS = {"contrasts__patients": None, "inference": {"profile_intervals": False}}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def make_study(folder: Path, people: int = 8, **changes: object) -> Path:
    """Write config and tables of the tiny study."""
    return write_study(folder, config(**SETTINGS, **changes), people=people)


def start(folder: Path, *words: str, out: str = "out") -> subprocess.Popen:
    """Start snakemake in a session of its own, what it prints in ``run.log``."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--cores", "2", "--directory", str(folder / out)]
    command += ["--configfile", str(folder / "study.yaml"), *words]
    with (folder / "run.log").open("w") as log:
        return subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **ONE_THREAD},
            start_new_session=True,
        )


def run(folder: Path, *words: str, out: str = "out", seconds: float = 300) -> tuple[int, str]:
    """Run to the end; exit code and everything printed. A run that hangs is ended and raises."""
    process = start(folder, *words, out=out)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        end_session(process)
        raise
    return code, (folder / "run.log").read_text(errors="replace")


def end_session(process: subprocess.Popen) -> None:
    """SIGKILL a run and all that it started, as when the power goes."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def steps_of(process: subprocess.Popen) -> list[int]:
    """Processes of a run's session that execute a step script."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getsid(int(entry.name)) == process.pid:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                steps = [w for w in words if w.startswith(str(ROOT / "scripts").encode())]
                found += [int(entry.name)] if steps and b"python" in words[0] else []
        except (OSError, ProcessLookupError):  # it has ended meanwhile
            continue
    return found


def wait_for_step(process: subprocess.Popen, name: str = "", seconds: float = 60) -> int:
    """Process of a step, of the script ``name`` where given; 0 where the run ended without."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        for pid in steps_of(process):
            try:
                if name in Path(f"/proc/{pid}/cmdline").read_text():
                    return pid
            except OSError:
                continue
        time.sleep(0.01)
    return 0


def snapshot(folder: Path, out: str = "out") -> dict[str, bytes]:
    """Content of every result, logs and hidden files of a run left out."""
    results = folder / out / "results"
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in results.rglob("*")
        if path.is_file()
        and not {"logs", "benchmarks"} & set(path.parts)
        and path.name not in (".lock", ".jobs")
    }


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Files that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def told(text: str) -> list[str]:
    """What multipet says is wrong, or else Snakemake."""
    lines = text.splitlines()
    for mark in ("ERROR", " failed ", "Missing input files", "Not done:"):
        found = [at for at, line in enumerate(lines) if mark in line]
        if found:
            more = 0 if mark == "ERROR" else 1
            return [" ".join(" ".join(lines[at : at + 1 + more]).split()) for at in found]
    return [line for line in lines if "Error" in line]


def beside(folder: Path, **changes: object) -> Path:
    """The same study, or a changed one, from another place with the same results folder."""
    other = folder / "second"
    make_study(other, **changes)
    (other / "out").symlink_to(folder / "out")
    return other


def during(folder: Path, change: Callable[[], object]) -> tuple[int, str]:
    """Run, and change something as soon as the tables have been checked."""
    process = start(folder)
    while process.poll() is None and not (folder / "out/results/config.yaml").exists():
        time.sleep(0.005)
    change()
    return process.wait(), (folder / "run.log").read_text()
