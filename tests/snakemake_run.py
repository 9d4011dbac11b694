"""Runs of the real snakemake on the tiny study, and what they did."""

import os
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import yaml
from study import config

ROOT = Path(__file__).parents[1]
PARTS = ("rules", "scripts", "config", "envs", "profiles")
WITH_HARMONISED = {
    "harmonisation": {"combat": {"method": "combat", "batch": "site"}},
    "inference": {"calibration": {"draws": 199}},
    "models__harmonised": {
        "formula": "age + sex + group + (1 | participant_id)",
        "harmonisation": "combat",
    },
    "contrasts__patients_harmonised": {
        "model": "harmonised",
        "difference": {"group": ["patient", "control"]},
    },
}


def snakemake(folder: Path, *words: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run ``folder/study.yaml`` with its results in ``folder/out``."""
    command = ["--snakefile", str(root / "Snakefile"), "--cores", "2"]
    command += ["--directory", str(folder / "out"), "--configfile", str(folder / "study.yaml")]
    return run(*command, *words)


def run(*words: str, folder: Path | None = None, **variables: str) -> subprocess.CompletedProcess:
    """Run snakemake in a folder, with environment variables."""
    environment = {**os.environ, "PYTHONWARNINGS": "default", **variables}
    command = [sys.executable, "-m", "snakemake", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, env=environment
    )


def jobs(folder: Path, *words: str, root: Path = ROOT) -> set[str]:
    """Jobs that ran, as ``rule`` or ``rule:id``: each writes its log anew."""
    before = log_times(folder)
    result = snakemake(folder, *words, root=root)
    assert result.returncode == 0, result.stdout + result.stderr
    after = log_times(folder)
    ran = {name for name, time in after.items() if before.get(name) != time}
    assert ("Nothing to be done" in result.stdout + result.stderr) == (not ran)
    return ran


def planned(folder: Path, *words: str, root: Path = ROOT) -> set[str]:
    """Jobs that would run, in the same words, from the specs that their commands name."""
    result = snakemake(folder, "--dry-run", "--printshellcmds", *words, root=root)
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    commands = re.findall(r"/\w+\.py (?:--spec )?\S*results/specs/(\w+)/(\w+)\.json", said)
    assert ("Nothing to be done" in said) == (not commands)
    return {rule if name == "all" else f"{rule}:{name}" for rule, name in commands}


def log_times(folder: Path) -> dict[str, int]:
    """When each job last ran."""
    logs = folder / "out" / "results" / "logs"
    paths = {path.relative_to(logs).with_suffix(""): path for path in logs.rglob("*.log")}
    return {":".join(name.parts): path.stat().st_mtime_ns for name, path in paths.items()}


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of the results that a user sees."""
    files = (path for path in (folder / "out" / "results").rglob("[!.]*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def deliverables(folder: Path) -> dict[str, bytes]:
    """Every file of the results that does not say how long something took."""
    timed = ("/logs/", "/benchmarks/")
    return {n: text for n, text in snapshot(folder).items() if not any(t in n for t in timed)}


def change(folder: Path, **changes) -> None:
    """Write the tiny config with changes."""
    values = config(**{**deepcopy(WITH_HARMONISED), **changes})
    (folder / "study.yaml").write_text(yaml.safe_dump(values, sort_keys=False))


def copy_of(folder: Path, to: Path) -> Path:
    """A copy of a finished run, Snakemake's records included, to be changed."""
    shutil.copytree(folder, to, copy_function=shutil.copy2)
    return to


def clone(to: Path) -> Path:
    """A copy of the workflow, to be changed."""
    to.mkdir()
    for name in ("Snakefile", "pyproject.toml"):
        shutil.copy2(ROOT / name, to)
    for name in PARTS:
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    return to
