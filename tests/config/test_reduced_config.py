"""A config reduced to one contrast: it runs, and other contrasts do not change it."""

import shutil

import pytest
import yaml
from study import config, write_study

from multipet.config.loading import load_config
from multipet.config.part import plain
from multipet.config.reduced_config import reduced_config
from multipet.config.study import study_of

COMBAT = {"combat": {"method": "combat", "batch": "site"}}
HARMONISED = {"formula": "age + group", "harmonisation": "combat"}


@pytest.fixture
def values(tmp_path):
    changes = {"harmonisation": COMBAT, "models__harmonised": HARMONISED}
    return load_config([write_study(tmp_path / "lab", config(**changes), people=3)]).values


def test_only_what_the_contrast_needs(values):
    reduced = reduced_config(study_of(values), "patients")
    assert list(reduced["contrasts"]) == ["patients"]
    assert list(reduced["models"]) == ["main"]
    assert reduced["sites"]["turku"]["path"] == "turku.csv"
    assert reduced["variables"] == plain(study_of(values).variables)
    # the harmonisation keeps age and group alone, which is not all that main has
    assert reduced["harmonisation"] == {}


def test_it_is_a_config(values, tmp_path):
    reduced = reduced_config(study_of(values), "patients")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for site in ("turku", "aarhus"):
        shutil.copy(tmp_path / "lab" / f"{site}.csv", elsewhere)
    (elsewhere / "patients.yaml").write_text(yaml.safe_dump(reduced))
    again = load_config([elsewhere / "patients.yaml"]).values
    assert reduced_config(study_of(again), "patients") == reduced


def test_other_contrasts_do_not_change_it(values):
    untitled = {"title": "", "prespecified": False}
    more = {"model": "main", "slope": {"age": 1}, "at": {}, **untitled}
    other = {**values, "contrasts": {**values["contrasts"], "another": more}}
    assert reduced_config(study_of(other), "patients") == reduced_config(
        study_of(values), "patients"
    )


def test_a_contrast_of_sites_leaves_its_mark_on_the_model(values):
    untitled = {"title": "", "prespecified": False}
    between = {"model": "main", "pairwise": "site", "at": {}, **untitled}
    other = {**values, "contrasts": {**values["contrasts"], "between": between}}
    model = reduced_config(study_of(other), "patients")["models"]["main"]
    assert (model["site"], model["scanner"]) == ("fixed", "random")
    asked = {**values["models"]["main"], "site": "random", "scanner": "none"}
    other["models"] = {**values["models"], "main": asked}
    model = reduced_config(study_of(other), "patients")["models"]["main"]
    assert (model["site"], model["scanner"]) == ("random", "none")


def test_what_a_harmonisation_preserves_does_not_hang_on_other_models(values):
    wide = {**values["models"]["harmonised"], "formula": "age * sex + group"}
    patients = {**values["contrasts"]["patients"], "model": "harmonised"}
    other = {
        **values,
        "models": {**values["models"], "wide": wide},
        "contrasts": {**values["contrasts"], "harmonised_patients": patients},
    }
    reduced = reduced_config(study_of(other), "harmonised_patients")
    assert list(reduced["models"]) == ["harmonised"]
    assert reduced["harmonisation"]["combat"]["preserve"] == "age + group + sex + age:sex"


def test_files_of_one_name_get_a_folder_each(tmp_path):
    changes = {"sites__turku__path": "turku/values.csv", "sites__aarhus__path": "aarhus/values.csv"}
    path = write_study(tmp_path, config(**changes), people=3)
    for site in ("turku", "aarhus"):
        (tmp_path / site).mkdir()
        shutil.move(tmp_path / f"{site}.csv", tmp_path / site / "values.csv")
    sites = reduced_config(study_of(load_config([path]).values), "patients")["sites"]
    assert [site["path"] for site in sites.values()] == ["turku/values.csv", "aarhus/values.csv"]
