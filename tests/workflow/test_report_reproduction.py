"""A second person redoes the analysis from a report alone, and gets the same numbers."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import html5lib
import pytest
import yaml
from places import ROOT
from study import config, write_study

from multipet.core.files import canonical_json

pytestmark = pytest.mark.slow

HTML = "{http://www.w3.org/1999/xhtml}"
#: Contrasts that are redone; the others of the config decide how their models are built.
REDONE = ("patients", "harmonised_patients")
CHANGES = {
    "inference__calibration": {"draws": 199, "seed": 3},
    "harmonisation": {"combat": {"method": "combat", "batch": "site"}},
    "models__harmonised": {
        "formula": "age + group + (1 | participant_id)",
        "harmonisation": "combat",
    },
    "models__wide": {
        "formula": "age + sex + group + (1 | participant_id)",
        "harmonisation": "combat",
    },
    "contrasts__harmonised_patients": {
        "model": "harmonised",
        "difference": {"group": ["patient", "control"]},
    },
    "contrasts__women": {"model": "wide", "difference": {"sex": ["F", "M"]}},
    "contrasts__between": {"model": "main", "pairwise": "site"},
}


@dataclass(frozen=True)
class Report:
    """What a report says of how to redo it."""

    settings: str
    checksum: str
    inputs: dict[str, str]


def told_by(page: Path) -> Report:
    """Read the settings, their checksum and the checksums of the inputs off a report."""
    root = html5lib.parse(page.read_text(encoding="utf-8"))
    link = next(
        e for e in root.iter(f"{HTML}a") if e.get("download", "").endswith(f"{page.stem}.yaml")
    )
    table = next(e for e in root.iter(f"{HTML}table") if e.get("id") == "inputs")
    rows = [["".join(cell.itertext()) for cell in row] for row in table.iter(f"{HTML}tr")][1:]
    facts = root.findall(f".//{HTML}dl[@class='facts']/{HTML}div")
    (checksum,) = ["".join(e[1].itertext()) for e in facts if "SHA-256" in (e[0].text or "")]
    text = base64.b64decode(link.get("href").partition("base64,")[2]).decode("utf-8")
    return Report(text, checksum, {name: sha256 for _, name, sha256 in rows})


def run(config_file: Path, folder: Path, *targets: str) -> None:
    command = [sys.executable, "-m", "snakemake", *targets, "--snakefile", str(ROOT / "Snakefile")]
    command += ["--cores", "2", "--directory", str(folder), "--configfile", str(config_file)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=500, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Path:
    """A folder with raw tables, config and the reports of two contrasts."""
    folder = tmp_path_factory.mktemp("lab")
    write_study(folder, config(**CHANGES), people=16)
    run(folder / "study.yaml", folder / "out", *(f"results/reports/{name}.html" for name in REDONE))
    return folder


@pytest.mark.parametrize("name", REDONE)
def test_a_report_alone_gives_the_same_numbers(lab, tmp_path, name):
    told = told_by(lab / "out" / "results" / "reports" / f"{name}.html")
    settings = yaml.safe_load(told.settings)
    assert hashlib.sha256(canonical_json(settings).encode()).hexdigest() == told.checksum
    assert list(settings["contrasts"]) == [name]
    assert set(told.inputs) == {"turku.csv", "aarhus.csv"}
    for file, sha256 in told.inputs.items():
        assert hashlib.sha256((lab / file).read_bytes()).hexdigest() == sha256
        shutil.copy(lab / file, tmp_path)
    (tmp_path / "again.yaml").write_text(told.settings, encoding="utf-8")
    table = f"results/contrasts/{name}/contrast.tsv"
    run(tmp_path / "again.yaml", tmp_path / "out", table)
    assert (tmp_path / "out" / table).read_bytes() == (lab / "out" / table).read_bytes()
