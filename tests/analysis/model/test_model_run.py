"""All fits of one model: variants, coefficients, and what a reader must know of them."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from study_run import ModelRun, fit_spec, fitted, pooled_scans

from multipet.analysis.model.fits import coefficients_table, model_findings, used_rows
from multipet.core.columns import COEFFICIENTS, names
from multipet.core.problems import UserError
from multipet.mixed_model.fit import FailedFit

KR = "kenward-roger"
PEOPLE_ONLY = {"site": "none", "scanner": "none"}
INVARIANT = ["df", "t", "p_value"]


def coefficients(run: ModelRun, df: str = KR) -> pd.DataFrame:
    return coefficients_table(run.fits, run.table, df)


def findings(run: ModelRun) -> list:
    return model_findings(run.spec, run.plan, run.fits, run.table)


def ordinary(table: pd.DataFrame, outcome: str):
    X = np.column_stack([np.ones(len(table)), table["age"], table["group"] == "patient"])
    return sm.OLS(table[outcome].to_numpy(), X.astype(float)).fit()


def agrees(rows: pd.DataFrame, expected) -> None:
    assert rows["estimate"].to_numpy() == pytest.approx(expected.params, rel=1e-6)
    assert rows["standard_error"].to_numpy() == pytest.approx(expected.bse, rel=1e-6)
    assert rows["p_value"].to_numpy() == pytest.approx(expected.pvalues, rel=1e-6)
    assert rows["df"].to_numpy() == pytest.approx(expected.df_resid, rel=1e-6)


def test_least_squares_agree_with_statsmodels():
    run = fitted(fit_spec(formula="age + group", **PEOPLE_ONLY), [pooled_scans()])
    table = coefficients(run)
    assert list(table.columns) == names(COEFFICIENTS)
    for region, rows in table.groupby("region", sort=False):
        agrees(rows, ordinary(run.table, region))
        assert set(rows["df_method"]) == {"residual"}
        assert list(rows["coefficient"]) == ["(Intercept)", "age", "group[patient]"]


@pytest.mark.parametrize("df", [KR, "satterthwaite"])
def test_balanced_visits_agree_with_least_squares_of_the_means_of_people(df):
    run = fitted(fit_spec(**PEOPLE_ONLY), [pooled_scans()])
    means = run.table.groupby(["participant_id", "age", "group"], observed=True, as_index=False)[
        ["caudate", "putamen"]
    ].mean()
    for region, rows in coefficients(run, df).groupby("region", sort=False):
        agrees(rows, ordinary(means, region))
        assert set(rows["n_subjects"]) == {48}
        assert set(rows["n_scans"]) == {96}


def test_variants_without_harmonisation():
    run = fitted(fit_spec(), [pooled_scans()])
    assert {name: variant.formula for name, variant in run.variants.items()} == {
        "main": "age + group + (1 | participant_id) + (1 | site) + (1 | scanner)",
        "without_random_effects": "1 + age + group",
        "site_fixed": "age + group + (1 | participant_id) + site + (1 | scanner)",
    }
    plain = run.variants["without_random_effects"].fits
    agrees(coefficients_table(plain[:1], run.table, KR), ordinary(run.table, "caudate"))


def test_a_fixed_site_has_the_random_one_beside_it():
    run = fitted(fit_spec(site="fixed"), [pooled_scans()])
    assert "site_random" in run.variants
    assert "site_fixed" not in run.variants


def test_fixed_effects_alone_have_no_second_fit_without_random_effects():
    run = fitted(fit_spec(formula="age + group", **PEOPLE_ONLY), [pooled_scans()])
    assert list(run.variants) == ["main"]


def test_raw_values_are_fitted_beside_harmonised_ones():
    raw = pooled_scans()
    spec = fit_spec(harmonisation={"id": "combat", "batch": "site"})
    run = fitted(spec, [raw.assign(value=raw["value"] * 2), raw])
    variant = run.variants["raw_values"]
    assert (variant.values, variant.formula) == ("raw", run.plan.formula)
    assert run.fits[0].beta == pytest.approx(2 * variant.fits[0].beta)
    assert {v.values for n, v in run.variants.items() if n != "raw_values"} == {"main"}


def test_units_of_the_outcome_leave_the_tests_alone():
    pooled = pooled_scans()
    one, other = (
        coefficients(fitted(fit_spec(), [pooled.assign(value=pooled["value"] * factor)]))
        for factor in (1, 100)
    )
    for name in INVARIANT:
        assert other[name].to_numpy() == pytest.approx(one[name].to_numpy(), rel=1e-4), name
    for name in ("estimate", "standard_error"):
        assert other[name].to_numpy() == pytest.approx(100 * one[name].to_numpy(), rel=1e-4)


def test_order_of_rows_and_names_of_sites_change_nothing():
    pooled = pooled_scans()
    other = pooled.sample(frac=1, random_state=2).reset_index(drop=True)
    labels = {"s0": "z", "s1": "n/a", "s2": "Å <1>", "s3": "a"}
    other["site"] = other["site"].cat.rename_categories(labels)
    tables = [coefficients(fitted(fit_spec(), [table])) for table in (pooled, other)]
    pd.testing.assert_frame_equal(*tables, rtol=1e-5)


def test_a_region_that_fails_has_a_finding_and_no_coefficients():
    pooled = pooled_scans()
    pooled.loc[pooled["region"] == "putamen", "value"] = 1.0
    run = fitted(fit_spec(), [pooled])
    assert isinstance(run.fits[1], FailedFit)
    (failed,) = [finding for finding in findings(run) if finding.check == "failed_fit"]
    assert (failed.region, failed.action, failed.stage) == ("putamen", "excluded", "model")
    assert failed.message == run.fits[1].reason
    assert "explain the outcome exactly" in failed.message
    assert set(coefficients(run)["region"]) == {"caudate"}


def test_nothing_is_used_where_every_region_fails():
    run = fitted(fit_spec(), [pooled_scans().assign(value=1.0)])
    assert used_rows(run.fits).tolist() == []
    assert [finding.check for finding in findings(run)] == ["failed_fit", "failed_fit"]
    table = coefficients(run)
    assert (len(table), list(table.columns)) == (0, names(COEFFICIENTS))


def test_coefficients_that_others_determine_are_left_out():
    pooled = pooled_scans()
    nested = np.where(pooled["site"].isin(["s0", "s1"]), "patient", "control")
    pooled["group"] = pd.Categorical(nested, ["control", "patient"])
    run = fitted(fit_spec(site="fixed", scanner="none"), [pooled])
    assert run.fits[0].dropped_columns == ("site[s3]",)
    rows = coefficients(run).query("region == 'caudate'")
    assert list(rows["coefficient"]) == list(run.fits[0].coefficients)
    assert rows["estimate"].to_numpy() == pytest.approx(run.fits[0].beta)
    assert "rank_deficient" in {finding.check for finding in findings(run)}


def test_a_level_that_nobody_has_is_a_reason():
    pooled = pooled_scans().assign(group="control")
    pooled["group"] = pd.Categorical(pooled["group"], ["control", "patient"])
    run = fitted(fit_spec(), [pooled])
    assert [fit.reason for fit in run.fits] == [
        '"group" has one level only ("control") in the rows used'
    ] * 2


def test_scans_without_a_covariate_are_listed_one_by_one():
    pooled = pooled_scans()
    pooled.loc[pooled["participant_id"] == "s1p3", "age"] = np.nan
    run = fitted(fit_spec(), [pooled])
    left_out = [finding for finding in findings(run) if finding.check == "missing_covariate"]
    assert [(f.site, f.participant_id, f.session) for f in left_out] == [
        ("s1", "s1p3", "1"),
        ("s1", "s1p3", "2"),
    ]
    assert {f.message for f in left_out} == {"The scan is left out of model main: age is missing."}
    assert len(used_rows(run.fits)) == 94


def test_a_scan_without_values_is_not_left_out_for_its_covariate():
    pooled = pooled_scans()
    nobody = pooled["participant_id"] == "s1p3"
    pooled.loc[nobody, ["age", "value"]] = np.nan
    run = fitted(fit_spec(), [pooled])
    assert "missing_covariate" not in {finding.check for finding in findings(run)}


def test_rows_used_by_any_region_are_used():
    pooled = pooled_scans()
    pooled.loc[0, "value"] = np.nan  # caudate of the first scan
    run = fitted(fit_spec(), [pooled])
    assert len(run.fits[0].rows) == 95
    assert used_rows(run.fits).tolist() == list(range(96))


def few(action: str) -> ModelRun:
    spec = fit_spec(site="random", few_levels={"minimum": 4, "action": action})
    return fitted(spec, [pooled_scans(sites=3)])


def test_few_random_sites_are_noted():
    (noted,) = [f for f in findings(few("note")) if f.check == "few_levels" and "site" in f.message]
    assert noted.value == "3"
    assert noted.message.startswith("site is a random effect with 3 levels, fewer than 4")


def test_few_random_sites_can_be_ignored():
    assert "few_levels" not in {finding.check for finding in findings(few("ignore"))}


def test_few_random_sites_can_stop_the_run():
    with pytest.raises(UserError, match=r"models\.main: site is a random effect with 3 levels.*"):
        findings(few("stop"))


def test_findings_of_a_fit_name_their_region():
    run = fitted(fit_spec(), [pooled_scans()])
    singular = [finding for finding in findings(run) if finding.check == "singular_fit"]
    assert [f.region for f in singular] == [fit.outcome for fit in run.fits if fit.singular]


def test_joint_coefficients_count_scans_not_rows():
    spec = fit_spec(regions="joint", formula="age + group + region + (1 | participant_id)")
    run = fitted(spec, [pooled_scans()])
    assert set(coefficients_table(run.fits, run.table, "kenward-roger")["n_scans"]) == {96}


def test_a_scan_of_a_failed_region_lacks_no_covariate():
    pooled = pooled_scans()
    pooled.loc[pooled["region"] == "putamen", "value"] = 1.0
    pooled.loc[(pooled["region"] == "caudate") & (pooled["participant_id"] == "s1p3"), "value"] = (
        np.nan
    )
    run = fitted(fit_spec(), [pooled])
    findings = model_findings(run.spec, run.plan, run.fits, run.table)
    said = [f.message for f in findings if f.check == "missing_covariate"]
    assert said == []


def test_only_covariates_of_the_formula_are_named():
    pooled = pooled_scans()
    pooled.loc[pooled["participant_id"] == "s1p3", "age"] = np.nan
    run = fitted(fit_spec(), [pooled.assign(ag=np.nan)])
    said = {
        f.message
        for f in model_findings(run.spec, run.plan, run.fits, run.table)
        if f.check == "missing_covariate"
    }
    assert said == {"The scan is left out of model main: age is missing."}


def test_few_levels_counts_sites_with_values():
    pooled = pooled_scans()
    pooled.loc[pooled["site"] == "s3", "value"] = np.nan
    run = fitted(fit_spec(site="random"), [pooled])
    assert run.fits[0].levels["site"] == 3
    assert "few_levels" in {
        f.check for f in model_findings(run.spec, run.plan, run.fits, run.table)
    }


def test_repeated_scans_without_an_effect_of_the_person_are_told():
    run = fitted(fit_spec(formula="age + group"), [pooled_scans()])
    findings = model_findings(run.spec, run.plan, run.fits, run.table)
    (told,) = [finding for finding in findings if finding.check == "repeated_scans"]
    people = run.table["participant_id"].nunique()
    assert told.message.startswith(f"{people} of {people} people were scanned more than once")
    run = fitted(fit_spec(), [pooled_scans()])
    findings = model_findings(run.spec, run.plan, run.fits, run.table)
    assert "repeated_scans" not in {finding.check for finding in findings}
