"""Checking a study without running it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from places import ROOT
from study import config, write_study

from multipet.core.problems import UserError
from multipet.run.check import main


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_good_study_is_counted_and_nothing_is_written(tmp_path, capsys, monkeypatch):
    path = write_study(tmp_path, people=6)
    monkeypatch.chdir(tmp_path)
    before = listing(tmp_path)
    main([str(path)])
    said = capsys.readouterr().out
    assert said == "\n".join(
        [
            f"{path} and its tables can be run: 2 sites, 1 model, 2 contrasts.",
            "",
            "site    scans  people  scanners  regions",
            "turku      12       6         1        2",
            "aarhus     12       6         1        2",
            "all        24      12         2        2",
            "",
            "Nothing was found that the reports would have to list.",
            "",
            "Scans by group (1 contrast: patients):",
            "site    control  patient",
            "turku         8        4",
            "aarhus        8        4",
            "",
        ]
    )
    assert listing(tmp_path) == before


def test_files_are_merged_as_snakemake_does(tmp_path, capsys):
    path = write_study(tmp_path, people=6)
    more = {"contrasts": {"sexes": {"model": "main", "difference": {"sex": ["F", "M"]}}}}
    (tmp_path / "more.yaml").write_text(yaml.safe_dump(more))
    main([str(path), str(tmp_path / "more.yaml")])
    assert "3 contrasts" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["--help"], ["a.yaml", "-n"]])
def test_anything_else_gets_the_usage(words):
    with pytest.raises(SystemExit, match=r"usage: check\.py CONFIG\.yaml"):
        main(words)


def test_mistakes_are_raised_with_their_place(tmp_path):
    path = write_study(tmp_path, config(contrasts__patients__model="mian"), people=6)
    with pytest.raises(UserError, match=r"study\.yaml:\d+: contrasts\.patients\.model"):
        main([str(path)])
    with pytest.raises(UserError, match=r"no\.yaml: cannot be read"):
        main([str(tmp_path / "no.yaml")])


@pytest.mark.parametrize("command", [["scripts/check.py"], ["-m", "multipet.run.check"]])
def test_as_a_command_a_mistake_is_a_line_and_no_traceback(tmp_path, command):
    path = write_study(tmp_path, people=6)
    (tmp_path / "turku.csv").write_text("")
    folder = ROOT / ("scripts" if command[0] == "-m" else "")
    run = subprocess.run(
        [sys.executable, *command, str(path)],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "ERROR turku.csv: is empty\n"
