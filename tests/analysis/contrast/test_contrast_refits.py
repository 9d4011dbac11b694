"""Random slope of the contrast by site, and its site means: lme4's numbers."""

import numpy as np
import pytest
from heterogeneity_study import AGE, FORMULA, GROUP, SETTINGS, Study, pooled, r_numbers, run_of
from study_run import fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.sensitivity import refits_table
from multipet.core.columns import SENSITIVITY, names
from multipet.inference import estimate


@pytest.fixture(scope="module")
def studies():
    run = run_of()
    return {name: Study(run, settings) for name, settings in SETTINGS.items()}


def numbers(answer) -> list[float]:
    e = answer.estimate
    return [e.estimate, e.standard_error, e.df, e.p_value]


@pytest.mark.parametrize("name", SETTINGS)
def test_varying_slope_is_lme4s(studies, name):
    (answer,), expected = studies[name].refits.slopes, r_numbers(name)["slope"]
    assert answer.estimate.estimate == pytest.approx(expected["estimate"], rel=1e-4)
    assert answer.estimate.standard_error == pytest.approx(expected["se_kr"], rel=1e-4)
    assert answer.estimate.df == pytest.approx(expected["df_kr"], rel=1e-3)
    assert answer.estimate.p_value == pytest.approx(expected["p_kr"], rel=1e-3)
    other = estimate(answer.fit, answer.weights, "satterthwaite")
    assert other.standard_error == pytest.approx(expected["se"], rel=1e-4)
    assert other.df == pytest.approx(expected["df_satterthwaite"], rel=2e-3)
    sd = studies[name].heterogeneity["sd_between_sites"].item()
    assert sd == pytest.approx(expected["sd"], rel=1e-4)


@pytest.mark.parametrize("name", SETTINGS)
def test_site_means_added_is_lme4s(studies, name):
    (answer,), expected = studies[name].refits.site_means_added, r_numbers(name)["site_means"]
    wanted = [expected[key] for key in ("estimate", "se_kr", "df_kr", "p_kr")]
    assert numbers(answer) == pytest.approx(wanted, rel=1e-3)
    assert answer.estimate.standard_error == pytest.approx(expected["se_kr"], rel=1e-5)


def test_site_means_added_is_the_effect_within_sites():
    """With one covariate and no other random term: exactly that of fixed sites (Mundlak 1978)."""
    how = {"formula": "age", "scanner": "none"}
    added = Study(fitted(fit_spec(site="random", **how), [pooled_scans()]), AGE)
    fixed = Study(fitted(fit_spec(site="fixed", **how), [pooled_scans()]), AGE)
    for one, other in zip(added.refits.site_means_added, fixed.found, strict=True):
        assert one.estimate.estimate == pytest.approx(other.estimate.estimate, rel=1e-6)
    assert fixed.refits.site_means_added == ()


def test_order_of_rows_and_units_do_not_matter(studies):
    table = pooled().sample(frac=1, random_state=2).reset_index(drop=True)
    table["value"] *= 100
    other = Study(run_of(table), AGE)
    factors = np.array([100, 100, 1, 1])
    for part in ("slopes", "site_means_added"):
        (one,), (same,) = getattr(studies["age"].refits, part), getattr(other.refits, part)
        assert numbers(same) == pytest.approx(factors * numbers(one), rel=1e-3)


def test_regions_with_other_rows_are_refitted_apart():
    table = pooled_scans()
    gone = (table["region"] == "putamen") & (table["participant_id"] == "s1p3")
    table.loc[gone, "value"] = np.nan
    study = Study(fitted(fit_spec(), [table]), GROUP)
    alone = Study(fitted(fit_spec(), [table[table["region"] == "putamen"]]), GROUP)
    ours = {a.region: numbers(a) for a in study.refits.slopes}
    expected = next(a for a in alone.refits.slopes if a.region == "putamen")
    assert ours["putamen"] == pytest.approx(numbers(expected), rel=1e-4)
    assert list(ours) == ["caudate", "putamen"]


def test_two_sites_have_neither():
    study = Study(fitted(fit_spec(site="random"), [pooled_scans(sites=2)]), GROUP)
    assert study.refits.slopes == study.refits.site_means_added == ()
    assert len(study.by_site) == 4


def test_a_model_whose_effect_varies_already_has_no_such_variant():
    how = {"formula": f"{FORMULA} + (1 + age | site)", "site": "none"}
    study = Study(run_of(**how), AGE)
    assert study.refits.already_varies
    table = refits_table(study.question, study.refits, study.people)
    assert "effect varies by site" not in set(table["variant"])
    assert study.heterogeneity["sd_between_sites"].item() > 0
    assert not Study(run_of(**how), GROUP).refits.already_varies


def test_the_table_names_both(studies):
    study = studies["age"]
    table = refits_table(study.question, study.refits, study.people)
    assert list(table.columns) == names(SENSITIVITY)
    assert list(table["variant"]) == ["site means added", "effect varies by site"]


def test_a_column_of_that_name_is_left_alone():
    table = pooled().assign(contrast_direction=1.0)
    study = Study(run_of(table), AGE)
    assert "contrast_direction_ |" in study.refits.slopes[0].fit.formula
    assert study.heterogeneity["sd_between_sites"].item() > 0


def test_site_means_of_the_model_are_not_added_again():
    study = Study(run_of(site_means=FORMULA), AGE, site_means=FORMULA)
    assert study.refits.site_means_added == ()
    assert len(study.refits.slopes) == 1


def test_a_residual_variance_by_scanner_stays_one():
    study = Study(run_of(residual="by_scanner"), AGE)
    answers = [*study.refits.slopes, *study.refits.site_means_added]
    assert {a.fit.residual_by for a in answers} == {study.parts[0].fit.residual_by} == {"scanner"}
    assert all(a.status == "ok" for a in answers)
