"""What is left of a run in which steps failed, through the real snakemake."""

from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from snakemake_run import change, deliverables, planned, snakemake

pytestmark = pytest.mark.slow

#: Read by every Python of a run: ends the steps of chosen contrasts as real failures do.
BREAKER = """
import os, sys
for name, how in (pair.split("=") for pair in os.environ.get("BREAK", "").split()):
    if any(word.endswith(f"RULE/{name}.json") for word in sys.orig_argv):
        if how == "killed":
            os.kill(os.getpid(), 9)
        print(os.environ[how], file=sys.stderr)
        os._exit(1)
"""
MISTAKE = "ERROR turku.csv, row 3: is <wrong>; mend it"
BUG = 'Traceback (most recent call last):\n  File "x.py", line 1\nZeroDivisionError: by zero'
SEXES = {"model": "main", "difference": {"sex": ["F", "M"]}}
WOMEN = {
    "contrasts__patients__at": {"sex": "F"},
    "contrasts__patients_harmonised__at": {"sex": "F"},
}


@pytest.fixture
def breaking(tmp_path, monkeypatch) -> Callable[..., None]:
    """Break steps of a rule, each id in a way; or nothing any more."""
    folder = tmp_path / "breaker"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("MISTAKE", MISTAKE)
    monkeypatch.setenv("BUG", BUG)

    def use(rule: str = "", **ways: str) -> None:
        (folder / "sitecustomize.py").write_text(BREAKER.replace("RULE", rule))
        monkeypatch.setenv("BREAK", " ".join(f"{name}={how}" for name, how in ways.items()))

    return use


def index_of(folder: Path) -> str:
    """The text of the index, as a browser shows it."""
    page = (folder / "out/results/reports/index.html").read_text(encoding="utf-8")
    root = html5lib.HTMLParser(strict=True).parse(page)
    return " ".join(" ".join(root.itertext()).split())


def test_failed_contrasts_are_told_and_stop_no_other(study, finished, breaking):
    breaking("estimate_contrast", patients="MISTAKE", patients_harmonised="BUG", sexes="killed")
    change(study, **WOMEN, contrasts__sexes=SEXES, contrasts__age_per_decade__title="By age")
    result = snakemake(study)
    assert result.returncode == 1
    said = result.stderr
    # a line each, when it fails and at the end; where the log is
    assert said.count("turku.csv, row 3: is <wrong>; mend it\n") == 2
    assert said.count("this is a mistake in multipet, not in the study: please report it") == 2
    assert said.count("it ended without a word, as when it is killed") == 2
    log = study / "out/results/logs/estimate_contrast/patients.log"
    assert f"log: {log}" in said
    assert "Traceback" not in said
    # the others are there, and no page that answers another question than the config asks
    reports = study / "out/results/reports"
    left = {"index.html", "age_per_decade.html", "harmonisation_combat.html"}
    assert {page.name for page in reports.iterdir()} == left
    index = index_of(study)
    assert "By age" in index
    assert "turku.csv, row 3: is <wrong>; mend it" in index
    assert "ZeroDivisionError: by zero" in index
    assert index.count("✕ failed") == 3
    # as it was before: every byte again, and nothing of the failed run
    change(study)
    breaking()
    assert snakemake(study).returncode == 0
    before = deliverables(finished)
    after = deliverables(study)
    assert {name: after.get(name) for name in before} == before


def test_an_index_of_a_failed_run_is_made_again_when_the_contrast_is_taken_out(study, breaking):
    breaking("estimate_contrast", sexes="killed")
    change(study, contrasts__sexes=SEXES)
    assert snakemake(study).returncode == 1
    assert index_of(study).count("✕ failed") == 1
    change(study)
    assert planned(study) == {"report_index"}


def test_where_a_site_fails_no_contrast_has_an_answer(study, breaking):
    breaking("tidy_site", turku="MISTAKE")
    (study / "out/results/tidy/turku.tsv").unlink()
    result = snakemake(study)
    assert result.returncode == 1
    index = index_of(study)
    assert index.count("✕ failed") == index.count("Read the table of site turku") == 3
    assert {page.name for page in (study / "out/results/reports").iterdir()} == {"index.html"}
