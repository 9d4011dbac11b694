"""What is fitted for a model: outcomes, their scale, and the terms of site and scanner."""

import numpy as np
import pandas as pd
import pytest
from study_run import REGIONS, fit_spec, fitted, pooled_scans

from multipet.analysis.model.fitted_specification import (
    JOINT,
    FittedSpecification,
    fitted_specification,
    model_table,
    named_tables,
    plan_record,
)

WRITTEN = "age + group + (1 | participant_id)"


def planned(table: pd.DataFrame | None = None, **changes) -> FittedSpecification:
    table = model_table(pooled_scans(), "separate", "identity")[0] if table is None else table
    return fitted_specification(fit_spec(**changes), table, REGIONS)


@pytest.mark.parametrize(
    ("changes", "added"),
    [
        ({}, " + (1 | site) + (1 | scanner)"),
        ({"few_levels": {"minimum": 5}}, " + site + (1 | scanner)"),
        ({"compared": ["site"]}, " + site + (1 | scanner)"),
        ({"compared": ["scanner"]}, " + scanner"),
        ({"site": "none", "scanner": "none"}, ""),
        ({"site": "none", "scanner": "random"}, " + (1 | scanner)"),
        ({"site": "fixed", "scanner": "none"}, " + site"),
    ],
)
def test_terms_are_appended_to_what_the_user_wrote(changes, added):
    assert planned(**changes).formula == WRITTEN + added


def test_only_sites_with_values_count():
    table = model_table(pooled_scans(), "separate", "identity")[0]
    table.loc[table["site"] == "s3", list(REGIONS)] = np.nan
    plan = planned(table)
    assert plan.choices["site"].used == "fixed"
    assert "3 sites" in plan.choices["site"].reason


def test_a_site_with_values_in_one_region_counts():
    table = model_table(pooled_scans(), "separate", "identity")[0]
    table.loc[table["site"] == "s3", REGIONS[0]] = np.nan
    assert planned(table).choices["site"].used == "random"


def test_order_of_scans_and_names_of_sites_do_not_matter():
    pooled = pooled_scans()
    renamed = pooled.assign(site=pooled["site"].cat.rename_categories(lambda s: f"site {s[1:]}/"))
    shuffled = renamed.sample(frac=1, random_state=3).reset_index(drop=True)
    table = model_table(shuffled, "separate", "identity")[0]
    assert planned(table) == planned()


def test_site_turns_around():
    assert planned().formula_with_site("fixed", "caudate") == WRITTEN + " + site + (1 | scanner)"
    other = planned(site="fixed").formula_with_site("random", "caudate")
    assert other == WRITTEN + " + (1 | site) + (1 | scanner)"


@pytest.mark.parametrize("changes", [{"site": "none"}, {"compared": ["scanner"]}])
def test_a_site_without_an_effect_of_its_own_stays_as_it_is(changes):
    plan = planned(**changes)
    assert plan.formula_with_site("random", "caudate") == plan.formula


def test_a_region_of_few_sites_decides_for_itself():
    """Two of four sites have the putamen, one has the caudate: site fixed, and left out."""
    pooled = pooled_scans()
    sites, region = pooled["site"].astype(str), pooled["region"]
    lost = (region == "putamen") & ~sites.isin(["s1", "s2"]) | (region == "caudate") & (
        sites != "s1"
    )
    many = pooled.assign(region=region.cat.rename_categories({"putamen": "raphe"}))
    table = pd.concat(
        [pooled.assign(value=pooled["value"].where(~lost)), many[many["region"] == "raphe"]]
    )
    table["region"] = pd.Categorical(table["region"], ["caudate", "putamen", "raphe"])
    run = fitted(fit_spec(scanner="none"), [table.reset_index(drop=True)])
    assert run.plan.formula == WRITTEN + " + (1 | site)"
    assert [fit.formula for fit in run.fits] == [WRITTEN, WRITTEN + " + site", run.plan.formula]
    assert plan_record(run.plan, run.fits, run.table)["regions"].keys() == {"caudate", "putamen"}


def test_separate_regions_are_columns_of_logarithms():
    pooled = pooled_scans()
    table, outcomes = model_table(pooled, "separate", "log")
    assert outcomes == REGIONS
    assert len(table) == len(pooled) / 2
    one = pooled.query("participant_id == 's2p5' and session == '2' and region == 'putamen'")
    scan = table.query("participant_id == 's2p5' and session == '2'")
    assert scan["putamen"].item() == pytest.approx(np.log(one["value"].item()))


def test_a_joint_table_has_the_rows_of_the_pooled_one():
    pooled = pooled_scans()
    table, outcomes = model_table(pooled, "joint", "log")
    assert outcomes == (JOINT,)
    assert np.array_equal(table[JOINT], np.log(pooled["value"]))
    assert list(table["region"]) == list(pooled["region"])
    assert np.array_equal(model_table(pooled, "joint", "identity")[0][JOINT], pooled["value"])


def test_making_a_table_leaves_the_pooled_one_alone():
    pooled = pooled_scans()
    before = pooled.copy()
    for regions in ("separate", "joint"):
        model_table(pooled, regions, "log")
    pd.testing.assert_frame_equal(pooled, before)


def test_values_without_logarithm_are_refused():
    with pytest.raises(ValueError, match="1 values of 0 or less have no logarithm"):
        model_table(pooled_scans().assign(value=[0.0] + [1.0] * 191), "separate", "log")


def test_main_is_the_first_table_and_raw_the_last():
    raw = pooled_scans()
    harmonised = raw.assign(value=raw["value"] + 1)
    both = named_tables([harmonised, raw], "joint", "identity")
    assert np.allclose(both["main"][JOINT] - both["raw"][JOINT], 1)
    same = named_tables([raw], "separate", "identity")
    assert same["main"] is same["raw"]


@pytest.mark.parametrize("label", ["HRRT (2)", "`x`", "a|b", "é\t", "1; DROP", "<b>"])
def test_camera_names_never_reach_the_formula(label):
    pooled = pooled_scans()
    names = {"s0/a": f"s0/{label}"}
    pooled["scanner"] = pooled["scanner"].cat.rename_categories(names)
    table = model_table(pooled, "separate", "identity")[0]
    assert planned(table).formula == planned().formula


def test_auto_counts_sites_with_covariates():
    pooled = pooled_scans()
    pooled.loc[pooled["site"] == "s3", "age"] = np.nan
    run = fitted(fit_spec(), [pooled])
    assert run.plan.choices["site"].used == "fixed"


def test_a_zero_has_no_logarithm_in_a_joint_model():
    with pytest.raises(ValueError, match="no logarithm"):
        model_table(pooled_scans().assign(value=[0.0] + [1.0] * 191), "joint", "log")
