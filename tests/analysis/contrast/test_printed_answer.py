"""What is printed as an answer: within sites, cluster-robust; the model's own test beside it."""

import numpy as np
import pandas as pd
import pytest
from analysis_steps import Tables, contrast_steps, model_steps
from scipy import stats
from study_run import contrast_spec, fit_spec, pooled_scans

GROUP = {"difference": {"group": ["patient", "control"]}}
CHANGE = {"difference": {"session": ["2", "1"]}}
SETS = {"sensitivity": {}, "few_levels": {"minimum": 4, "action": "note"}, "residual": "common"}


def steps(pooled: pd.DataFrame, settings: dict, **model) -> Tables:
    run, tables = model_steps(fit_spec(**model), [pooled])
    return tables | contrast_steps(contrast_spec(settings, **SETS), run, pooled)


def checks(tables: Tables) -> list[str]:
    return list(tables["findings"].get("check", []))


def first_visits(sites: int = 3, people: int = 20) -> pd.DataFrame:
    pooled = pooled_scans(sites=sites, people=people)
    one = pooled[pooled["session"] == "1"].reset_index(drop=True)
    return one.assign(scanner=pd.Categorical(one["site"].astype(str) + "/a"))


def noisy(pooled: pd.DataFrame) -> pd.DataFrame:
    """Few patients, who vary five times as much."""
    number = pooled["participant_id"].str.partition("p")[2].astype(int)
    kept = pooled[(pooled["group"] == "control") | (number < 12)]
    rng = np.random.default_rng(4)
    noise = rng.normal(0, np.where(kept["group"] == "patient", 1.5, 0.3))
    return kept.assign(value=3 + noise).reset_index(drop=True)


def test_two_groups_of_different_spread_are_compared_as_welch_does():
    pooled = noisy(first_visits(sites=1))
    tables = steps(pooled, GROUP, formula="group")
    row = tables["contrast"].set_index("region").loc["caudate"]
    values = pooled[pooled["region"] == "caudate"].groupby("group", observed=True)["value"]
    own = [values.get_group(level).to_numpy() for level in ("patient", "control")]
    welch = stats.ttest_ind(*own, equal_var=False)
    assert row["df_method"] == "cluster-robust"
    assert row["t"] == pytest.approx(welch.statistic)
    sizes = np.array([len(group) for group in own])
    # Bell & McCaffrey's df: Welch's, were both variances alike
    df = np.sum(1 / sizes) ** 2 / np.sum(1 / (sizes**2 * (sizes - 1)))
    assert row["df"] == pytest.approx(df)
    assert row["p_model"] == pytest.approx(stats.ttest_ind(*own).pvalue)


def test_spread_that_differs_is_a_finding():
    assert "spread_differs" in checks(steps(noisy(first_visits()), GROUP, formula="group"))
    assert "spread_differs" not in checks(steps(first_visits(), GROUP, formula="group"))


def test_a_change_of_camera_at_every_site_is_not_a_change_over_time():
    pooled = pooled_scans(people=6)
    session = pooled["session"].astype(str)
    pooled = pooled.assign(scanner=pd.Categorical(pooled["site"].astype(str) + "/" + session))
    for scanner in ("auto", "none"):
        how = {"formula": "session + (1 | participant_id)", "scanner": scanner}
        tables = steps(pooled, CHANGE, **how)
        assert tables["contrast"]["estimate"].isna().all()
        assert tables["contrast"]["status"].str.contains("differs between scanners only").all()
        assert "confounded_scanner" in checks(tables)


def test_a_change_of_camera_at_one_site_leaves_the_others():
    pooled = pooled_scans(people=6)
    old = np.where((pooled["site"] == "s1") & (pooled["session"] == "2"), "/new", "/old")
    pooled = pooled.assign(scanner=pd.Categorical(pooled["site"].astype(str) + old))
    tables = steps(pooled, CHANGE, formula="session + (1 | participant_id)")
    assert (tables["contrast"]["status"] == "ok").all()
    assert tables["contrast"]["share_between_scanners"].to_numpy() == pytest.approx(0.25, abs=0.01)


def test_the_model_s_own_test_is_that_of_fixed_sites_where_site_is_random():
    """Sites whose level follows their mean age: the slope is the one within them."""
    rng = np.random.default_rng(2)
    pooled = first_visits(sites=5)
    centre = pooled["site"].cat.codes.to_numpy() * 5.0
    age = 50 + centre + 5 * rng.normal(size=len(pooled) // 2).repeat(2)
    value = 3 + 0.05 * centre + rng.normal(0, 0.3, len(pooled))
    pooled = pooled.assign(age=age, value=value)
    tables = steps(pooled, {"slope": {"age": 10}}, formula="age + group")
    rows = tables["contrast"].set_index("region")
    fixed = tables["sensitivity"].query("variant == 'site fixed'").set_index("region")
    for mine, theirs in (("estimate_model", "estimate"), ("df_model", "df")):
        assert rows[mine].to_numpy() == pytest.approx(fixed[theirs].to_numpy(), rel=1e-3)
    assert rows["estimate"].to_numpy() == pytest.approx(fixed["estimate"].to_numpy())
    assert (rows["p_difference_sites"] < 0.05).all()
    assert "within_between" in checks(tables)


def test_an_effect_between_people_that_is_another_within_them_is_told():
    rng = np.random.default_rng(3)
    pooled = pooled_scans(people=15)
    later = np.where(pooled["session"] == "2", 4.0, 0.0)
    person = pooled.groupby("participant_id")["age"].transform("first").to_numpy()
    value = 3 - 0.005 * person - 0.05 * later + rng.normal(0, 0.05, len(pooled))
    pooled = pooled.assign(age=person + later, value=value)
    how = {"formula": "age + (1 | participant_id)", "scanner": "none"}
    tables = steps(pooled, {"slope": {"age": 1}}, **how)
    told = tables["findings"].query("check == 'within_between'")
    assert set(told["factor"]) == {"participant_id"}
    rows = tables["sensitivity"].set_index(["variant", "region"])["estimate"]
    assert rows["within people", "caudate"] == pytest.approx(-0.05, abs=0.01)
    assert rows["between people", "caudate"] == pytest.approx(-0.005, abs=0.002)
