"""The record of a fitted model: who was in it, how it was fitted, what failed."""

import json

import numpy as np
import pandas as pd
import pytest
from study_run import fit_spec, fitted, pooled_scans

from multipet.analysis.model.fits import used_rows
from multipet.analysis.model.fitted_specification import plan_record
from multipet.core.files import canonical_json
from multipet.core.versions import versions


def record_of(pooled=None, **changes) -> dict:
    run = fitted(fit_spec(**changes), [pooled_scans() if pooled is None else pooled])
    record = plan_record(run.plan, run.fits, run.table.iloc[used_rows(run.fits)])
    return json.loads(canonical_json(record))  # what the file holds


def site_of(record: dict, name: str) -> dict:
    return next(site for site in record["per_site"] if site["site"] == name)


def test_formula_and_choices_are_recorded():
    record = record_of(few_levels={"minimum": 5, "action": "note"})
    assert record["formula"] == "age + group + (1 | participant_id) + site + (1 | scanner)"
    assert record["site"]["used"] == "fixed"
    assert record["scanner"]["used"] == "random"
    assert record["site"]["reason"] == "There are 4 sites; a random effect needs 5 at least."


def test_people_scans_sites_and_scanners_are_counted():
    record = record_of()
    assert {k: v for k, v in record.items() if k.startswith("n_")} == {
        "n_scans": 96,
        "n_subjects": 48,
        "n_sites": 4,
        "n_scanners": 5,
    }


def test_a_joint_model_counts_scans_once():
    separate = record_of()
    joint = record_of(formula="region + age + group + (1 | participant_id)", regions="joint")
    for key in ("n_scans", "n_subjects", "n_sites", "n_scanners", "per_site"):
        assert joint[key] == separate[key], key


def test_each_site_has_its_people_described():
    pooled = pooled_scans()
    record = record_of(pooled)
    people = pooled.query("site == 's0'").drop_duplicates("participant_id")
    site = site_of(record, "s0")
    assert (site["n_subjects"], site["n_scans"]) == (12, 24)
    assert site["scanners"] == ["s0/a", "s0/b"]
    assert site["levels"] == {"group": people["group"].value_counts().to_dict()}
    ages = people["age"].to_numpy()
    assert site["numbers"]["age"] == pytest.approx(
        {"mean": ages.mean(), "sd": ages.std(ddof=1), "min": ages.min(), "max": ages.max()}
    )
    assert [site["site"] for site in record["per_site"]] == ["s0", "s1", "s2", "s3"]


def test_scans_that_no_region_uses_are_not_counted():
    pooled = pooled_scans()
    pooled.loc[pooled["participant_id"] == "s1p3", "age"] = np.nan
    pooled.loc[pooled["site"] == "s3", "value"] = np.nan
    record = record_of(pooled)
    assert (record["n_scans"], record["n_subjects"], record["n_sites"]) == (70, 35, 3)
    assert site_of(record, "s1")["n_subjects"] == 11
    assert [site["site"] for site in record["per_site"]] == ["s0", "s1", "s2"]


def test_a_covariate_that_nobody_has_is_null():
    record = record_of(pooled_scans().assign(dose=np.nan))
    spread = site_of(record, "s1")["numbers"]["dose"]
    assert spread == dict.fromkeys(("mean", "sd", "min", "max"))


def test_the_sd_of_one_person_is_null():
    pooled = pooled_scans()
    alone = (pooled["site"] != "s2") | (pooled["participant_id"] == "s2p0")
    spread = site_of(record_of(pooled[alone].reset_index(drop=True)), "s2")["numbers"]["age"]
    assert spread["sd"] is None
    assert spread["mean"] == spread["min"] == spread["max"]


def test_convergence_and_failures_are_told_by_region():
    pooled = pooled_scans()
    pooled.loc[pooled["region"] == "putamen", "value"] = 1.0
    record = record_of(pooled)
    (converged,) = record["convergence"]
    assert converged["region"] == "caudate"
    assert converged["gradient_norm"] < 1e-3
    assert set(converged) == {"region", "gradient_norm", "iterations", "restarts", "singular"}
    (failed,) = record["failed"]
    assert failed["region"] == "putamen"
    assert "explain the outcome exactly" in failed["reason"]


def test_nothing_fitted_is_a_record_too():
    record = record_of(pooled_scans().assign(value=1.0))
    assert (record["n_scans"], record["per_site"], record["convergence"]) == (0, [], [])
    assert len(record["failed"]) == 2


def test_order_of_rows_does_not_matter():
    shuffled = pooled_scans().sample(frac=1, random_state=6).reset_index(drop=True)
    assert record_of(shuffled)["per_site"] == [
        {**site, "numbers": {"age": pytest.approx(site["numbers"]["age"])}}
        for site in record_of()["per_site"]
    ]


def test_people_count_at_every_level_that_one_of_their_scans_has():
    pooled = pooled_scans()
    drug = pd.Categorical(
        ["drug" if s == pooled["session"].iloc[-1] else "baseline" for s in pooled["session"]],
        ["baseline", "drug", "never"],
    )
    assert pooled["session"].nunique() == 2
    site = site_of(record_of(pooled.assign(condition=drug)), "s0")
    assert site["n_subjects"] == 12
    assert site["levels"]["condition"] == {"baseline": 12, "drug": 12, "never": 0}


def test_the_record_says_which_versions_fitted():
    recorded = record_of()["versions"]
    assert recorded == versions()
    assert {"multipet", "python", "numpy", "scipy"} <= recorded.keys()
