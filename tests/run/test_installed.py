"""The library as pip installs it, away from the checkout."""

import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from places import ROOT
from study import write_study


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A new environment with multipet in it; what multipet needs is that of this one."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source)
    shutil.copytree(ROOT / "scripts", source / "scripts")
    venv.create(folder / "env", with_pip=True, symlinks=True)
    python = folder / "env" / "bin" / "python"
    words = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", str(source)]
    ours = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path)}
    made = subprocess.run(
        [python, *words], capture_output=True, text=True, env={**os.environ, **ours}
    )
    assert made.returncode == 0, made.stderr
    shutil.rmtree(source)
    return folder / "env" / "bin"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run an installed command with the packages of this environment."""
    ours = os.pathsep.join(path for path in sys.path if "site-packages" in path)
    environment = {**os.environ, "PYTHONPATH": ours}
    return subprocess.run(
        [*map(str, words)], capture_output=True, text=True, cwd="/", env=environment
    )


@pytest.mark.slow
def test_an_installed_multipet_checks_and_analyses_a_study(installed, tmp_path):
    path = write_study(tmp_path, people=6)
    for command in ([installed / "multipet"], [installed / "python", "-m", "multipet"]):
        said = run(*command, "check", path)
        assert said.returncode == 0, said.stderr
        assert "2 sites, 1 model, 2 contrasts" in said.stdout
    code = f"import multipet; print(multipet.__file__); print(*multipet.analyse({str(path)!r}))"
    said = run(installed / "python", "-c", code)
    assert said.returncode == 0, said.stderr
    where, contrasts = said.stdout.splitlines()
    assert where.startswith(str(installed.parent))
    assert contrasts == "age_per_decade patients"


@pytest.mark.slow
def test_an_installed_multipet_has_the_version_and_the_files_of_the_checkout(installed):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert run(installed / "multipet", "--version").stdout == f"multipet {project['version']}\n"
    (package,) = installed.parent.glob("lib/*/site-packages/multipet")
    source = ROOT / "scripts" / "multipet"
    files = [file.relative_to(source) for file in source.rglob("*.*") if file.is_file()]
    wanted = [file for file in files if file.suffix != ".pyc"]
    assert [str(file) for file in wanted if not (package / file).is_file()] == []
