"""The demo study on a real SLURM of two nodes on this machine; as a script, what that costs.

    python tests/slurm_run.py        as root, with Debian's slurm-wlm and munge

prints wall time, cluster jobs and the overhead of a job, with grouping and without.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLUSTER = ROOT / "tests" / "slurm" / "cluster.sh"
LOCK = ROOT / "envs" / "requirements-slurm.txt"
GROUPED = ("fit_model", "diagnose_model", "estimate_contrast", "draw_contrast", "report_contrast")
JOB = re.compile(r"JobState=(\w+) .*StartTime=(\S+) EndTime=(\S+)")


@dataclass(frozen=True)
class Job:
    """A job that the cluster ran, and for how many seconds."""

    state: str
    seconds: float


def missing() -> str:
    """Why no cluster can be started here; empty where one can."""
    if os.geteuid() != 0:
        return "needs root"
    programs = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not which(name)]
    if programs:
        return f"needs {', '.join(programs)}: apt-get install slurm-wlm munge"
    if Path("/etc/slurm/slurm.conf").exists():
        return "this machine has a SLURM already"
    return ""


def which(name: str) -> str | None:
    """Where a program is; daemons are not always on the path."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


@contextmanager
def cluster(folder: Path, nodes: int = 2) -> Iterator[None]:
    """A running cluster, stopped in any case."""
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    try:
        subprocess.run([CLUSTER, "start", folder, str(nodes)], check=True, env=environment)
        yield
    finally:
        subprocess.run([CLUSTER, "stop", folder], check=True, env=environment)


def plugin(folder: Path) -> Path:
    """The locked SLURM plugin in a folder of its own, so that no other run sees it."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith(("#", "-r "))]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
    subprocess.run([*command, *pins], check=True)
    return folder


def snakemake(
    plugins: Path, folder: Path, *words: str, shortest: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the demo with the SLURM profile; the throw-away cluster keeps no accounts."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--profile", ROOT / "profiles" / "slurm"]
    command += ["--slurm-status-command", "squeue", *words]
    variables = {"PYTHONPATH": str(plugins), "MULTIPET_SHORTEST_JOB": str(shortest)}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=1800, env={**os.environ, **variables}
    )


def cluster_jobs(folder: Path) -> list[Job]:
    """Jobs that the cluster in ``folder`` has ended."""
    log = folder / "log" / "jobs.txt"
    found = JOB.findall(log.read_text()) if log.is_file() else []
    return [
        Job(state, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
        for state, start, end in found
    ]


def step_seconds(folder: Path) -> float:
    """Seconds of all steps that ran as jobs of the cluster, from their benchmark files."""
    beside = ("tidy_site", "report_index")
    files = (folder / "results" / "benchmarks").rglob("*.tsv")
    files = [file for file in files if not any(name in file.parts for name in beside)]
    files = [file for file in files if file.stem not in beside]
    return sum(float(file.read_text().splitlines()[1].split("\t")[0]) for file in files)


def measure(folder: Path) -> None:
    """Print what the demo costs in each way."""
    plugins = plugin(folder / "plugin")
    alone = [f"{rule}={rule}" for rule in GROUPED]
    ways = {"small steps beside snakemake": (30, []), "grouped": (0, [])}
    ways["a job for every step"] = (0, ["--groups", *alone])
    for number, (way, (shortest, words)) in enumerate(ways.items()):
        home, out = folder / f"cluster{number}", folder / f"out{number}"
        with cluster(home):
            began = time.monotonic()
            result = snakemake(plugins, out, *words, shortest=shortest)
            wall = time.monotonic() - began
        jobs = cluster_jobs(home)
        spent = sum(job.seconds for job in jobs) - step_seconds(out)
        each = f", {spent / len(jobs):.1f} s a job beside its steps" if jobs else ""
        print(f"{way}: exit {result.returncode}, {wall:.0f} s, {len(jobs)} cluster jobs{each}")


if __name__ == "__main__":
    if missing():
        sys.exit(missing())
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name))
