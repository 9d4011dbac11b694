"""What a step wrote is known again: every kind of damage is told, and its step's files go."""

from pathlib import Path

import pytest

from multipet.core.files import write_json, write_text
from multipet.run.checksums import record_of, recorded, remove_damaged, remove_withdrawn

JOBS = [("fit_model", "main"), ("draw_contrast", "age"), ("harmonise", "never_run")]


@pytest.fixture
def results(tmp_path) -> Path:
    with recorded(tmp_path, "fit_model", "main"):
        write_text(tmp_path / "models/main/t.tsv", "a\tb\n1\t2.5\n3\t4\n")
        write_json(tmp_path / "models/main/t.json", {"levels": ["a", "b"], "x": 1.5})
    with recorded(tmp_path, "draw_contrast", "age"):
        write_text(tmp_path / "contrasts/age/figures/forest.svg", "<svg/>")
        write_text(tmp_path / "contrasts/age/figures.sha256", "0  forest.svg\n")
    (tmp_path / "contrasts/age/figures/.snakemake_timestamp").touch()
    return tmp_path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_whole_results_are_left_alone(results):
    before = files(results)
    assert remove_damaged(results, JOBS) == []
    assert files(results) == before


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def digit(path: Path) -> None:
    path.write_text(path.read_text().replace("5", "6"))


def swap(path: Path) -> None:
    text = path.read_text()
    path.write_text(text.replace("a", "_").replace("b", "a").replace("_", "b"))


def grow(path: Path) -> None:
    path.write_text(path.read_text() + "\n")


@pytest.mark.parametrize("damage", [cut, empty, digit, swap, grow])
@pytest.mark.parametrize("name", ["t.tsv", "t.json"])
def test_a_damaged_file_is_told_and_its_step_made_again(results, damage, name):
    damage(results / "models/main" / name)
    (line,) = map(str, remove_damaged(results, JOBS))
    assert line.startswith(f"{results / 'models/main' / name}: is not what was written")
    assert not (results / "models/main").exists()
    assert (results / "contrasts/age/figures/forest.svg").is_file()
    assert remove_damaged(results, JOBS) == []


@pytest.mark.parametrize("lost", ["figures/forest.svg", "figures.sha256"])
def test_a_lost_file_of_a_folder_of_figures_is_told(results, lost):
    (results / "contrasts/age" / lost).unlink()
    (line,) = map(str, remove_damaged(results, JOBS))
    assert f"{lost}: is lost" in line
    assert not any(name.startswith("contrasts") for name in files(results))


def test_a_damaged_record_is_no_proof(results):
    cut(record_of(results, "fit_model", "main"))
    told = remove_damaged(results, JOBS)
    assert told
    assert not (results / "models/main").exists()


def test_results_that_were_thrown_away_are_no_damage(results):
    for path in (results / "models/main").iterdir():
        path.unlink()
    assert remove_damaged(results, JOBS) == []


def test_a_step_that_fails_leaves_no_record(results):
    with pytest.raises(RuntimeError), recorded(results, "fit_model", "main"):
        write_text(results / "models/main/t.tsv", "half")
        raise RuntimeError
    assert not record_of(results, "fit_model", "main").exists()


def study(folder: Path) -> Path:
    for name in ("a.tsv", "a.json", "a.source.json", "b.tsv", "b.source.json", "pooled.tsv"):
        write_text(folder / "tidy" / name, "ann")
    for name in ("harmonised/combat.tsv", "models/main/t.tsv", "contrasts/x/scans.tsv"):
        write_text(folder / name, "ann")
    write_text(folder / "reports/old.html", "ann")
    return folder


def test_a_site_that_left_leaves_no_data(tmp_path):
    (line,) = map(str, remove_withdrawn(study(tmp_path), ["b"], dry_run=False))
    assert line.startswith("site a: is no longer in the study")
    assert files(tmp_path) == {"tidy/b.tsv", "tidy/b.source.json"}


def test_a_dry_run_only_says_so(tmp_path):
    before = files(study(tmp_path))
    (line,) = map(str, remove_withdrawn(tmp_path, ["b"], dry_run=True))
    assert "would be removed" in line
    assert files(tmp_path) == before


def test_a_study_that_keeps_its_sites_is_left_alone(tmp_path):
    before = files(study(tmp_path))
    assert remove_withdrawn(tmp_path, ["a", "b", "new"], dry_run=False) == []
    assert files(tmp_path) == before
