"""Fits against lme4, and what must not change a fit."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lme4_reference import REFERENCE, cases, fixed_effects, multisite, read_case, theta

from multipet.core.problems import UserError
from multipet.mixed_model import evaluate_at, fit_model, fit_regions
from multipet.mixed_model.fit import FailedFit, MixedFit

FORMULA = "age + sex + group + (1 | site) + (1 | scanner) + (1 | subject)"


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.stem)
def test_fit_matches_lme4(path: Path) -> None:
    numbers, table = read_case(path)
    fit = fit_model(numbers["formula"], table, numbers["reml"])
    estimate, se = fixed_effects(numbers)
    assert fit.criterion == pytest.approx(numbers["criterion"], abs=1e-6)
    assert np.abs((fit.beta - estimate) / se).max() < 1e-6
    np.testing.assert_allclose(np.sqrt(np.diag(fit.vcov)), se, rtol=1e-5)
    assert fit.sigma == pytest.approx(numbers["sigma"], rel=1e-5)
    assert fit.aic == pytest.approx(numbers["AIC"], abs=1e-6)
    assert fit.bic == pytest.approx(numbers["BIC"], abs=1e-6)
    assert fit.singular is numbers["singular"]
    scale = 1e-5 * np.abs(numbers["fitted_head"]).max()
    np.testing.assert_allclose(fit.fitted[:12], numbers["fitted_head"], atol=scale)
    np.testing.assert_allclose(
        fit.scaled_residuals[:12], numbers["scaled_residual_head"], atol=1e-5
    )
    if not fit.singular:
        np.testing.assert_allclose(fit.theta, theta(numbers), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.stem)
def test_criterion_at_lme4s_theta_is_lme4s(path: Path) -> None:
    numbers, table = read_case(path)
    outcome, _, right = numbers["formula"].partition("~")
    fit = evaluate_at(right, table, outcome.strip(), theta(numbers), numbers["reml"])
    assert fit.criterion == pytest.approx(numbers["criterion"], abs=2e-9)
    assert fit.converged.iterations == 0


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.stem)
def test_variance_components_match_lme4(path: Path) -> None:
    numbers, table = read_case(path)
    found = fit_model(numbers["formula"], table, numbers["reml"]).variance_components
    if numbers["singular"]:
        pytest.skip("correlations of a singular fit are not determined")
    expected = pd.DataFrame(numbers["varcorr"])
    np.testing.assert_allclose(found["variance"], expected["vcov"], rtol=2e-4)
    np.testing.assert_allclose(found["sd"], expected["sdcor"], rtol=1e-4)


def test_no_hard_fit_is_worse_than_the_best_of_three_lme4_optimisers() -> None:
    sets = json.loads((REFERENCE / "lme4_more" / "stress.json").read_text())["sets"]
    tables = dict(list(pd.read_csv(REFERENCE / "lme4_more" / "stress.csv.gz").groupby("set")))
    fits = [fit_model(one["formula"], tables[one["set"]], one["reml"]) for one in sets]
    worse = [fit.criterion - one["criterion"] for fit, one in zip(fits, sets, strict=True)]
    assert len(sets) >= 300
    assert max(worse) < 1e-6
    assert not [f for fit in fits for f in fit.findings if f.check == "not_converged"]


def test_regions_in_one_go_are_the_fits_one_by_one() -> None:
    table, names = _regions(7)
    together = fit_regions(FORMULA, table, names)
    for name, fit in zip(names, together, strict=True):
        alone = fit_model(f"{name} ~ {FORMULA}", table)
        assert fit.outcome == name
        assert fit.criterion == pytest.approx(alone.criterion, abs=1e-8)
        np.testing.assert_allclose(fit.theta, alone.theta, atol=1e-5)
        np.testing.assert_allclose(fit.beta, alone.beta, rtol=1e-6)


def test_missing_values_leave_out_rows_of_that_outcome_only() -> None:
    table, names = _regions(4)
    table.loc[::5, names[1]] = np.nan
    table.loc[3, "age"] = np.nan
    fits = fit_regions(FORMULA, table, names)
    alone = fit_model(f"{names[1]} ~ {FORMULA}", table.dropna(subset=[names[1], "age"]))
    assert [fit.n_observations for fit in fits] == [357, alone.n_observations, 357, 357]
    assert fits[1].criterion == pytest.approx(alone.criterion, abs=1e-8)
    assert 3 not in fits[0].rows


def test_outcomes_that_cannot_be_fitted_say_why_and_the_others_are_fitted() -> None:
    table, names = _regions(2)
    table["constant"] = 2.0
    table["infinite"] = table[names[0]].where(table.index > 0, np.inf)
    table["empty"] = np.nan
    table["of_the_subject"] = table.groupby("subject").ngroup().astype(float)
    asked = ["constant", names[0], "infinite", "empty", "of_the_subject", names[1]]
    fits = fit_regions(FORMULA, table, asked)
    assert [fit.outcome for fit in fits] == asked
    assert [isinstance(fit, MixedFit) for fit in fits] == [False, True, False, False, False, True]
    reasons = [fit.reason for fit in fits if isinstance(fit, FailedFit)]
    for reason, words in zip(reasons, ["exactly", "infinite", "no row", "exactly"], strict=True):
        assert words in reason


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("bp ~ agee + (1 | site)", 'did you mean "age"?'),
        ("bp ~ loog(age)", 'did you mean "log"?'),
        ("age + (1 | site)", "names no outcome"),
        ("bp ~ age + (1 | one)", "one level only"),
        ("bp ~ age + (1 | row)", "too many for 358 complete rows"),
        ("bp ~ one + (1 | site)", "one level only"),
        ("bp ~ log(sex)", "not a number"),
        ("bp ~ age + (1 | site) + (1 | site)", "twice"),
        ("bp ~ site * scanner * subject", "columns"),
        ("bp ~ 0 + (1 | site)", "no fixed effect"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(formula: str, words: str) -> None:
    table = multisite().assign(one="a", row=range(358))
    with pytest.raises(UserError, match="formula") as caught:
        fit_model(formula, table)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_row_order_and_labels_do_not_matter() -> None:
    table = multisite()
    fit = fit_model(f"bp ~ {FORMULA}", table)
    shuffled = table.sample(frac=1, random_state=np.random.default_rng(4))
    relabelled = shuffled.assign(
        subject=shuffled["subject"].str[::-1],
        site=shuffled["site"].map({s: f"z{9 - k}" for k, s in enumerate(sorted(set(table.site)))}),
    )
    other = fit_model(f"bp ~ {FORMULA}", relabelled)
    assert other.criterion == pytest.approx(fit.criterion, abs=1e-8)
    np.testing.assert_allclose(other.theta, fit.theta, rtol=1e-5)
    np.testing.assert_allclose(other.beta, fit.beta, rtol=1e-8)


def test_the_scale_of_the_outcome_changes_nothing_but_the_scale() -> None:
    table = multisite()
    fit = fit_model(f"bp ~ {FORMULA}", table)
    other = fit_model(f"bp ~ {FORMULA}", table.assign(bp=table["bp"] * 100))
    np.testing.assert_allclose(other.theta, fit.theta, rtol=1e-5)
    np.testing.assert_allclose(
        other.beta / np.sqrt(np.diag(other.vcov)), fit.beta / np.sqrt(np.diag(fit.vcov)), rtol=1e-7
    )


def test_the_origin_and_unit_of_a_slope_do_not_change_the_fit() -> None:
    numbers, table = read_case(REFERENCE / "lme4_more" / "three_slope.json")
    other = fit_model(numbers["formula"], table.assign(age=table["age"] * 365.25 + 1e5))
    assert other.criterion - 2 * np.log(365.25) == pytest.approx(numbers["criterion"], abs=1e-6)


def test_numeric_and_text_ids_are_the_same_people() -> None:
    numbers, table = read_case(REFERENCE / "lme4" / "sleepstudy_both.json")
    as_text = table.assign(Subject=table["Subject"].astype(str).str.zfill(5))
    fit = fit_model(numbers["formula"], as_text)
    assert fit.criterion == pytest.approx(numbers["criterion"], abs=1e-8)
    assert fit.random_effects["level"][0] == "00308"


def test_nothing_in_a_formula_is_run() -> None:
    for text in (
        "bp ~ __import__('os')",
        "bp ~ eval(age)",
        "bp ~ age.__class__()",
        "bp ~ I(age;1)",
    ):
        with pytest.raises(UserError):
            fit_model(text, multisite())


def test_outcome_inside_the_formula_of_many_is_refused() -> None:
    with pytest.raises(UserError, match="named apart"):
        fit_regions("bp ~ age", multisite(), ["bp"])


def test_theta_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(UserError, match="theta has 2"):
        evaluate_at("age + (1 | site)", multisite(), "bp", [1, 2])


def _regions(count: int) -> tuple[pd.DataFrame, list[str]]:
    """The study with ``count`` more outcomes, some of them without any effect of site."""
    table = multisite()
    rng = np.random.default_rng(1)
    names = [f"region_{k}" for k in range(count)]
    for k, name in enumerate(names):
        table[name] = table["bp"] * (k % 3) + rng.normal(size=len(table))
    return table, names
