"""What single people do to the fixed effects: brute force, and lme4."""

import numpy as np
import pandas as pd
import places
import pytest
from heterogeneity_study import FORMULA, pooled
from study_run import pooled_scans

from multipet.analysis.robustness.influence import Influence
from multipet.ingest.scans import scan_table
from multipet.mixed_model import evaluate_at, fit_model

REFERENCE = places.REFERENCE / "influence" / "numbers.csv"
FULL = f"{FORMULA} + (1 | site) + (1 | scanner)"
FORMULAS = (
    "age + group + (1 | participant_id) + (1 | site) + (1 | scanner)",
    "age * group + site",
    "age + group + (1 | participant_id:session) + (1 + age | site)",
    "age + group + (1 | scanner)",
)


def codes(table, fit):
    return pd.factorize(table["participant_id"].iloc[fit.rows])[0]


def made(formula, table, residual_by=None):
    fit = fit_model(f"caudate ~ {formula}", table, residual_by=residual_by)
    return fit, Influence(fit, codes(table, fit))


@pytest.fixture(scope="module")
def scans():
    table = scan_table(pooled_scans(people=16), "identity")
    extra = table.iloc[:20].assign(session="3")  # people with three scans beside those with two
    table = pd.concat([table, extra], ignore_index=True)
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.1, len(table))
    table.loc[[3, 50], "caudate"] = np.nan
    return table.assign(caudate=table["caudate"] + noise)


@pytest.mark.parametrize("residual_by", [None, "scanner"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_is_the_fit_without_the_person_at_the_same_variances(scans, formula, residual_by):
    if "session" in formula:
        scans = scans.drop_duplicates(["participant_id", "session"]).reset_index(drop=True)
        scans = pd.concat([scans, scans], ignore_index=True)
        scans["caudate"] += np.random.default_rng(1).normal(0, 0.1, len(scans))
    fit, influence = made(formula, scans, residual_by)
    ids = scans["participant_id"].iloc[fit.rows].unique()
    weights = {fit.coefficients[1]: 1.0}
    one = influence.of(weights)
    for j in range(0, len(ids), 7):
        rest = scans[scans["participant_id"] != ids[j]].reset_index(drop=True)
        ratios = fit.residual_ratios or None
        how = {"residual_by": residual_by, "residual_ratios": ratios}
        other = evaluate_at(formula, rest, "caudate", fit.theta, **how)
        change = fit.beta - other.beta
        assert influence.changes[j] == pytest.approx(change, rel=1e-7, abs=1e-10)
        assert one.change[j] == pytest.approx(change[1], rel=1e-7, abs=1e-10)
        cooks = change @ np.linalg.inv(fit.vcov) @ change / len(change)
        assert one.cooks_distance[j] == pytest.approx(cooks, rel=1e-6)


def test_is_near_lme4_which_fits_the_variances_anew():
    table = scan_table(pooled(), "identity")
    fit, influence = made(FULL, table)
    expected = pd.read_csv(REFERENCE, skipinitialspace=True).set_index("participant_id")
    ids = table["participant_id"].iloc[fit.rows].unique()
    theirs = expected.loc[ids, ["intercept", "age", "sex", "group"]].to_numpy()
    errors = np.sqrt(np.diag(fit.vcov))
    assert np.abs((influence.changes - theirs) / errors).max() < 0.03
    for ours, own in zip(influence.changes.T, theirs.T, strict=True):
        assert np.corrcoef(ours, own)[0, 1] > 0.99
    cooks = influence.of({"age": 1.0}).cooks_distance
    own = expected.loc[ids, "cooks_distance"].to_numpy()
    assert np.corrcoef(cooks, own)[0, 1] > 0.99
    assert set(np.argsort(-cooks)[:3]) == set(np.argsort(-own)[:3])


def test_a_person_alone_in_a_level_leaves_no_estimate_of_it():
    table = scan_table(pooled_scans(people=10), "identity")
    lone = table["participant_id"] == "s1p4"
    table["drug"] = pd.Categorical(np.where(lone, "new", "old"), ["old", "new"])
    fit, influence = made("age + drug + (1 | participant_id) + (1 | site)", table)
    of_drug = influence.of({"drug[new]": 1.0}).change
    place = list(table["participant_id"].unique()).index("s1p4")
    assert np.isnan(of_drug).tolist() == [i == place for i in range(len(of_drug))]
    rest = table[~lone].reset_index(drop=True)
    formula = "age + (1 | participant_id) + (1 | site)"
    other = evaluate_at(formula, rest, "caudate", fit.theta)
    change = influence.of({"age": 1.0}).change[place]
    assert change == pytest.approx(fit.beta[1] - other.beta[1], abs=1e-9)


def test_order_of_rows_and_units_do_not_matter(scans):
    formula = FORMULAS[0]
    _, influence = made(formula, scans)
    mixed = scans.sample(frac=1, random_state=1).reset_index(drop=True)
    mixed["caudate"] *= 100
    fit, other = made(formula, mixed)
    ids = scans.dropna(subset="caudate")["participant_id"].unique()
    place = {name: j for j, name in enumerate(mixed["participant_id"].iloc[fit.rows].unique())}
    same = other.changes[[place[name] for name in ids]] / 100
    # the optimum of other rows is the same to the optimiser's tolerance
    assert same == pytest.approx(influence.changes, rel=1e-3, abs=1e-6)
