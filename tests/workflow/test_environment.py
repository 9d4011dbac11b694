"""The set-up: locks are whole and alike for pip and conda; make and CI run what they say."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import ROOT

ENVS = ROOT / "envs"
LOCKS = ["requirements.txt", "requirements-dev.txt"]
SLURM = "requirements-slurm.txt"
PIN = re.compile(r'[A-Za-z0-9._-]+==[0-9][0-9a-z.]*( ; python_version < "3\.1[23]")?')


def entries(name: str) -> list[str]:
    """Lines of a requirements file without comments and the reference to the other lock."""
    lines = (ENVS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith(("#", "-r "))]


def pins(*names: str) -> dict[str, Requirement]:
    """The pins that hold for this Python, by canonical name."""
    found = [Requirement(line) for name in names for line in entries(name)]
    return {
        canonicalize_name(pin.name): pin
        for pin in found
        if pin.marker is None or pin.marker.evaluate()
    }


def conda_environment() -> dict:
    return yaml.safe_load((ENVS / "multipet.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [*LOCKS, SLURM])
def test_every_line_of_a_lock_is_one_exact_pin(name):
    lines = entries(name)
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    packages = [canonicalize_name(Requirement(line).name) for line in lines]
    assert len(packages) == len(set(packages))


@pytest.mark.parametrize(
    "name",
    [
        *LOCKS,
        SLURM,
        *(f"requirements{kind}.in" for kind in ("", "-dev", "-slurm")),
        "multipet.yaml",
    ],
)
def test_environment_files_name_no_place_to_download_from(name):
    text = (ENVS / name).read_text(encoding="utf-8")
    assert not re.search(r"://|file:|--(extra-)?index|--find-links|/(opt|root|home|work)/", text)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-slurm"])
def test_what_is_used_directly_is_locked(name):
    direct = {canonicalize_name(line) for line in entries(f"{name}.in")}
    assert direct <= set(pins(f"{name}.txt"))


def test_the_lock_of_the_tests_begins_with_the_lock_of_the_workflow():
    assert "-r requirements.txt\n" in (ENVS / "requirements-dev.txt").read_text(encoding="utf-8")
    assert not set(pins("requirements.txt")) & set(pins("requirements-dev.txt"))


def test_what_slurm_needs_is_in_no_other_lock():
    """With its plugin installed, every run waits for a controller that may not be there."""
    text = (ENVS / SLURM).read_text(encoding="utf-8")
    assert "-r requirements.txt\n" in text
    assert not set(pins(SLURM)) & set(pins(*LOCKS))


def test_this_environment_has_the_locked_versions():
    wrong = {
        name: metadata.version(name)
        for name, pin in pins(*LOCKS).items()
        if metadata.version(name) not in pin.specifier
    }
    assert wrong == {}


def test_the_locks_hold_all_that_their_packages_need():
    locked = pins(*LOCKS)
    needed = {
        (name, requirement.name)
        for name in locked
        for requirement in map(Requirement, metadata.requires(name) or [])
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    assert {pair for pair in needed if canonicalize_name(pair[1]) not in locked} == set()


def test_conda_has_the_pins_of_the_lock():
    *_, by_pip = conda_environment()["dependencies"]
    assert by_pip["pip"] == entries("requirements.txt")


def test_conda_python_is_one_that_the_project_supports():
    python = conda_environment()["dependencies"][0]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = python.split("=")
    supported = Requirement(f"python{project['requires-python']}").specifier
    assert name == "python"
    assert version in supported


def check_python(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]) -> str:
    """What check_python.py says to a Python of that version; "" if nothing."""
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    try:
        runpy.run_path(str(ENVS / "check_python.py"))
    except SystemExit as exit_:
        return str(exit_.code)
    return ""


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 14)])
def test_another_python_is_refused_in_one_line(monkeypatch, version):
    said = check_python(monkeypatch, version)
    assert said.startswith("multipet needs Python 3.11, 3.12 or 3.13; ")
    assert "PYTHON=python3.12" in said
    assert "\n" not in said


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_supported_pythons_pass(monkeypatch, version):
    assert check_python(monkeypatch, version) == ""


def test_a_missing_venv_module_is_named_with_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    said = check_python(monkeypatch, (3, 11))
    assert "python3-venv" in said
    assert "\n" not in said


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize(
    ("target", "commands"),
    [
        ("demo", [".venv/bin/snakemake --cores 2"]),
        ("test", [".venv/bin/python -m pytest"]),
        (
            "lint",
            ["ruff check", "ruff format --check", "mypy", "snakefmt --check", "snakemake --lint"],
        ),
        ("slurm", ["envs/requirements-slurm.txt"]),
    ],
)
def test_make_makes_the_environment_from_the_lock_and_runs(tmp_path, target, commands):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ENVS, tmp_path / "envs")
    made = subprocess.run(
        ["make", "--dry-run", target], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    steps = ["envs/check_python.py", "-m venv .venv", "envs/requirements.txt", *commands]
    places = [made.stdout.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_ci_is_an_executable_that_runs_tests_and_linters():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert [line.split()[1] for line in lines if line.startswith("make ")] == ["test", "lint"]


def test_the_library_depends_on_what_the_workflow_is_locked_to_but_snakemake():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # pygments is what snakemake --report draws with
    assert {*project["dependencies"], "snakemake", "pygments"} == {*entries("requirements.in")}


def test_citation_and_licence_agree_with_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
