"""The effect at each site: emmeans' numbers, and why a site has none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from heterogeneity_study import AGE, GROUP, SETTINGS, Study, pooled, r_numbers, run_of
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.core.columns import BY_SITE, names
from multipet.mixed_model.fit import FailedFit

NUMBERS = ["estimate", "standard_error", "df", "p_value", "ci_low", "ci_high"]


@pytest.fixture(scope="module")
def run():
    return run_of()


@pytest.fixture(scope="module")
def studies(run):
    return {name: Study(run, settings) for name, settings in SETTINGS.items()}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_site_is_what_emmeans_says(studies, name):
    table = studies[name].by_site.set_index("site")
    assert list(table.reset_index().columns.sort_values()) == sorted(names(BY_SITE))
    for row in r_numbers(name)["by_site"]:
        if row["estimate"] is None:
            continue
        ours = table.loc[row["site"]]
        assert ours["status"] == "ok"
        assert ours["estimate"] == pytest.approx(row["estimate"], rel=1e-5, abs=1e-7)
        assert ours["standard_error"] == pytest.approx(row["se"], rel=1e-5)
        assert ours["df"] == pytest.approx(row["df"], rel=1e-4)


def test_a_site_without_patients_has_no_effect_but_the_reason(studies):
    row = studies["group"].by_site.set_index("site").loc["site6"]
    assert np.isnan(row["estimate"])
    assert row["status"] == "The site has no scans of group patient."
    assert row["n_scans"] > 0
    assert (studies["age"].by_site["status"] == "ok").all()


def test_scans_of_the_sites_sum_to_those_of_the_fit(studies):
    fit = studies["age"].found[0].fit
    assert studies["age"].by_site["n_scans"].sum() == fit.n_observations


def test_names_of_sites_order_of_rows_and_units_do_not_matter(studies):
    table = pooled().sample(frac=1, random_state=1).reset_index(drop=True)
    labels = {f"site{k}": label for k, label in enumerate(("z", "<b>", "n/a", "a b", "1", "é"), 1)}
    table["site"] = table["site"].cat.rename_categories(labels)
    table["value"] *= 100
    other = Study(run_of(table), GROUP).by_site
    one = studies["group"].by_site.assign(site=lambda t: t["site"].map(labels))
    both = [part.set_index("site").loc[list(labels.values())] for part in (one, other)]
    for name in NUMBERS:
        factor = 1 if name in ("df", "p_value") else 100
        expected = factor * both[0][name].to_numpy()
        assert both[1][name].to_numpy() == pytest.approx(expected, rel=1e-4, nan_ok=True), name


def test_another_reference_level_changes_nothing(studies):
    table = pooled()
    table["group"] = table["group"].cat.reorder_categories(["patient", "control"])
    other = Study(run_of(table), GROUP).by_site
    for name in NUMBERS:
        expected = studies["group"].by_site[name].to_numpy()
        assert other[name].to_numpy() == pytest.approx(expected, rel=1e-5, nan_ok=True), name


def test_site_fixed_or_random_in_the_main_model_is_the_same(studies):
    other = Study(run_of(site="fixed"), AGE).by_site
    expected = studies["age"].by_site["estimate"].to_numpy()
    assert other["estimate"].to_numpy() == pytest.approx(expected)


def test_fixed_scanners_span_the_sites():
    table = Study(run_of(site="auto", scanner="fixed"), GROUP).by_site
    assert table["estimate"].notna().sum() == 5


def test_without_other_terms_each_site_stands_alone():
    run = fitted(fit_spec(formula="age", site="fixed", scanner="none"), [pooled_scans()])
    table = Study(run, {"slope": {"age": 1}}).by_site.query("region == 'caudate'")
    for site, slope in zip(table["site"], table["estimate"], strict=True):
        scans = run.table[run.table["site"] == site]
        assert slope == pytest.approx(np.polyfit(scans["age"], scans["caudate"], 1)[0])


def test_contrasts_over_sites_or_at_a_site_are_not_taken_apart():
    run = fitted(fit_spec(site="fixed"), [pooled_scans()])
    for settings in ({"pairwise": "site"}, {**AGE, "at": {"site": "s1"}}):
        question, found = ask(contrast_spec(settings), run)
        assert effects_by_site(question, found, run.table) == []


def test_what_differs_between_sites_only_has_the_reason():
    table = pooled_scans()
    odd = table["site"].astype("str").str[1:].astype(int) % 2 == 1
    table["group"] = pd.Categorical(np.where(odd, "patient", "control"), ["control", "patient"])
    study = Study(fitted(fit_spec(site="random", scanner="none"), [table]), GROUP)
    assert {p.status for p in study.parts} == {"What is compared differs between sites only."}
    assert study.by_site.empty
    assert study.refits.slopes == study.refits.site_means_added == ()


def test_a_failed_region_keeps_its_reason(run):
    study = Study(run, AGE)
    fit = FailedFit(outcome="caudate", formula="age", reason="There is no variance.")
    failed = [replace(a, fit=fit, estimate=None, status=fit.reason) for a in study.found]
    (part,) = effects_by_site(study.question, failed, run.table)
    assert (part.status, part.sites) == ("There is no variance.", ())


def test_each_region_of_a_joint_model_is_taken_apart():
    how = {"site": "fixed", "scanner": "none"}
    joint = fitted(
        fit_spec(formula="region * (age + group)", regions="joint", **how), [pooled_scans()]
    )
    table = Study(joint, GROUP, regions="joint").by_site
    assert list(dict.fromkeys(table["region"])) == ["caudate", "putamen"]
    assert len(table) == 8
    assert (table["status"] == "ok").all()
