"""The demo study: its files are those of its generator, its dirt is listed, its truth holds."""

import csv
import importlib.util
import json
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml
from openpyxl import load_workbook
from places import ROOT

CONFIG = ROOT / "config"
DEMO = CONFIG / "demo"
FILES = ["aarhus.tsv", "participants.tsv", "truth.json", "turku.csv", "vancouver.xlsx", "yale.csv"]
MISSING = {"", "NA", "n/a"}


@pytest.fixture(scope="module")
def study() -> Iterator[ModuleType]:
    """The simulation behind the demo, imported from its file."""
    spec = importlib.util.spec_from_file_location("simulated_study", DEMO / "simulated_study.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables() -> dict[str, list[list[str]]]:
    """Every delivered table as text, header first."""
    sheet = load_workbook(DEMO / "vancouver.xlsx")["BPnd"]
    return {
        "turku.csv": rows_of("turku.csv", ",", "utf-8-sig"),
        "aarhus.tsv": rows_of("aarhus.tsv", "\t"),
        "yale.csv": rows_of("yale.csv", ";"),
        "participants.tsv": rows_of("participants.tsv", "\t"),
        "vancouver.xlsx": [[str(cell) for cell in row] for row in sheet.values],
    }


@pytest.fixture(scope="module")
def large_study(study):
    """A study sixty times as large: scans, effects, log BP_ND less what site and scanner add."""
    rng = np.random.default_rng(7)
    sites = {name: replace(s, people=60 * s.people) for name, s in study.SITES.items()}
    effects = study.draw_effects(rng, sites)
    scans = study.draw_scans(rng, sites)
    log_values = study.draw_log_values(rng, scans, effects)
    places = np.array([study.place_effect(scan, effects) for scan in scans])
    return scans, effects, log_values - places


def rows_of(name: str, delimiter: str, encoding: str = "utf-8") -> list[list[str]]:
    with (DEMO / name).open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_the_generator_makes_the_committed_bytes(tmp_path):
    command = [sys.executable, str(DEMO / "make_demo.py"), str(tmp_path)]
    subprocess.run(command, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (DEMO / name).read_bytes(), name


def test_people_scans_scanners_and_second_visits_are_those_of_the_readme(study):
    _, scans, _, _ = study.simulate()
    people = Counter(scan.person for scan in scans)
    assert (len(people), len(scans), len({scan.scanner for scan in scans})) == (240, 320, 7)
    cameras = {(scan.person, scan.camera) for scan in scans}
    assert len(cameras) - len(people) == 10  # changed camera between visits
    assert all(20 <= scan.age <= 80 for scan in scans)
    readme = (DEMO / "README.md").read_text(encoding="utf-8")
    for name, site in study.SITES.items():
        own = [person for person in people if person.site == name]
        returning = sum(people[person] == 2 for person in own)
        patients = sum(person.patient for person in own)
        assert f"| {name.title()} | {len(own)} | {returning} | {patients} |" in readme
        assert ", ".join(site.cameras) in readme


def test_second_visits_are_one_to_two_years_later(study):
    _, scans, _, _ = study.simulate()
    years = [scan.age - scan.person.age for scan in scans if scan.visit == 2]
    assert len(years) == 80
    assert min(years) >= 0.99
    assert max(years) <= 2.01


def test_every_site_has_both_groups_and_both_sexes(study):
    _, scans, _, _ = study.simulate()
    people = {scan.person for scan in scans}
    cells = {(person.site, person.patient, person.woman) for person in people}
    assert len(cells) == 16


def test_the_readme_lists_every_flaw_and_no_other(tables):
    readme = (DEMO / "README.md").read_text(encoding="utf-8")
    listed = {
        (cells[1].strip("` "), int(cells[2]))
        for line in readme.splitlines()
        if len(cells := line.split("|")) == 5 and cells[2].strip().isdigit()
    }
    found = {
        (name, number)
        for name, rows in tables.items()
        for number, row in enumerate(rows, start=1)
        if MISSING & set(row) or row in rows[: number - 1] or "ECAT hrrt" in row
    }
    assert listed == found
    assert len(found) == 6


def test_flaws_are_where_the_readme_says(tables):
    def cell(name: str, number: int, column: str) -> str:
        return tables[name][number - 1][tables[name][0].index(column)]

    assert cell("turku.csv", 17, "bp_thalamus_r") == ""
    assert tables["turku.csv"][85] == tables["turku.csv"][39]
    assert cell("aarhus.tsv", 188, "BPnd") == "NA"
    assert cell("yale.csv", 29, "L_accumbens") == "n/a"
    assert cell("yale.csv", 59, "camera") == "ECAT hrrt"
    assert cell("participants.tsv", 116, "age") == "n/a"


def test_tables_have_the_columns_that_the_config_names(tables):
    config = yaml.safe_load((CONFIG / "config.yaml").read_text(encoding="utf-8"))
    for name, site in config["sites"].items():
        header = tables[Path(site["path"]).name][0]
        assert set(site["columns"].values()) <= set(header), name
        regions = site["regions"]
        affixes = regions.get("prefix", ""), regions.get("suffix", "")
        for delivered in regions.get("names", []) if site["format"] == "wide_table" else []:
            assert f"{affixes[0]}{delivered}{affixes[1]}" in header
    assert {row[5] for row in tables["aarhus.tsv"][1:]} == set(
        config["sites"]["aarhus"]["regions"]["names"]
    )
    assert "007" in {row[0] for row in tables["turku.csv"]}


def test_participants_match_the_visits_of_aarhus_and_vancouver(tables):
    visits = {("aarhus", row[0], row[1]) for row in tables["aarhus.tsv"][1:]}
    visits |= {("vancouver", row[0], row[1]) for row in tables["vancouver.xlsx"][1:]}
    rows = [(row[1], row[0], row[2]) for row in tables["participants.tsv"][1:]]
    assert len(rows) == len(set(rows))
    assert set(rows) == visits


def test_left_and_right_have_the_value_of_the_region_as_mean(study, tables):
    _, scans, log_values, _ = study.simulate()
    expected = np.exp(
        [v for s, v in zip(scans, log_values, strict=True) if s.person.site == "yale"]
    )
    delivered = np.array(
        [
            [float(c.replace(",", ".")) if c != "n/a" else np.nan for c in row[6:]]
            for row in tables["yale.csv"][1:]
        ]
    )
    means = delivered.reshape(-1, 4, 2).mean(axis=2)
    assert np.isnan(means).sum() == 1
    assert np.nanmax(np.abs(means - expected)) < 1.01e-4


def test_fixed_effects_of_a_large_study_are_the_truth(study, truth, large_study):
    scans, _, log_values = large_study
    first = [i for i, scan in enumerate(scans) if scan.visit == 1]
    design = np.array(
        [
            [1, (s.age - 50) / 10, s.person.woman - 1, s.person.patient]
            for s in (scans[i] for i in first)
        ],
        dtype=float,
    )
    beta, *_ = np.linalg.lstsq(design, log_values[first], rcond=None)
    residual = log_values[first] - design @ beta
    unscaled = np.diag(np.linalg.inv(design.T @ design))
    standard_error = np.sqrt(unscaled[:, None] * residual.var(axis=0))
    names = ["log_mean", "age_per_decade", "women_minus_men", "patients_minus_controls"]
    wanted = [[truth["fixed_effects"][region][name] for region in study.REGIONS] for name in names]
    assert np.all(np.abs(beta - wanted) < 4 * standard_error)
    assert standard_error.max() < 0.005


def test_people_of_a_large_study_vary_as_the_truth_says(study, truth, large_study):
    scans, effects, log_values = large_study
    left = log_values - np.array([study.expected_log(scan) for scan in scans])
    first = np.array([scan.visit == 1 for scan in scans])
    sd = truth["standard_deviations"]
    shared, own, residual = (sd[k] for k in ("subject_shared", "subject_region", "residual"))
    factor = np.array([effects.residual_factor[scan.scanner] for scan in scans])
    total = shared**2 + own**2 + np.mean((residual * factor[first]) ** 2)
    covariance = np.cov(left[first].T)
    assert np.diag(covariance) == pytest.approx(total, rel=0.05)
    assert covariance[np.triu_indices(4, 1)] == pytest.approx(shared**2, rel=0.08)


def test_scanners_of_a_large_study_are_as_noisy_as_drawn(study, truth, large_study):
    scans, effects, log_values = large_study
    left = log_values - np.array([study.expected_log(scan) for scan in scans])
    pairs = [
        (i - 1, i) for i, s in enumerate(scans) if s.visit == 2 and s.camera == s.person.camera
    ]
    change = np.array([left[b] - left[a] for a, b in pairs]) / math.sqrt(2)
    scanner = np.array([scans[b].scanner for _, b in pairs])
    for name, factor in effects.residual_factor.items():
        expected = truth["standard_deviations"]["residual"] * factor
        assert change[scanner == name].std() == pytest.approx(expected, rel=0.1), name
    assert (min(effects.residual_factor.values()), max(effects.residual_factor.values())) == (
        0.8,
        1.3,
    )


def test_truth_covers_every_contrast_of_the_config(study, truth):
    config = yaml.safe_load((CONFIG / "config.yaml").read_text(encoding="utf-8"))
    contrasts = truth["contrasts"]
    assert list(contrasts) == list(config["contrasts"])
    by_region = [v for name, v in contrasts.items() if name != "between_sites"]
    by_region += contrasts["between_sites"].values()
    assert all(tuple(value) == study.REGIONS for value in by_region)
    assert list(contrasts["between_sites"])[:2] == ["turku - aarhus", "turku - yale"]
    assert len(contrasts["between_sites"]) == 6
    site = truth["site_effects"]
    difference = contrasts["between_sites"]["aarhus - vancouver"]["putamen"]
    assert difference == pytest.approx(site["aarhus"] - site["vancouver"], abs=1e-9)


def test_truth_states_effects_as_log_changes_of_the_percentages(truth):
    contrasts = truth["contrasts"]
    assert math.expm1(contrasts["age_per_decade"]["caudate"]) == pytest.approx(-0.049, abs=1e-6)
    assert math.expm1(contrasts["women_minus_men"]["thalamus"]) == pytest.approx(0.03, abs=1e-6)
    assert math.expm1(contrasts["patients_minus_controls"]["putamen"]) == pytest.approx(
        -0.06, abs=1e-6
    )
    assert contrasts["patients_minus_controls"]["thalamus"] == 0
    assert set(contrasts["age_slope_patients_minus_controls"].values()) == {0.0}
