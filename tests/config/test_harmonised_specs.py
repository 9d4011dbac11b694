"""Which harmonisations a contrast is answered with, and what their jobs are told."""

import pytest
from study import config, write_study

from multipet.config.jobs import calibrate_spec
from multipet.config.loading import load_config
from multipet.config.resolved import (
    calibrated_contrasts,
    harmonise_spec,
    shown_harmonisations,
    used_harmonisation,
)
from multipet.config.study import Calibration, study_of

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
def study_with(tmp_path):
    def load(**changes):
        return study_of(load_config([write_study(tmp_path, config(**changes), people=3)]).values)

    return load


def test_own_first_then_those_that_preserve_the_models_terms(study_with):
    model = {"formula": "age + sex + group", "harmonisation": "own"}
    contrast = {"model": "harmonised", "slope": {"age": 10}}
    study = study_with(
        harmonisation=DECLARED, models__harmonised=model, contrasts__harmonised=contrast
    )
    assert shown_harmonisations(study, "harmonised") == ["own", "full"]
    # raw values in the model: the same beside them, none of them its own
    assert shown_harmonisations(study, "patients") == ["own", "full"]


def test_a_comparison_of_sites_is_never_shown_harmonised(study_with):
    study = study_with(harmonisation=DECLARED, contrasts__sites=SITES)
    assert shown_harmonisations(study, "sites") == []
    assert "sites" not in calibrated_contrasts(study)


def test_without_harmonisation_nothing_is_calibrated(study_with):
    assert calibrated_contrasts(study_with()) == []


def test_auto_preserves_the_terms_of_its_users_or_of_all(study_with):
    study = study_with(harmonisation={"own": COMBAT})
    assert used_harmonisation(study, "own").preserve == "age + sex + group"
    model = {"formula": "age", "harmonisation": "own"}
    study = study_with(harmonisation={"own": COMBAT}, models__harmonised=model)
    assert used_harmonisation(study, "own").preserve == "age"


def test_what_is_tested_on_harmonised_values_is_told(study_with):
    study = study_with(harmonisation={"own": COMBAT}, models__main__harmonisation="own")
    assert used_harmonisation(study, "own").tested == ("age", "group")


def test_saved_parameters_count_by_their_content(study_with, tmp_path):
    saved = tmp_path / "old.json"
    saved.write_text('{"method": "combat", "log": false}')
    entry = {"method": "saved", "parameters": "old.json"}
    one = harmonise_spec(study_with(harmonisation={"mine": entry}), "mine")
    saved.write_text('{"method": "combat", "log": false }')
    two = harmonise_spec(study_with(harmonisation={"mine": entry}), "mine")
    assert one.sha256 != two.sha256
    assert one.settings.preserve == "1"


def test_a_calibration_knows_its_draws_but_no_title(study_with):
    study = study_with(harmonisation={"own": COMBAT}, models__main__harmonisation="own")
    spec = calibrate_spec(study, "patients")
    assert spec.inference.calibration == Calibration(draws=2000, seed=1, method="auto")
    assert spec.own == "own"
    assert [entry.id for entry in spec.harmonisations] == ["own"]
    assert not hasattr(spec.settings, "title")
