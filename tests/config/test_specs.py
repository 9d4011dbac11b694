"""Specs: each job's own part of the config and nothing else."""

import json

import pytest
from study import config, write_study

from multipet.config.jobs import specs
from multipet.config.loading import load_config
from multipet.config.part import plain
from multipet.config.specs import read_spec, write_spec
from multipet.config.study import study_of
from multipet.core.files import canonical_json
from multipet.run.prepare import write_specs

DRAWN = {"draw_contrast", "draw_robustness", "report_contrast"}
HARMONISED = {
    "harmonisation": {
        "combat": {"method": "combat", "batch": "site"},
        "unused": {"method": "location", "batch": "site"},
    },
    "models__harmonised": {
        "formula": "age * group + (1 | participant_id)",
        "harmonisation": "combat",
    },
    "contrasts__harmonised": {
        "model": "harmonised",
        "difference": {"group": ["patient", "control"]},
    },
}


@pytest.fixture
def study_with(tmp_path):
    def load(**changes):
        return study_of(load_config([write_study(tmp_path, config(**changes), people=3)]).values)

    return load


def changed(before, after):
    return {job for job in before | after if before.get(job) != after.get(job)}


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        (
            {"contrasts__patients__difference": {"group": ["control", "patient"]}},
            {"estimate_contrast", "robustness_contrast", *DRAWN},
        ),
        ({"contrasts__patients__title": "T"}, DRAWN),
        ({"contrasts__patients__prespecified": True}, {"report_contrast"}),
    ],
)
def test_editing_a_contrast_changes_its_own_specs(study_with, change, jobs):
    found = changed(specs(study_with()), specs(study_with(**change)))
    assert found == {(rule, "patients") for rule in jobs}


def test_showing_ids_redraws_and_rewrites_reports_only(study_with):
    found = changed(specs(study_with()), specs(study_with(report={"participant_ids": True})))
    assert {rule for rule, _ in found} == DRAWN
    assert study_with().report.participant_ids is False


def test_a_label_changes_no_numbers(study_with):
    found = changed(specs(study_with()), specs(study_with(variables__sex__label="Sex at birth")))
    assert {rule for rule, _ in found} == {"report_contrast", "report_index"}


def test_a_formula_changes_its_model_and_contrasts_only(study_with):
    one = study_with(**HARMONISED)
    two = study_with(**HARMONISED, models__main__formula="age + sex + group")
    found = changed(specs(one), specs(two))
    assert ("fit_model", "main") in found
    assert not any(name == "harmonised" for _, name in found)


def test_preserve_auto_is_the_fixed_terms_of_its_models(study_with):
    study = study_with(**HARMONISED)
    jobs = specs(study)
    assert jobs["harmonise", "combat"].settings.preserve == "age + group + age:group"
    assert jobs["harmonise", "combat"].settings.tested == ("group",)
    # no model uses it: it keeps what any model asks about
    assert jobs["harmonise", "unused"].settings.preserve == "age + sex + group + age:group"
    assert [h.id for h in jobs["calibrate_contrast", "harmonised"].harmonisations] == [
        "combat",
        "unused",
    ]


def test_the_heterogeneity_check_is_that_of_contrasts_alone(study_with):
    found = changed(specs(study_with()), specs(study_with(checks__heterogeneity={"alpha": 0.01})))
    assert {rule for rule, _ in found} == {"estimate_contrast", "report_contrast"}


def test_site_means_refit_their_model(study_with):
    one, two = specs(study_with()), specs(study_with(models__main__site_means=True))
    assert one["fit_model", "main"].site_means == ""
    formula = two["fit_model", "main"].formula
    for rule, name in (("fit_model", "main"), ("diagnose_model", "main")):
        assert two[rule, name].site_means == formula
    assert two["estimate_contrast", "patients"].site_means == formula


def test_a_compared_site_is_known_to_its_model(study_with):
    study = study_with(contrasts__sites={"model": "main", "pairwise": "site"})
    assert specs(study)["fit_model", "main"].compared == ("site",)


def test_written_specs_have_a_fingerprint_and_stay_when_unchanged(study_with, tmp_path):
    study = study_with()
    write_specs(study, tmp_path / "specs")
    path = tmp_path / "specs" / "fit_model" / "main.json"
    before = path.stat().st_mtime_ns
    assert len(json.loads(path.read_text())["fingerprint"]) == 16
    write_specs(study, tmp_path / "specs")
    assert path.stat().st_mtime_ns == before


def test_what_is_written_is_read_as_it_was(study_with, tmp_path):
    for (rule, name), spec in specs(study_with(**HARMONISED)).items():
        path = tmp_path / f"{rule}-{name}.json"
        write_spec(path, spec, "0123")
        read = read_spec(type(spec), path)
        printed = {"fingerprint": "0123"} if hasattr(spec, "fingerprint") else {}
        assert canonical_json(read) == canonical_json(plain(spec) | printed)


def test_a_harmonisation_is_told_what_of_its_models_it_does_not_preserve(study_with):
    declared = {"combat": {"method": "combat", "batch": "site", "preserve": "age"}}
    model = {"formula": "age * sex", "harmonisation": "combat"}
    asked = {"age": {"model": "main", "slope": {"age": 10}}}
    some = {"harmonisation": declared, "models": {"main": model}, "contrasts": asked}
    jobs = specs(study_with(**some))
    assert jobs["harmonise", "combat"].settings.unpreserved == ("sex", "age:sex")
    declared["combat"]["preserve"] = "auto"
    jobs = specs(study_with(**some))
    assert jobs["harmonise", "combat"].settings.unpreserved == ()
