"""The same contrast done otherwise: each row is what a fit of its own says."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from study_run import ModelRun, ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.sensitivity import VARIANTS, sensitivity_table
from multipet.analysis.contrast.table import contrast_table
from multipet.core.columns import CONTRAST, SENSITIVITY, names

GROUP = {"difference": {"group": ["patient", "control"]}}
HARMONISED = {"harmonisation": {"id": "combat", "batch": "site"}}


def sensitivity(run: ModelRun, settings=GROUP) -> pd.DataFrame:
    question, found = ask(contrast_spec(settings), run)
    others = {name: run.variants[name] for name in VARIANTS if name in run.variants}
    return sensitivity_table(question, found, others, run.tables)


def main_table(run: ModelRun, settings=GROUP) -> pd.DataFrame:
    question, found = ask(contrast_spec(settings), run)
    return contrast_table(question, found, run.table)


def nested(sites: int) -> pd.DataFrame:
    pooled = pooled_scans(sites=sites)
    odd = pooled["site"].astype("str").str[1:].astype(int) % 2 == 1
    return pooled.assign(group=pd.Categorical(np.where(odd, "patient", "control")))


@pytest.mark.parametrize(
    ("used", "other", "label"),
    [("random", "fixed", "site fixed"), ("fixed", "random", "site random")],
)
def test_site_the_other_way_is_the_model_with_site_that_way(used, other, label):
    table = sensitivity(fitted(fit_spec(site=used), [pooled_scans()]))
    expected = main_table(fitted(fit_spec(site=other), [pooled_scans()]))
    assert list(table.columns) == names(SENSITIVITY)
    assert set(table["variant"]) == {label}
    pd.testing.assert_frame_equal(table[names(CONTRAST)], expected, rtol=1e-5, check_dtype=False)


def test_raw_values_are_those_of_the_model_without_harmonisation():
    raw = pooled_scans()
    changed = raw.assign(value=raw["value"] + 0.5 * (raw["group"] == "patient"))
    run = fitted(fit_spec(site="none", scanner="none", **HARMONISED), [changed, raw])
    table = sensitivity(run)
    expected = main_table(fitted(fit_spec(site="none", scanner="none"), [raw]))
    assert set(table["variant"]) == {"raw values"}
    assert table["estimate"].to_numpy() == pytest.approx(expected["estimate"].to_numpy())
    shift = main_table(run)["estimate"] - table["estimate"]
    assert shift.to_numpy() == pytest.approx(0.5)


def test_variants_stand_one_after_the_other():
    raw = pooled_scans()
    run = fitted(fit_spec(**HARMONISED), [raw.assign(value=raw["value"] * 2), raw])
    table = sensitivity(run)
    assert list(table["variant"]) == ["site fixed"] * 2 + ["raw values"] * 2
    assert list(table["region"]) == ["caudate", "putamen"] * 2


def test_a_contrast_between_sites_gets_the_test_of_site_means():
    spec = fit_spec(formula="group + (1 | participant_id)", site="random", scanner="none")
    run = fitted(spec, [nested(6)])
    table = sensitivity(run).set_index(["variant", "region"])
    means = run.table.groupby(["group", "site"], observed=True)["putamen"].mean()
    expected = stats.ttest_ind(means["patient"], means["control"])
    row = table.loc[("site means", "putamen")]
    assert (row["t"], row["p_value"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert (row["df"], row["df_method"], row["status"]) == (4, "site-means", "ok")
    fixed = table.loc["site fixed"]
    assert fixed["estimate"].isna().all()
    assert fixed["status"].str.startswith("This contrast cannot be estimated").all()


def test_three_sites_have_no_test_of_means():
    spec = fit_spec(formula="group + (1 | participant_id)", site="random", scanner="none")
    table = sensitivity(fitted(spec, [nested(3)])).set_index("variant").loc["site means"]
    assert table["p_value"].isna().all()
    assert set(table["status"]) == {"This contrast lies between sites: not testable with 3 sites."}


def test_sites_compared_have_no_number_where_site_is_random():
    run = fitted(fit_spec(site="fixed", scanner="none"), [pooled_scans()])
    table = sensitivity(run, {"pairwise": "site"})
    assert set(table["status"]) == {'the model has no variable "site"'}
    assert table["estimate"].isna().all()
    assert list(table["comparison"]) == list(main_table(run, {"pairwise": "site"})["comparison"])


def test_without_variants_the_table_is_empty():
    run = fitted(fit_spec(formula="age + group", site="none", scanner="none"), [pooled_scans()])
    table = sensitivity(run)
    assert (len(table), list(table.columns)) == (0, names(SENSITIVITY))


def test_p_is_adjusted_within_each_variant():
    raw = pooled_scans()
    run = fitted(fit_spec(**HARMONISED), [raw.assign(value=raw["value"] * 2), raw])
    for _, rows in sensitivity(run).groupby("variant"):
        expected = stats.false_discovery_control(rows["p_value"])
        assert rows["p_adjusted"].to_numpy() == pytest.approx(expected)


def test_a_region_that_fails_fails_in_every_variant():
    pooled = pooled_scans()
    pooled.loc[pooled["region"] == "putamen", "value"] = 1.0
    table = sensitivity(fitted(fit_spec(), [pooled])).set_index("region")
    assert "explain the outcome exactly" in table.loc["putamen", "status"]
    assert table.loc["caudate", "status"] == "ok"
