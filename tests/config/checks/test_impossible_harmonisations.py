"""Harmonisations that the tables make impossible are refused before anything runs."""

import pandas as pd
import pytest
from study import config, write_study

from multipet.config.checks.tables import check_tables
from multipet.config.loading import load_config
from multipet.core.problems import UserError


def checked(folder, edit=None, formula="age + sex + group", **settings):
    """Problems of the tiny study after ``edit`` changed turku's table."""
    settings = {"method": "combat", "batch": "site"} | settings
    values = config(
        harmonisation={"mine": settings},
        models={"main": {"formula": formula, "harmonisation": "mine"}},
        contrasts={"asked": {"model": "main", "slope": {"age": 10}}},
    )
    path = write_study(folder, values, people=8)
    if edit:
        table = pd.read_csv(folder / "turku.csv", dtype=str)
        edit(table).to_csv(folder / "turku.csv", index=False)
    try:
        check_tables(load_config([path]))
    except UserError as error:
        return [str(problem) for problem in error.problems]
    return []


def one_scan_of_another_camera(table):
    return table.assign(scanner=["PET2", *table["scanner"][1:]])


def two_scans_of_another_camera(table):
    return table.assign(scanner=["PET2", "PET2", *table["scanner"][2:]])


def patients_alone(table):
    return table.assign(group="patient")


def one_with_age(table):
    return table.assign(age=[table["age"][0], *[""] * (len(table) - 1)])


def test_a_batch_with_one_scan(tmp_path):
    (line,) = checked(tmp_path, one_scan_of_another_camera, batch="scanner")
    assert 'harmonisation.mine.batch: batch "turku/PET2" of scanner has 1 scan;' in line
    assert "join batches" in line


def test_a_batch_with_one_scan_that_has_every_covariate(tmp_path):
    (line,) = checked(tmp_path, one_with_age)
    assert '"turku" of site has 1 scan with every preserved covariate, of 16' in line


def test_a_batch_without_the_subset(tmp_path):
    settings = {"fit_on": {"group": ["control"]}, "preserve": "age + sex"}
    (line,) = checked(tmp_path, patients_alone, **settings)
    assert "harmonisation.mine.fit_on: " in line
    assert "has 0 scans in the subset with every preserved covariate, of 16" in line


@pytest.mark.parametrize("preserve", ["auto", "age + sex + group", "group * age + sex"])
def test_a_covariate_that_is_the_batch(tmp_path, preserve):
    def controls(table):
        return table.assign(group="control")

    assert checked(tmp_path, controls, preserve=preserve) == []  # aarhus has both groups
    rest = pd.read_csv(tmp_path / "aarhus.csv", dtype=str).assign(group="patient")
    rest.to_csv(tmp_path / "aarhus.csv", index=False)
    with pytest.raises(UserError) as caught:
        check_tables(load_config([tmp_path / "study.yaml"]))
    (line,) = map(str, caught.value.problems)
    assert 'harmonisation.mine.preserve: "group" is nested in site' in line


def test_repeated_scans_of_nobody(tmp_path):
    def first_visits(table):
        return table[table["session"] == "1"]

    settings = {"method": "longitudinal_combat"}
    assert checked(tmp_path / "repeated", **settings) == []
    assert checked(tmp_path / "half", first_visits, **settings) == []  # aarhus has second visits
    rest = pd.read_csv(tmp_path / "half" / "aarhus.csv", dtype=str)
    first_visits(rest).to_csv(tmp_path / "half" / "aarhus.csv", index=False)
    with pytest.raises(UserError, match="nobody has two scans"):
        check_tables(load_config([tmp_path / "half" / "study.yaml"]))


@pytest.mark.parametrize("edit", [None, two_scans_of_another_camera])
@pytest.mark.parametrize("batch", ["site", "scanner", ["site", "scanner"]])
def test_clean_ones_are_silent(tmp_path, edit, batch):
    assert checked(tmp_path, edit, batch=batch) == []
