"""The demo study's numbers against the truth that it was simulated from."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from places import ROOT
from scipy import stats
from study_run import ask, pooled_table, run_model

from multipet.analysis.contrast.table import contrast_table
from multipet.config.jobs import specs
from multipet.config.loading import load_config
from multipet.config.study import study_of

pytestmark = pytest.mark.slow

CONFIG = ROOT / "config"
KEY = ["contrast", "region"]


def truth_rows() -> pd.DataFrame:
    """The true effects: contrast, pair of sites (else empty), region, truth."""
    contrasts = json.loads((CONFIG / "demo" / "truth.json").read_text())["contrasts"]
    pairs = contrasts.pop("between_sites")
    found = [(name, "", region, v) for name, rs in contrasts.items() for region, v in rs.items()]
    found += [
        ("between_sites", pair.replace(" - ", " \N{MINUS SIGN} "), region, value)
        for pair, regions in pairs.items()
        for region, value in regions.items()
    ]
    return pd.DataFrame(found, columns=["contrast", "pair", "region", "truth"])


@pytest.fixture(scope="module")
def study() -> tuple[dict, pd.DataFrame]:
    """The demo's config and its pooled table."""
    values = load_config([CONFIG / "config.yaml"]).values
    return values, pooled_table(values)


@pytest.fixture(scope="module")
def answered(study) -> pd.DataFrame:
    """Every row of every contrast of the demo, with its truth."""
    values, pooled = study
    runs = {model: run_model(values, pooled, model) for model in values["models"]}
    jobs, tables = specs(study_of(values)), []
    for name, contrast in values["contrasts"].items():
        run = runs[contrast["model"]]
        question, found = ask(jobs["estimate_contrast", name], run)
        tables.append(contrast_table(question, found, run.table))
    table = pd.concat(tables, ignore_index=True)
    table["pair"] = table["comparison"].where(table["contrast"] == "between_sites", "")
    return table.merge(truth_rows(), on=["contrast", "pair", "region"], how="outer", indicator=True)


def recovered(table: pd.DataFrame) -> pd.Series:
    return (table["ci_low"] <= table["truth"]) & (table["truth"] <= table["ci_high"])


def test_every_truth_has_an_answer_and_every_answer_a_truth(answered):
    assert set(answered["_merge"]) == {"both"}
    assert len(answered) == 4 * (5 + 6)
    assert answered["estimate"].notna().all()
    of_people = answered[answered["contrast"] != "between_sites"]
    assert set(of_people["status"]) == {"ok"}


def test_intervals_contain_the_truth_as_often_as_they_say(answered):
    tested = answered[answered["ci_low"].notna()]
    inside = recovered(tested)
    for name, rows in inside.groupby(tested["contrast"], sort=False):
        print(f"\n{name}: {rows.sum()} of {len(rows)}", end="")
    # the lower 0.1 % point of a binomial; regions of a person and pairs of a site are correlated,
    # so that there are half as many, each counting as two
    fewest = 2 * stats.binom.ppf(0.001, len(tested) // 2, 0.95)
    print(f"\nall: {inside.sum()} of {len(tested)}, at least {fewest:.0f} wanted")
    assert len(tested) >= 20
    assert inside.sum() >= fewest


def test_no_estimate_is_far_from_its_truth(answered):
    distance = abs(answered["estimate"] - answered["truth"]) / answered["standard_error"]
    assert distance.max() < stats.t.ppf(1 - 1e-5, answered["df"].clip(lower=2)).max()
    assert np.median(distance) < 1.5


def test_significant_effects_have_the_sign_of_the_truth(answered):
    found = answered[(answered["p_adjusted"] < 0.05) & (answered["truth"] != 0)]
    assert len(found) >= 4
    assert (np.sign(found["estimate"]) == np.sign(found["truth"])).all()


def test_age_and_group_are_detected_in_the_caudate(answered):
    table = answered.set_index(KEY)
    age = table.loc[("age_per_decade", "caudate")]
    assert age["p_adjusted"] < 0.001
    assert -6.5 < age["percent"] < -3.5  # 4.9 % less a decade
    assert table.loc[("patients_minus_controls", "caudate"), "p_adjusted"] < 0.05


def test_effects_that_are_not_there_are_not_found(answered):
    absent = answered[answered["truth"] == 0]
    assert len(absent) == 6
    assert (absent["p_adjusted"] < 0.05).sum() <= 1


def test_harmonised_and_raw_answers_agree(answered):
    table = answered.set_index(KEY)
    raw = table.loc["patients_minus_controls"]
    harmonised = table.loc["patients_minus_controls_harmonised"]
    apart = abs(raw["estimate"] - harmonised["estimate"])
    assert (apart < raw["standard_error"]).all()


def test_intervals_of_people_are_narrow_enough_to_miss_a_wrong_truth(answered):
    of_people = answered[answered["contrast"] != "between_sites"]
    assert len(of_people) == 20
    assert (of_people["standard_error"] < 0.02).all()
    assert recovered(of_people).sum() >= 2 * stats.binom.ppf(0.001, 10, 0.95)
    assert recovered(of_people.assign(truth=of_people["truth"] + 0.1)).sum() == 0


def test_age_agrees_with_least_squares_of_people_within_scanners(study, answered):
    pooled = study[1].query("region == 'caudate' and session == '1'").dropna()
    formula = "np.log(value) ~ age + sex + group + scanner"
    expected = smf.ols(formula, pooled).fit()
    found = answered.set_index(KEY).loc[("age_per_decade", "caudate")]
    assert abs(found["estimate"] - 10 * expected.params["age"]) < 10 * expected.bse["age"]
    assert found["standard_error"] == pytest.approx(10 * expected.bse["age"], rel=0.2)


def test_every_scan_with_values_and_covariates_is_used(study, answered):
    complete = study[1].dropna()
    scans = complete.groupby("region", observed=True).size()
    people = complete.groupby("region", observed=True)["participant_id"].nunique()
    assert (scans["caudate"], people["caudate"]) == (319, 240)  # one of 320 has no age
    assert (answered["n_scans"] == answered["region"].map(scans)).all()
    assert (answered["n_subjects"] == answered["region"].map(people)).all()
    assert set(answered["n_sites"]) == {4}
