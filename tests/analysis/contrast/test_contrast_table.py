"""The table of a contrast: its columns by an independent route, and rows without a number."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from study_run import ModelRun, ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.table import TEST, contrast_table, weights_table
from multipet.core.columns import CONTRAST, WEIGHTS, names
from multipet.core.tables import read_table, write_table
from multipet.mixed_model.fit import FailedFit

GROUP = {"difference": {"group": ["patient", "control"]}}
PAIRS = {"pairwise": "site"}
PERCENT = ["percent", "percent_low", "percent_high"]
INVARIANT = ["df", "t", "p_value", "p_adjusted", "standardised"]
SCALED = ["estimate", "standard_error", "ci_low", "ci_high", "standardised_by_sd"]


def run_of(pooled: pd.DataFrame | None = None, **changes) -> ModelRun:
    return fitted(fit_spec(**changes), [pooled_scans() if pooled is None else pooled])


def table_of(run: ModelRun, settings=GROUP, **changes) -> pd.DataFrame:
    question, found = ask(contrast_spec(settings, **changes), run)
    return contrast_table(question, found, run.table)


@pytest.fixture(scope="module")
def run() -> ModelRun:
    return run_of(site="fixed", scanner="none")


@pytest.fixture
def with_failure(run) -> ModelRun:
    fit = FailedFit(outcome="putamen", formula="", reason="There is no variance.")
    return replace(run, variants={"main": replace(run.variants["main"], fits=(run.fits[0], fit))})


def test_columns_are_those_of_the_glossary(run):
    assert list(table_of(run).columns) == names(CONTRAST)


def test_rows_are_regions_in_order_then_comparisons(run):
    table = table_of(run, PAIRS)
    assert list(table["region"]) == ["caudate"] * 6 + ["putamen"] * 6
    assert list(table["comparison"][:6]) == list(table["comparison"][6:])
    assert set(table["contrast"]) == {"asked"}


def test_people_scans_and_sites_are_counted():
    pooled = pooled_scans()
    gone = (pooled["region"] == "putamen") & (pooled["participant_id"] == "s1p3")
    pooled.loc[gone & (pooled["session"] == "1"), "value"] = np.nan
    pooled.loc[(pooled["region"] == "putamen") & (pooled["site"] == "s2"), "value"] = np.nan
    table = table_of(run_of(pooled)).set_index("region")[["n_subjects", "n_scans", "n_sites"]]
    assert table.loc["caudate"].tolist() == [48, 96, 4]
    assert table.loc["putamen"].tolist() == [36, 71, 3]


def test_a_joint_model_counts_scans_not_rows():
    formula = "region * group + (1 | participant_id)"
    table = table_of(run_of(formula=formula, regions="joint"))
    assert table[["n_subjects", "n_scans", "n_sites"]].to_numpy().tolist() == [[48, 96, 4]] * 2


def test_interval_and_test_belong_together(run):
    table = table_of(run, PAIRS)
    outside = (table["ci_low"] > 0) | (table["ci_high"] < 0)
    assert outside.tolist() == (table["p_value"] < 0.05).tolist()
    assert outside.any() and not outside.all()
    middle = (table["ci_low"] + table["ci_high"]) / 2
    assert middle.to_numpy() == pytest.approx(table["estimate"].to_numpy())


@pytest.mark.parametrize(("adjust", "method"), [("bh", "fdr_bh"), ("holm", "holm")])
def test_p_is_adjusted_over_the_rows(run, adjust, method):
    inference = {"df": "kenward-roger", "confidence": 0.95, "adjust": adjust, "alpha": 0.05}
    table = table_of(run, PAIRS, inference=inference)
    expected = multipletests(table["p_value"], method=method)[1]
    assert table["p_adjusted"].to_numpy() == pytest.approx(expected)


def test_p_can_stay_as_it_is(run):
    inference = {"df": "kenward-roger", "confidence": 0.95, "adjust": "none", "alpha": 0.05}
    table = table_of(run, PAIRS, inference=inference)
    assert table["p_adjusted"].tolist() == table["p_value"].tolist()


def test_identity_has_no_percent(run):
    assert table_of(run)[PERCENT].isna().all(axis=None)


def test_a_log_effect_is_a_ratio_in_percent():
    table = table_of(run_of(scale="log"), scale="log")
    for log, percent in zip(["estimate", "ci_low", "ci_high"], PERCENT, strict=True):
        ratio = np.exp(table[log].to_numpy())
        assert table[percent].to_numpy() == pytest.approx(100 * (ratio - 1))


def test_percents_of_a_log_contrast_do_not_depend_on_units():
    pooled = pooled_scans()
    tables = [
        table_of(run_of(pooled.assign(value=pooled["value"] * factor), scale="log"), scale="log")
        for factor in (1, 100)
    ]
    for name in [*PERCENT, "p_value", "standardised"]:
        assert tables[1][name].to_numpy() == pytest.approx(tables[0][name].to_numpy(), rel=1e-4)


def test_units_of_the_outcome_scale_the_effect_and_leave_the_test():
    pooled = pooled_scans()
    one, other = (
        table_of(run_of(pooled.assign(value=pooled["value"] * factor))) for factor in (1, 100)
    )
    for columns, factor in ((INVARIANT, 1), (SCALED, 100)):
        for name in columns:
            expected = factor * one[name].to_numpy()
            assert other[name].to_numpy() == pytest.approx(expected, rel=1e-4), name


def test_the_other_way_round_mirrors_the_row(run):
    there = table_of(run, GROUP)
    back = table_of(run, {"difference": {"group": ["control", "patient"]}})
    for name in ("standard_error", "df", "p_value", "p_adjusted", "standardised_by_sd"):
        assert back[name].to_numpy() == pytest.approx(there[name].to_numpy()), name
    for name, mirror in (("estimate", "estimate"), ("t", "t"), ("standardised", "standardised")):
        assert back[name].to_numpy() == pytest.approx(-there[mirror].to_numpy()), name
    assert back["ci_low"].to_numpy() == pytest.approx(-there["ci_high"].to_numpy())


def test_standardised_by_the_sd_within_site():
    run = run_of(site="none", scanner="none")
    row, fit = table_of(run).iloc[0], run.fits[0]
    components = fit.variance_components.set_index("term")["variance"]
    assert row["standardised_by_sd"] == pytest.approx(np.sqrt(components.sum()))
    assert row["standardised"] == pytest.approx(row["estimate"] / np.sqrt(components.sum()))


def test_a_failed_region_keeps_its_row_with_the_reason(with_failure):
    table = table_of(with_failure)
    row = table.iloc[1]
    assert (row["region"], row["status"]) == ("putamen", "There is no variance.")
    assert row[names(CONTRAST)[3:6]].isna().all()
    assert row[["n_subjects", "n_scans", "standardised", "p_adjusted"]].isna().all()
    assert table["p_adjusted"][0] == table["p_value"][0]  # one test only


def test_what_cannot_be_estimated_keeps_its_counts():
    pooled = pooled_scans().assign(group="control")
    nested = pooled["site"].isin(["s0", "s1"])
    pooled["group"] = pd.Categorical(np.where(nested, "patient", "control"))
    table = table_of(run_of(pooled, site="fixed", scanner="none"))
    assert table["estimate"].isna().all()
    assert table["status"].str.startswith("This contrast cannot be estimated").all()
    assert table["n_scans"].tolist() == [96, 96]


def test_not_testable_has_an_estimate_and_no_test():
    pooled = pooled_scans(sites=3)
    nested = pooled["site"] == "s0"
    pooled["group"] = pd.Categorical(np.where(nested, "patient", "control"))
    formula = "group + (1 | participant_id)"
    table = table_of(
        run_of(pooled, formula=formula, site="random", scanner="none", scale="log"), scale="log"
    )
    assert set(table["status"]) == {"not testable with 3 sites"}
    assert table[list(TEST)].isna().all(axis=None)
    assert table["p_adjusted"].isna().all()
    assert table[["estimate", "df", "percent"]].notna().all(axis=None)
    assert table[["standard_error", "t"]].isna().all(axis=None)


def test_no_comparison_is_an_empty_table(run):
    run = run_of(pooled_scans(sites=1), formula="age", site="none", scanner="none")
    table = table_of(run, PAIRS)
    assert (len(table), list(table.columns)) == (0, names(CONTRAST))


@pytest.mark.parametrize("settings", [GROUP, PAIRS])
def test_the_table_survives_its_file(with_failure, tmp_path, settings):
    table = table_of(with_failure, settings)
    write_table(tmp_path / "contrast.tsv", table, CONTRAST)
    read = read_table(tmp_path / "contrast.tsv")
    for column in CONTRAST:
        kept, wanted = read[column.name], table[column.name]
        if column.kind == "number":
            assert np.array_equal(kept.to_numpy(), wanted.to_numpy(float), equal_nan=True)
        else:
            assert kept.tolist() == wanted.fillna("").tolist()


def test_weights_times_coefficients_are_the_estimates(run):
    question, found = ask(contrast_spec(PAIRS), run)
    table, weights = contrast_table(question, found, run.table), weights_table(found)
    assert list(weights.columns) == names(WEIGHTS)
    beta = {
        (fit.outcome, name): value
        for fit in run.fits
        for name, value in zip(fit.coefficients, fit.beta, strict=True)
    }
    sums: dict[tuple[str, str], float] = {}
    for row in weights.itertuples():
        key = (row.region, row.comparison)
        sums[key] = sums.get(key, 0) + row.weight * beta[row.region, row.coefficient]
    wanted = table.set_index(["region", "comparison"])["estimate"].to_dict()
    assert sums == pytest.approx(wanted)


def test_a_failed_region_has_no_weights(with_failure):
    _, found = ask(contrast_spec(GROUP), with_failure)
    weights = weights_table(found)
    assert weights.to_numpy().tolist() == [["caudate", "patient − control", "group[patient]", 1.0]]


def test_no_answers_are_an_empty_table_of_weights():
    assert list(weights_table([]).columns) == names(WEIGHTS)


def test_a_table_without_any_test_has_number_columns():
    pooled = pooled_scans(sites=3)
    pooled["group"] = pd.Categorical(np.where(pooled["site"] == "s0", "patient", "control"))
    run = fitted(
        fit_spec(formula="group + (1 | participant_id)", site="random", scanner="none"), [pooled]
    )
    question, found = ask(contrast_spec(GROUP), run)
    assert contrast_table(question, found, run.table)["p_value"].dtype == float
