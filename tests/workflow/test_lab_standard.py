"""How a lab uses the workflow: its own defaults in a file, as a module, several studies at once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from snakemake_run import ROOT, run, snakemake
from study import CONFIG, config, write_study

pytestmark = pytest.mark.slow

MODULE = """
configfile: "project.yaml"

module multipet:
    snakefile: "{snakefile}"
    config: config["pet"]
    prefix: "pet"

use rule * from multipet as pet_*

onerror:
    multipet.tell_unfinished()
"""
POOLED = "results/tidy/pooled.tsv"


def as_run(folder: Path) -> dict:
    """The config with every default, as a run recorded it."""
    return yaml.safe_load((folder / "results" / "config.yaml").read_text())


def tables(folder: Path) -> dict[str, Path]:
    """The table of each site, from the record of a run in ``folder``."""
    sites = as_run(folder)["sites"].items()
    return {name: (folder / "results" / site["path"]).resolve() for name, site in sites}


def test_a_labs_defaults_and_a_study_are_merged(tmp_path):
    lab, study = tmp_path / "lab", tmp_path / "study"
    write_study(study, {key: CONFIG[key] for key in ("study", "models", "contrasts")})
    lab.mkdir()
    for site in CONFIG["sites"]:
        (study / f"{site}.csv").rename(lab / f"{site}.csv")
    standard = {key: CONFIG[key] for key in ("variables", "sites")}
    standard |= {"inference": {"alpha": 0.01}, "study": {"title": "Any", "tracer": "Any"}}
    (lab / "lab.yaml").write_text(yaml.safe_dump(standard))
    files = ["--configfile", str(lab / "lab.yaml"), str(study / "study.yaml")]
    result = run("-n", "-s", str(ROOT / "Snakefile"), "-d", str(tmp_path / "out"), *files)
    assert result.returncode == 0, result.stderr
    values = as_run(tmp_path / "out")
    assert values["inference"]["alpha"] == 0.01
    assert values["study"]["title"] == "Tiny study"
    # each path is relative to the file that holds it
    assert tables(tmp_path / "out")["turku"] == lab / "turku.csv"


def test_the_command_line_wins_and_its_paths_are_seen_from_the_working_directory(tmp_path):
    write_study(tmp_path)
    (tmp_path / "out").mkdir()
    shutil.copy(tmp_path / "turku.csv", tmp_path / "out" / "mine.csv")
    sites = 'sites={"turku": {"path": "mine.csv"}}'
    result = snakemake(tmp_path, "-n", "--config", sites, 'study={"title": "Given"}')
    assert result.returncode == 0, result.stderr
    assert as_run(tmp_path / "out")["study"]["title"] == "Given"
    assert tables(tmp_path / "out") == {
        "turku": tmp_path / "out" / "mine.csv",
        "aarhus": tmp_path / "aarhus.csv",
    }


@pytest.fixture
def project(tmp_path) -> Path:
    """Another workflow that uses this one."""
    write_study(tmp_path)
    (tmp_path / "project.yaml").write_text(yaml.safe_dump({"pet": CONFIG, "mri": {"a": 1}}))
    (tmp_path / "Snakefile").write_text(MODULE.format(snakefile=ROOT / "Snakefile"))
    return tmp_path


def test_as_a_module_with_a_prefix(project):
    """Its paths are seen from the working directory; its results are below the prefix."""
    result = run("--cores", "2", f"pet/{POOLED}", folder=project)
    assert result.returncode == 0, result.stderr
    assert (project / "pet" / POOLED).is_file()
    assert (project / "pet/results/logs/tidy_site/turku.log").is_file()
    assert not (project / "results").exists()
    assert tables(project / "pet")["turku"] == project / "turku.csv"
    # every other job is planned below the prefix too
    result = run("-n", "--quiet", "progress", "rules", "--", "pet_all", folder=project)
    assert result.returncode == 0, result.stderr
    assert not (project / "results").exists()


def test_a_mistake_in_a_modules_config_is_a_line(project):
    values = {"pet": config(contrasts__patients__model="mian")}
    (project / "project.yaml").write_text(yaml.safe_dump(values))
    result = run("-n", folder=project)
    assert result.returncode == 1
    errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR")]
    assert errors == [
        'ERROR config: contrasts.patients.model: no model "mian"; did you mean "main"?'
    ]


def test_studies_side_by_side(tmp_path):
    """Two at the same time from one checkout, each in a directory of its own."""
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--cores", "1"]
    runs = []
    for name, people in (("one", 24), ("two", 20)):
        study = write_study(tmp_path / name, people=people)
        words = ["-d", str(tmp_path / name), "--configfile", str(study), "--", POOLED]
        runs.append(subprocess.Popen([*command, *words], stderr=subprocess.PIPE, text=True))
    for process in runs:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    lines = {n: len((tmp_path / n / POOLED).read_text().splitlines()) for n in ("one", "two")}
    assert lines == {"one": 1 + 2 * 2 * 2 * 24, "two": 1 + 2 * 2 * 2 * 20}


def test_the_workflow_catalogue_finds_what_it_looks_for():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["mandatory-flags"]["flags"] == "--configfile study.yaml"
    assert usage["software-stack-deployment"]["conda"] is True
    assert (ROOT / "config" / "README.md").is_file()
    assert (ROOT / "LICENSE").is_file()
