"""Faults through the real snakemake; the scripts in faults/ produce more, and slower ones."""

import html
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from fault_study import (
    beside,
    differing,
    during,
    end_session,
    make_study,
    run,
    snapshot,
    start,
    told,
    wait_for_step,
)
from study import config, write_study

pytestmark = pytest.mark.slow

Quiet = dict[str, bytes]
#: Ids of people, scanners and regions as somebody may really deliver them, and worse.
NAMES = (
    "../../escape",
    "a'b\"c",
    "{x}",
    "{wildcards.site}",
    "😀é",
    "\u202egnp.exe",
    "$(touch escape)",
)
LABELS = (
    *NAMES,
    "two\nlines",
    "x" * 300,
    "<script>alert(1)</script>",
    "$\\frac$",
    "%s",
    "\u200fאב",
)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory) -> Quiet:
    """What an undisturbed run makes."""
    folder = tmp_path_factory.mktemp("quiet")
    make_study(folder)
    code, text = run(folder)
    assert code == 0, text
    return snapshot(folder)


@pytest.fixture
def folder(tmp_path) -> Iterator[Path]:
    make_study(tmp_path)
    yield tmp_path


def assert_again(folder: Path, quiet: Quiet) -> None:
    """The same command once more makes what an undisturbed run makes."""
    code, text = run(folder)
    assert code == 0, text
    assert differing(quiet, snapshot(folder)) == []


def test_after_a_killed_run_the_same_command_goes_on(folder, quiet):
    process = start(folder)
    assert wait_for_step(process, "fit_model.py")
    os.kill(process.pid, signal.SIGKILL)  # the step goes on working, without its run
    process.wait()
    assert list((folder / "out/.snakemake/locks").iterdir())
    assert_again(folder, quiet)
    assert not list((folder / "out/results").rglob("*.part"))
    end_session(process)


def test_a_second_run_is_refused_and_changes_nothing(folder, quiet):
    process = start(folder)
    try:
        assert wait_for_step(process, "tidy_site.py")
        code, text = run(beside(folder, contrasts__age_per_decade__slope={"age": 1}))
        assert code == 1
        (line,) = told(text)
        assert "another run uses this folder" in line and str(process.pid) in line
        assert process.wait() == 0
    finally:
        end_session(process)
    assert differing(quiet, snapshot(folder)) == []


def test_a_table_changed_during_the_run_is_told_and_not_used(folder, quiet):
    table = folder / "turku.csv"
    before = table.read_text()
    code, text = during(folder, lambda: table.write_text(before.replace("HRRT", "HRRT2")))
    assert code == 1
    assert "turku.csv: was changed while multipet was running" in text
    assert "Traceback" not in text
    table.write_text(before)
    assert_again(folder, quiet)


def renamed(folder: Path) -> None:
    """Give people, scanners and regions of a site names that nobody should."""
    rows = [line.split(",") for line in (folder / "turku.csv").read_text().splitlines()]
    for number, row in enumerate(rows[1:]):
        row[0] = f'"{NAMES[number // 2 % len(NAMES)]} {number // 2}"'.replace('b"c', 'b""c')
        row[2] = f'"{NAMES[number % 2 + 3]}"'
    rows[0][-2:] = ["bp_{x} 😀", "bp_../../escape"]
    (folder / "turku.csv").write_text("\n".join(map(",".join, rows)) + "\n")


def test_names_stay_text_in_every_result(tmp_path):
    values = config(
        study__title=LABELS[9],
        inference={"profile_intervals": False},
        variables__age__label=LABELS[10],
        variables__sex__labels={"F": LABELS[5], "M": LABELS[7]},
        sites__turku__label=LABELS[8],
        sites__aarhus__label=LABELS[12],
        sites__aarhus__regions={
            "prefix": "bp_",
            "names": {"caudate": "{x} 😀", "putamen": "../../escape"},
        },
        regions={"labels": {"../../escape": LABELS[9]}},
        contrasts__patients__title=LABELS[1],
        contrasts__age_per_decade__title=LABELS[3],
        report={"participant_ids": True},
    )
    write_study(tmp_path, values, people=8)
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(values, allow_unicode=True))
    renamed(tmp_path)
    before = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    code, text = run(tmp_path)
    assert code == 0, text
    assert {p for p in tmp_path.rglob("*") if "out" not in p.parts} == {
        *before,
        tmp_path / "run.log",
    }
    assert not [path for path in (tmp_path / "out").rglob("*") if "escape" in path.name]
    pages = [path.read_text() for path in (tmp_path / "out/results/reports").glob("*.html")]
    assert len(pages) == 3
    for page in pages:
        assert "<script>alert" not in page
        assert html.escape("<script>alert(1)</script>") in page
    table = (tmp_path / "out/results/contrasts/patients/contrast.tsv").read_text()
    assert re.search(r"^\S+\t.*\{x\} 😀", table, re.MULTILINE) or "{x} 😀" in table
