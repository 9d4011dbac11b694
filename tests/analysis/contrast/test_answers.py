"""A contrast asked of every fit: estimates by an independent route, and why there is none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from study_run import ModelRun, ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.estimates import RegionEstimate, site_means_estimates
from multipet.mixed_model.fit import FailedFit

NO_CENTRE = {"site": "none", "scanner": "none"}
GROUP = {"difference": {"group": ["patient", "control"]}}
SLOPE = {"slope": {"age": 10}}


def run_of(formula: str, pooled: pd.DataFrame | None = None, **changes) -> ModelRun:
    pooled = pooled_scans() if pooled is None else pooled
    return fitted(fit_spec(formula=formula, **changes), [pooled])


def asked(run: ModelRun, settings, **changes) -> list[RegionEstimate]:
    return ask(contrast_spec(settings, **changes), run)[1]


def estimates(found: list[RegionEstimate]) -> np.ndarray:
    return np.array([answer.estimate.estimate for answer in found])


def numbers(answer: RegionEstimate) -> tuple[float, ...]:
    e = answer.estimate
    return (e.estimate, e.standard_error, e.df, e.t, e.p_value, e.ci_low, e.ci_high)


def agrees(answer: RegionEstimate, expected) -> None:
    """``expected`` is a ``t_test`` of statsmodels."""
    low, high = np.ravel(expected.conf_int())
    wanted = (expected.effect.item(), expected.sd.item(), expected.df_denom)
    wanted += (expected.tvalue.item(), expected.pvalue.item(), low, high)
    assert numbers(answer) == pytest.approx(wanted, rel=1e-6)
    assert (answer.status, answer.estimate.df_method) == ("ok", "residual")


@pytest.fixture(scope="module")
def mixed() -> ModelRun:
    return run_of("age * group + (1 | participant_id)")


def test_difference_and_slope_agree_with_statsmodels():
    run = run_of("age + group", **NO_CENTRE)
    for region in run.plan.outcomes:
        model = smf.ols(f"{region} ~ age + group", run.table).fit()
        difference, slope = (
            next(a for a in asked(run, what) if a.region == region) for what in (GROUP, SLOPE)
        )
        agrees(difference, model.t_test("group[T.patient] = 0"))
        agrees(slope, model.t_test("10 * age = 0"))


def test_what_is_not_set_is_at_its_mean_or_averaged():
    run = run_of("age * group", **NO_CENTRE)
    model = smf.ols("caudate ~ age * group", run.table).fit()
    mean = float(run.table["age"].mean())
    interaction = "age:group[T.patient]"
    agrees(asked(run, GROUP)[0], model.t_test(f"group[T.patient] + {mean!r} * {interaction} = 0"))
    agrees(
        asked(run, {**GROUP, "at": {"age": 30}})[0],
        model.t_test(f"group[T.patient] + 30 * {interaction} = 0"),
    )
    agrees(asked(run, SLOPE)[0], model.t_test(f"10 * age + 5 * {interaction} = 0"))
    agrees(
        asked(run, {**SLOPE, "at": {"group": "patient"}})[0],
        model.t_test(f"10 * age + 10 * {interaction} = 0"),
    )


def test_confidence_is_that_of_the_config():
    run = run_of("age + group", **NO_CENTRE)
    inference = {"df": "kenward-roger", "confidence": 0.8, "adjust": "bh"}
    found = asked(run, GROUP, inference=inference)[0].estimate
    model = smf.ols("caudate ~ age + group", run.table).fit()
    assert (found.ci_low, found.ci_high) == pytest.approx(model.conf_int(0.2).iloc[1].tolist())


def test_balanced_people_have_the_t_test_of_their_means():
    run = run_of("group + (1 | participant_id)", **NO_CENTRE)
    means = run.table.groupby(["participant_id", "group"], observed=True)["caudate"].mean()
    of_group = [means.xs(name, level="group") for name in ("patient", "control")]
    expected = stats.ttest_ind(*of_group)
    found = asked(run, GROUP)[0].estimate
    assert found.df == pytest.approx(46)
    assert (found.t, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_the_other_way_round_has_the_other_sign(mixed):
    there = asked(mixed, {"difference": {"group": ["patient", "control"]}})
    back = asked(mixed, {"difference": {"group": ["control", "patient"]}})
    for one, other in zip(there, back, strict=True):
        estimate, error, df, t, p, low, high = numbers(other)
        assert numbers(one) == pytest.approx((-estimate, error, df, -t, p, -high, -low))
    assert there[0].comparison == "patient − control"
    assert back[0].comparison == "control − patient"


def test_a_slope_is_linear_in_its_amount(mixed):
    one, ten, minus = (asked(mixed, {"slope": {"age": n}})[0].estimate for n in (1, 10, -10))
    assert ten.estimate == pytest.approx(10 * one.estimate)
    assert (ten.t, ten.df, ten.p_value) == pytest.approx((one.t, one.df, one.p_value))
    assert minus.estimate == pytest.approx(-ten.estimate)


def test_a_combination_is_the_sum_of_its_terms(mixed):
    terms = [
        {"weight": sign, "slope": {"age": 10}, "at": {"group": group}}
        for sign, group in ((1, "patient"), (-1, "control"))
    ]
    parts = [asked(mixed, {**SLOPE, "at": term["at"]}) for term in terms]
    found = asked(mixed, {"combination": terms})
    assert estimates(found) == pytest.approx(estimates(parts[0]) - estimates(parts[1]))
    assert found[0].weights == pytest.approx({"age:group[patient]": 10})
    swapped = asked(mixed, {"combination": terms[::-1]})
    assert estimates(swapped) == pytest.approx(estimates(found))


def test_pairs_of_sites_add_up():
    run = run_of("age + group + (1 | participant_id)", site="fixed")
    found = [a for a in asked(run, {"pairwise": "site"}) if a.region == "caudate"]
    of_pair = {a.comparison: a.estimate.estimate for a in found}
    assert list(of_pair)[:4] == ["s0 − s1", "s0 − s2", "s0 − s3", "s1 − s2"]
    assert len(of_pair) == 6
    assert of_pair["s0 − s1"] + of_pair["s1 − s2"] == pytest.approx(of_pair["s0 − s2"])
    assert {a.varies for a in found} == {"between"}


def test_units_and_order_of_scans_leave_the_tests_alone(mixed):
    pooled = pooled_scans().sample(frac=1, random_state=4).reset_index(drop=True)
    pooled["value"] *= 100
    other = run_of("age * group + (1 | participant_id)", pooled)
    for one, same in zip(asked(mixed, GROUP), asked(other, GROUP), strict=True):
        estimate, error, df, t, p, low, high = numbers(one)
        wanted = (100 * estimate, 100 * error, df, t, p, 100 * low, 100 * high)
        assert numbers(same) == pytest.approx(wanted, rel=1e-4)
        assert same.region == one.region


def test_another_reference_level_leaves_every_answer_alone(mixed):
    pooled = pooled_scans()
    pooled["group"] = pooled["group"].cat.reorder_categories(["patient", "control"])
    other = run_of("age * group + (1 | participant_id)", pooled)
    for settings in (GROUP, SLOPE, {**SLOPE, "at": {"group": "patient"}}):
        wanted = numbers(asked(mixed, settings)[0])
        assert numbers(asked(other, settings)[0]) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("level", ["a − b", "x]", "it's", 'q"', "<b>", "n/a", "a:b", "é\n", "1"])
def test_any_name_of_a_level_is_asked_alike(level):
    plain = run_of("age + group", **NO_CENTRE)
    pooled = pooled_scans()
    pooled["group"] = pooled["group"].cat.rename_categories({"patient": level})
    found = asked(
        run_of("age + group", pooled, **NO_CENTRE), {"difference": {"group": [level, "control"]}}
    )
    assert numbers(found[0]) == pytest.approx(numbers(asked(plain, GROUP)[0]))
    assert found[0].comparison == f"{level} − control"


def test_a_failed_fit_answers_with_its_reason(mixed):
    fit = FailedFit(outcome="putamen", formula="age", reason="There is no variance.")
    fits = {"main": replace(mixed.variants["main"], fits=(mixed.fits[0], fit))}
    found = asked(replace(mixed, variants=fits), GROUP)
    assert [(a.region, a.status, a.estimate is None) for a in found] == [
        ("caudate", "ok", False),
        ("putamen", "There is no variance.", True),
    ]
    assert (found[1].weights, found[1].varies) == ({}, "")


def test_a_level_without_values_in_one_region_is_a_reason():
    pooled = pooled_scans()
    pooled.loc[(pooled["site"] == "s3") & (pooled["region"] == "putamen"), "value"] = np.nan
    run = run_of("age + (1 | participant_id)", pooled, site="fixed", scanner="none")
    found = {(a.region, a.comparison): a for a in asked(run, {"pairwise": "site"})}
    assert found["caudate", "s0 − s3"].status == "ok"
    assert found["putamen", "s0 − s3"].status == '"site" has no level "s3"'
    assert found["putamen", "s0 − s2"].status == "ok"


def test_a_level_without_scans_is_not_asked_for():
    pooled = pooled_scans()
    pooled["site"] = pooled["site"].cat.add_categories(["s9"])
    run = run_of("age + (1 | participant_id)", pooled, site="fixed")
    assert not any("s9" in a.comparison for a in asked(run, {"pairwise": "site"}))


def test_one_level_has_no_pairs():
    run = run_of("age", pooled_scans(sites=1), **NO_CENTRE)
    assert asked(run, {"pairwise": "site"}) == []


def nested(sites: int) -> pd.DataFrame:
    """Sites of patients and sites of controls, one scanner each."""
    pooled = pooled_scans(sites=sites)
    odd = pooled["site"].astype("str").str[1:].astype(int) % 2 == 1
    groups = pd.Categorical(np.where(odd, "patient", "control"), ["control", "patient"])
    return pooled.assign(group=groups)


def test_group_nested_in_fixed_sites_cannot_be_estimated():
    run = run_of("age + group", nested(4), site="fixed", scanner="none")
    for answer in asked(run, GROUP):
        assert answer.estimate is None
        assert answer.status.endswith(": no site has control together with patient.")
    assert all(answer.status == "ok" for answer in asked(run, SLOPE))


def test_too_few_sites_are_not_testable():
    run = run_of("group + (1 | participant_id)", nested(3), site="random", scanner="none")
    for answer in asked(run, GROUP):
        assert answer.estimate.df < 2
        assert (answer.status, answer.varies) == ("not testable with 3 sites", "between")


def test_what_the_model_has_not_is_a_reason():
    run = run_of("age", **NO_CENTRE)
    assert asked(run, GROUP)[0].status == 'the model has no variable "group"'
    assert asked(run, {"difference": {"site": ["s0", "s1"]}})[0].estimate is None


def test_terms_that_cancel_are_a_reason(mixed):
    same = [{"weight": w, "at": {"group": "patient"}} for w in (1, -1)]
    for answer in asked(mixed, {"combination": same}):
        assert answer.status == "The model has no effect for what is compared."


def test_each_region_of_a_joint_model_has_its_own_answer():
    joint = run_of("region * (age + group)", regions="joint", **NO_CENTRE)
    separate = run_of("age + group", **NO_CENTRE)
    together, apart = asked(joint, GROUP), asked(separate, GROUP)
    assert [a.region for a in together] == ["caudate", "putamen"]
    assert estimates(together) == pytest.approx(estimates(apart))


def test_a_joint_model_without_fixed_region_answers_once():
    run = run_of("age + group + (1 | region)", regions="joint", **NO_CENTRE)
    (answer,) = asked(run, GROUP)
    assert (answer.region, answer.status) == ("all regions", "ok")


def test_site_means_are_the_two_sample_t_test():
    run = run_of("group + (1 | participant_id)", nested(6), site="random", scanner="none")
    question, found = ask(contrast_spec(GROUP), run)
    by_means = site_means_estimates(question, found, run.table)
    for answer in by_means:
        means = run.table.groupby(["group", "site"], observed=True)[answer.region].mean()
        expected = stats.ttest_ind(means["patient"], means["control"])
        assert answer.estimate.df_method == "site-means"
        assert (answer.estimate.t, answer.estimate.p_value) == pytest.approx(
            (expected.statistic, expected.pvalue)
        )
        assert (answer.estimate.df, answer.status) == (4, "ok")
    assert len(by_means) == 2


def test_site_means_of_too_few_sites_are_no_answer():
    run = run_of("group + (1 | participant_id)", nested(3), site="random", scanner="none")
    question, found = ask(contrast_spec(GROUP), run)
    for answer in site_means_estimates(question, found, run.table):
        assert answer.estimate is None
        assert answer.status == "This contrast lies between sites: not testable with 3 sites."


def test_sites_themselves_and_within_site_contrasts_have_no_test_of_means(mixed):
    fixed = run_of("age + (1 | participant_id)", site="fixed")
    for settings, run in (({"pairwise": "site"}, fixed), (GROUP, mixed)):
        question, found = ask(contrast_spec(settings), run)
        assert site_means_estimates(question, found, run.table) == []


def test_few_degrees_of_freedom_within_a_site():
    pooled = pooled_scans(sites=1, people=4)
    pooled = pooled[pooled["session"] == "1"].reset_index(drop=True)
    run = fitted(fit_spec(formula="age + group", site="none", scanner="none"), [pooled])
    _question, found = ask(contrast_spec(GROUP), run)
    assert found[0].status != "not testable with 1 sites"


def test_a_group_a_site_cannot_be_tested_whatever_the_optimiser_leaves():
    pooled = pooled_scans(sites=2)
    pooled["group"] = pd.Categorical(np.where(pooled["site"] == "s0", "patient", "control"))
    spec = fit_spec(formula="group + (1 | participant_id)", site="random", scanner="none")
    _question, found = ask(contrast_spec(GROUP), fitted(spec, [pooled]))
    assert [answer.status for answer in found] == ["not testable with 2 sites"] * 2
