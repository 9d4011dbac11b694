"""Which harmonisations a contrast is answered with, and what their jobs are told."""

import pytest
from study import config, write_study

from multipet.config.loading import load_config
from multipet.config.part_specs import (
    calibrate_spec,
    calibrated_contrasts,
    harmonise_spec,
    resolved_settings,
    shown_harmonisations,
)

COMBAT = {"method": "combat", "batch": "site"}
DECLARED = {
    "own": COMBAT,
    "full": {**COMBAT, "preserve": "group + age + sex"},
    "partial": {**COMBAT, "preserve": "age"},
    "by_sex": {**COMBAT, "batch": ["site", "sex"], "preserve": "age + group"},
    "exported": {**COMBAT, "method": "covbat", "preserve": "age + sex + group"},
}
SITES = {"model": "main", "pairwise": "site"}


@pytest.fixture
def values_of(tmp_path):
    def load(**changes):
        return load_config([write_study(tmp_path, config(**changes), people=3)]).values

    return load


def test_own_first_then_those_that_preserve_the_models_terms(values_of):
    model = {"formula": "age + sex + group", "harmonisation": "own"}
    contrast = {"model": "harmonised", "slope": {"age": 10}}
    values = values_of(
        harmonisation=DECLARED, models__harmonised=model, contrasts__harmonised=contrast
    )
    assert shown_harmonisations(values, "harmonised") == ["own", "full"]
    # raw values in the model: the same beside them, none of them its own
    assert shown_harmonisations(values, "patients") == ["own", "full"]


def test_a_comparison_of_sites_is_never_shown_harmonised(values_of):
    values = values_of(harmonisation=DECLARED, contrasts__sites=SITES)
    assert shown_harmonisations(values, "sites") == []
    assert "sites" not in calibrated_contrasts(values)


def test_without_harmonisation_nothing_is_calibrated(values_of):
    assert calibrated_contrasts(values_of()) == []


def test_auto_preserves_the_terms_of_its_users_or_of_all(values_of):
    values = values_of(harmonisation={"own": COMBAT})
    assert resolved_settings(values, "own")["preserve"] == "age + sex + group"
    model = {"formula": "age", "harmonisation": "own"}
    values = values_of(harmonisation={"own": COMBAT}, models__harmonised=model)
    assert resolved_settings(values, "own")["preserve"] == "age"


def test_what_is_tested_on_harmonised_values_is_told(values_of):
    values = values_of(harmonisation={"own": COMBAT}, models__main__harmonisation="own")
    assert resolved_settings(values, "own")["tested"] == ["age", "group"]


def test_saved_parameters_count_by_their_content(values_of, tmp_path):
    saved = tmp_path / "old.json"
    saved.write_text("{}")
    entry = {"method": "saved", "parameters": "old.json"}
    one = harmonise_spec(values_of(harmonisation={"mine": entry}), "mine")
    saved.write_text("{ }")
    two = harmonise_spec(values_of(harmonisation={"mine": entry}), "mine")
    assert one["sha256"] != two["sha256"]
    assert one["settings"]["preserve"] == "1"


def test_a_calibration_knows_its_draws_but_no_title(values_of):
    values = values_of(harmonisation={"own": COMBAT}, models__main__harmonisation="own")
    spec = calibrate_spec(values, "patients")
    assert spec["inference"]["calibration"] == {"draws": 2000, "seed": 1, "method": "auto"}
    assert spec["own"] == "own"
    assert [entry["id"] for entry in spec["harmonisations"]] == ["own"]
    assert "title" not in spec["settings"]
