"""Every kind of result damaged in a finished run: the same command ends with the same bytes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_study import differing, make_study, run, snapshot

pytestmark = pytest.mark.slow
Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A finished run that each test damages and mends."""
    folder = tmp_path_factory.mktemp("damage")
    make_study(folder)
    code, text = run(folder)
    assert code == 0, text
    return folder


def rows_lost(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-10]))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def another_digit(path: Path) -> None:
    text = path.read_text()
    at = next(at for at in range(len(text) - 1, 0, -1) if text[at] in "123456")
    path.write_text(text[:at] + "7" + text[at + 1 :])


def levels_swapped(path: Path) -> None:
    text = path.read_text()
    swapped = text.replace('"aarhus"', '"?"').replace('"turku"', '"aarhus"')
    path.write_text(swapped.replace('"?"', '"turku"'))


def lost(path: Path) -> None:
    path.unlink()


ONE = "contrasts/age_per_decade"
#: Many at once, as a run takes its time: each round damages one file of most kinds.
ROUNDS: dict[str, dict[str, Damage]] = {
    "cut": {
        "tidy/turku.tsv": rows_lost,
        "tidy/pooled.json": levels_swapped,
        "models/main/fits.json": cut,
        f"{ONE}/contrast.tsv": another_digit,
        f"{ONE}/figures/forest.svg": lost,
        "reports/age_per_decade.html": cut,
        "config.yaml": lost,
    },
    "lost": {
        "tidy/turku.source.json": emptied,
        "models/main/residuals.tsv": rows_lost,
        "models/main/plan.json": another_digit,
        f"{ONE}/contrast.json": lost,
        f"{ONE}/robustness_figures/index.json": emptied,
        f"{ONE}/figures.sha256": lost,
        "reports/index.html": emptied,
        "specs/fit_model/main.json": cut,
        "specs/checked.json": cut,
        "config.yaml": emptied,
    },
    "the figures alone": {f"{ONE}/figures/forest.svg": lost},
    "the page alone": {"reports/age_per_decade.html": another_digit},
    "the last table alone": {f"{ONE}/curves.tsv": emptied},
    "the record alone": {"checksums/pool_sites/all.sha256": cut},
}


@pytest.mark.parametrize("kind", ROUNDS)
def test_a_damaged_result_is_told_and_made_again(finished, tmp_path, kind):
    folder = shutil.copytree(finished, tmp_path / "study", copy_function=shutil.copy2)
    before, results = snapshot(folder), folder / "out/results"
    for name, damage in ROUNDS[kind].items():
        damage(results / name)
    assert set(differing(before, snapshot(folder))) == set(ROUNDS[kind])
    code, text = run(folder)
    assert code == 0, text
    assert differing(before, snapshot(folder)) == []
    lines = [line for line in text.splitlines() if line.startswith("NOTE ")]
    told = [name for name in ROUNDS[kind] if not name.startswith(("specs/", "config.yaml"))]
    for name in told:
        assert any(line.startswith(f"NOTE results/{name}: is ") for line in lines), name
    assert "mistake in multipet" not in text
    code, text = run(folder)
    assert "Nothing to be done" in text
    assert "NOTE" not in text


def test_a_site_that_leaves_takes_its_data_along(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "study", copy_function=shutil.copy2)
    make_study(folder, sites__turku=None)
    ids = {line.split(",")[0] for line in (folder / "turku.csv").read_text().splitlines()[1:]}
    _, text = run(folder)
    assert text.count("NOTE site turku: is no longer in the study") == 1
    left = snapshot(folder)
    assert not [name for name in left if "turku" in name]
    only = ids - {line.split(",")[0] for line in (folder / "aarhus.csv").read_text().splitlines()}
    tables = [data.decode() for name, data in left.items() if name.endswith((".tsv", ".json"))]
    assert not [one for one in only for text in tables if one in text.replace(",", "\t").split()]
