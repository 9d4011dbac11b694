"""A study made ready to run: all of it, or nothing but what is wrong."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from study import config, write_study

from multipet.config.loading import load_config
from multipet.config.study import FewLevels
from multipet.core.problems import UserError
from multipet.run.prepare import prepare_study, recorded_study

Rows = list[list[str]]
MORE = {"harmonisation": {"combat": {"method": "combat", "batch": "site"}}}
MORE["models__harmonised"] = {"formula": "age + group", "harmonisation": "combat"}


def listing(folder: Path) -> dict[str, bytes | None]:
    return {str(p): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def refusal(folder: Path, path: Path) -> list[str]:
    """What is said of a study that is not ready, and that nothing at all was written."""
    results = folder / "run" / "results"
    (results / "specs").mkdir(parents=True)
    (results / "config.yaml").write_text("of an earlier run")
    before = listing(folder)
    with pytest.raises(UserError) as caught:
        prepare_study([path], {}, results)
    assert listing(folder) == before
    lines = [str(problem) for problem in caught.value.problems]
    assert lines
    assert all(len(line.splitlines()) == 1 for line in lines)
    return lines


def cell(row: int, column: str, text: str) -> Callable[[Rows], None]:
    """Write a cell; ``row`` as a spreadsheet counts."""

    def edit(rows: Rows) -> None:
        rows[row - 1][rows[0].index(column)] = text

    return edit


def head(old: str, new: str) -> Callable[[Rows], None]:
    return lambda rows: rows.__setitem__(0, [new if name == old else name for name in rows[0]])


def times_1000(rows: Rows) -> None:
    for row in rows[1:]:
        row[-2:] = [str(1000 * float(value)) for value in row[-2:]]


BAD_TABLES = {
    "no rows": (lambda rows: rows.__delitem__(slice(1, None)), "turku.csv: has a header but no"),
    "no ids": (head("ID", "subj"), 'turku.csv: no column "ID"'),
    "an empty id": (cell(2, "ID", ""), 'turku.csv, row 2, column "ID": is empty'),
    "an id that names nobody": (cell(2, "ID", "n/a"), 'turku.csv, row 2, column "ID": is "n/a"'),
    "a value in words": (
        cell(3, "bp_caudate", "2.65 mL"),
        'turku.csv, row 3, column "bp_caudate": "2.65 mL" is not a number',
    ),
    "an infinite value": (
        cell(3, "bp_caudate", "inf"),
        'turku.csv, row 3, column "bp_caudate": "inf" is not a number',
    ),
    "an age of 180": (
        cell(4, "age", "180"),
        'turku.csv, row 4, column "age": age "180" is outside its range, 18 to 100',
    ),
    "an unknown level": (
        cell(5, "sex", "male"),
        'turku.csv, row 5, column "sex": "male" is not a level of sex (F, M)',
    ),
    "an unknown level of two lines": (
        cell(5, "sex", '"ma\nle"'),
        'turku.csv, row 5, column "sex": "ma le" is not a level of sex (F, M)',
    ),
    "two columns of a name": (
        head("scanner", "session"),
        'turku.csv: 2 columns are called "session"',
    ),
    "a cell too many": (lambda rows: rows[1].append("9"), "turku.csv, row 2: has 9 cells"),
    "one scan twice": (
        cell(3, "session", "1"),
        'turku.csv, rows 2 and 3: two rows of the scan of "t000", session "1", differ',
    ),
    "no region": (
        lambda rows: [head(f"bp_{r}", f"suv_{r}")(rows) for r in ("caudate", "putamen")],
        'turku.csv: no region column (prefix "bp_")',
    ),
    "no covariate": (head("age", "years"), 'turku.csv: no column for "age"'),
    "another unit": (times_1000, "sites.turku: values are about "),
    "a quote without end": (cell(2, "scanner", '"HRRT'), "turku.csv: is no delimited table"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_told_by_file_and_cell_and_nothing_is_written(tmp_path, case):
    edit, said = BAD_TABLES[case]
    path = write_study(tmp_path, people=6)
    table = tmp_path / "turku.csv"
    rows = [line.split(",") for line in table.read_text().splitlines()]
    edit(rows)
    table.write_text("\n".join(map(",".join, rows)) + "\n")
    (line,) = refusal(tmp_path, path)
    assert line.startswith(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "turku.csv: is empty"),
        (b"\x00\x01a,b\n1,2", "turku.csv: is no text table: it holds binary data"),
        (b"PK\x03\x04 x", "turku.csv: is no text table: it is an Excel workbook"),
        (b"ID;\x81\n", "turku.csv: is neither UTF-8 nor Windows-1252 text"),
    ],
)
def test_a_file_that_is_no_table_is_told_and_nothing_is_written(tmp_path, content, said):
    path = write_study(tmp_path, people=6)
    (tmp_path / "turku.csv").write_bytes(content)
    (line,) = refusal(tmp_path, path)
    assert line.startswith(said)


def contrast(**settings) -> dict:
    return {"contrasts__asked": {"model": "main", **settings}}


BAD_CONFIGS = {
    "an unknown key": ({"study__titel": "x"}, "study.titel: is not a known key"),
    "no contrasts": ({"contrasts": None}, 'key "contrasts" is missing'),
    "no sites": ({"sites": {}}, "sites: {} has the wrong length"),
    "a scale of its own": (
        {"study__outcome__scale": "logs"},
        'study.outcome.scale: "logs" is not one of identity, log; did you mean "log"?',
    ),
    "no such table": ({"sites__aarhus__path": "arhus.csv"}, "sites.aarhus.path: no file "),
    "a number with levels": (
        {"variables__age__levels": ["a", "b"]},
        "variables.age.levels: belongs to kind: level",
    ),
    "a level variable without levels": (
        {"variables__sex__levels": None},
        "variables.sex: has no levels",
    ),
    "a variable of our own": (
        {"variables__site": {"kind": "number"}},
        "variables.site: is the name of one of multipet's own columns",
    ),
    "no such model": (contrast(slope={"age": 1}, model="x"), 'contrasts.asked.model: no model "x"'),
    "no question": (contrast(), "contrasts.asked: wants exactly one of slope"),
    "no such level": (
        contrast(difference={"sex": ["F", "m"]}),
        'contrasts.asked.difference.sex[1]: sex has no level "m"; did you mean "M"?',
    ),
    "no such scanner": (
        contrast(difference={"scanner": ["turku/HRRT", "turku/hrt"]}),
        'contrasts.asked: no scanner "turku/hrt"; did you mean "turku/HRRT"?',
    ),
    "a formula with code": (
        {"models__main__formula": "age + group + exec('x')"},
        "models.main.formula: ",
    ),
    "a path as id": ({"models__../x": {"formula": "age", "harmonisation": "none"}}, "models.../x"),
}


@pytest.mark.parametrize("case", BAD_CONFIGS)
def test_a_bad_config_is_told_by_key_and_nothing_is_written(tmp_path, case):
    changes, said = BAD_CONFIGS[case]
    lines = refusal(tmp_path, write_study(tmp_path, config(**changes), people=6))
    assert all(line.startswith("study.yaml:") for line in lines)
    assert any(said in line for line in lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study: {title: [", "study.yaml:"),
        ("- a list", "study.yaml: holds no keys"),
        ("study: &a\n  title: *a\n", "study.title"),
        ("study: {}\nstudy: {}\n", "study.yaml:2: study"),
    ],
)
def test_a_file_that_is_no_config_is_told_and_nothing_is_written(tmp_path, text, said):
    path = write_study(tmp_path, people=6)
    path.write_text(text)
    assert any(said in line for line in refusal(tmp_path, path))


def prepared(folder: Path, files: list[Path], overrides=None) -> dict:
    return prepare_study(files, overrides or {}, folder / "run" / "results")


def test_a_good_study_writes_its_config_and_a_spec_a_job(tmp_path):
    values = prepared(tmp_path, [write_study(tmp_path, config(**MORE), people=6)])
    results = tmp_path / "run" / "results"
    written = {str(p.relative_to(results)) for p in results.rglob("[!.]*") if p.is_file()}
    jobs = [f"tidy_site/{site}" for site in values["sites"]]
    jobs += ["pool_sites/all", "harmonise/combat", "report_index/all"]
    jobs += [f"{rule}/{m}" for rule in ("fit_model", "diagnose_model") for m in values["models"]]
    jobs += [f"{what}_harmonisation/combat" for what in ("check", "draw", "report")]
    stages = ("estimate", "robustness", "draw", "report")
    for rule in (*(f"{stage}_contrast" for stage in stages), "draw_robustness"):
        jobs += [f"{rule}/{name}" for name in values["contrasts"]]
    own = {"config.yaml", *(f"specs/{name}.json" for name in ("checked", "size", "study"))}
    assert written == own | {f"specs/{job}.json" for job in jobs}
    for job in jobs:
        assert "fingerprint" in json.loads((results / "specs" / f"{job}.json").read_text())


def test_the_written_config_loads_the_same_study(tmp_path, monkeypatch):
    path = write_study(tmp_path / "study", config(**MORE), people=6)
    monkeypatch.chdir(tmp_path)
    values = prepared(tmp_path, [path], {"study": {"title": "no: [quotes] # – é\n2"}})
    again = prepare_study([tmp_path / "run" / "results" / "config.yaml"], {}, tmp_path / "again")
    assert again == values
    assert again["study"]["title"] == "no: [quotes] # – é\n2"
    specs = [tmp_path / name / "specs" for name in ("run/results", "again")]
    texts = [{p.relative_to(f): p.read_bytes() for p in f.rglob("*.json")} for f in specs]
    assert texts[0] == texts[1]


def test_the_written_config_can_be_read_from_anywhere(tmp_path, monkeypatch):
    prepared(tmp_path, [write_study(tmp_path / "study", people=6)])
    for folder in (tmp_path / "run", tmp_path / "study"):
        monkeypatch.chdir(folder)
        loaded = load_config([tmp_path / "run" / "results" / "config.yaml"]).values
        found = Path(loaded["sites"]["turku"]["path"]).resolve()
        assert found == (tmp_path / "study" / "turku.csv").resolve()


def test_a_second_run_touches_nothing(tmp_path):
    path = write_study(tmp_path, people=6)
    prepared(tmp_path, [path])
    files = [p for p in (tmp_path / "run").rglob("[!.]*") if p.is_file()]
    before = {file: file.stat().st_mtime_ns for file in files}
    prepared(tmp_path, [path])
    assert {file: file.stat().st_mtime_ns for file in files} == before


def test_a_job_has_the_config_that_its_run_began_with(tmp_path):
    path = write_study(tmp_path, people=6)
    study = prepared(tmp_path, [path])
    path.write_text("edited: meanwhile")
    (tmp_path / "turku.csv").write_text("")
    recorded = recorded_study(tmp_path / "run" / "results")
    assert recorded == study
    assert list(recorded.sites) == ["turku", "aarhus"]
    assert study.checks.few_levels == FewLevels(minimum=4, action="note")


def test_a_job_of_a_run_without_a_record_is_told_so(tmp_path):
    with pytest.raises(UserError, match=r"study\.json: is not there"):
        recorded_study(tmp_path)


def test_results_of_the_future_are_dated_back(tmp_path):
    path = write_study(tmp_path, people=6)
    prepared(tmp_path, [path])
    file, old = (tmp_path / "run" / "results" / name for name in ("future.tsv", "past.tsv"))
    for one, seconds in ((file, 10**6), (old, -(10**6))):
        one.touch()
        os.utime(one, (time.time() + seconds,) * 2)
    past = old.stat().st_mtime_ns
    prepared(tmp_path, [path])
    assert file.stat().st_mtime <= time.time()
    assert old.stat().st_mtime_ns == past


def test_later_files_and_the_command_line_win(tmp_path):
    path = write_study(tmp_path, people=6)
    more = tmp_path / "more.yaml"
    more.write_text(yaml.safe_dump({"study": {"title": "second", "tracer": "[11C]raclopride"}}))
    assert prepared(tmp_path, [path, more]).study.title == "second"
    study = prepared(tmp_path, [path, more], {"study": {"title": "third"}}).study
    assert (study.title, study.tracer) == ("third", "[11C]raclopride")
    saved = yaml.safe_load((tmp_path / "run" / "results" / "config.yaml").read_text())
    assert saved["study"]["title"] == "third"


def test_files_that_are_not_ours_are_not_overwritten(tmp_path):
    path = write_study(tmp_path / "study", people=3)
    results = tmp_path / "results"
    results.mkdir()
    (results / "config.yaml").write_text("mine: true\n")
    with pytest.raises(UserError, match="did not make"):
        prepare_study([path], {}, results)
    assert (results / "config.yaml").read_text() == "mine: true\n"
    assert [file.name for file in results.iterdir()] == ["config.yaml"]


def test_one_table_for_two_sites_is_refused(tmp_path):
    path = write_study(tmp_path / "study", people=3)
    turku = tmp_path / "study" / "turku.csv"
    (tmp_path / "study" / "aarhus.csv").write_text(turku.read_text())
    with pytest.raises(UserError, match="has the very rows of turku"):
        prepare_study([path], {}, tmp_path / "results")


def test_tables_that_have_not_changed_are_not_read_again(tmp_path, monkeypatch):
    def read_again(config):
        raise AssertionError("read again")

    path = write_study(tmp_path, people=6)
    prepared(tmp_path, [path])
    monkeypatch.setattr("multipet.config.checks.tables.check_tables", read_again)
    prepared(tmp_path, [path])
    table = tmp_path / "turku.csv"
    table.write_text(table.read_text() + "\n")
    with pytest.raises(AssertionError, match="read again"):
        prepared(tmp_path, [path])


def test_a_changed_check_reads_the_tables_again(tmp_path, monkeypatch):
    path = write_study(tmp_path, people=6)
    prepared(tmp_path, [path])
    size = tmp_path / "run" / "results" / "specs" / "size.json"
    size.unlink()
    prepared(tmp_path, [path])
    assert size.is_file()
    strict = write_study(tmp_path, config(checks={"non_positive": {"action": "stop"}}), people=6)
    monkeypatch.setattr("multipet.run.prepare._checked_size", lambda config: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prepared(tmp_path, [strict])
