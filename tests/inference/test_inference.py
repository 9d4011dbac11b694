import numpy as np
import pandas as pd
import pytest
from inference_cases import CASES, CLASSICS, REGULAR, case, classic, fit_at, weights_of

from multipet.inference import coefficient_estimates, estimate, joint_test, small_sample


@pytest.mark.parametrize("name", CASES)
def test_kenward_roger_of_each_coefficient_is_pbkrtests(name):
    one = case(name)
    ours = coefficient_estimates(one.fit)
    for got, expected in zip(ours.values(), one.reference["fixed"], strict=True):
        assert got.estimate == pytest.approx(expected["estimate"], rel=1e-6)
        assert got.standard_error == pytest.approx(expected["se_kr"], rel=1e-6)
        assert got.df == pytest.approx(expected["df_kr"], rel=1e-6)
        assert got.p_value == pytest.approx(expected["p_kr"], rel=1e-4, abs=1e-12)


@pytest.mark.parametrize("name", REGULAR)
def test_satterthwaite_of_each_coefficient_is_lmertests(name):
    one = case(name)
    ours = coefficient_estimates(one.fit, "satterthwaite")
    for got, expected in zip(ours.values(), one.reference["fixed"], strict=True):
        assert got.standard_error == pytest.approx(expected["se"], rel=1e-6)
        assert got.df == pytest.approx(expected["df"], rel=1e-4)
        assert got.p_value == pytest.approx(expected["p"], rel=1e-3, abs=1e-12)
        assert got.note == ""


@pytest.mark.parametrize("name", CASES)
def test_joint_tests_are_those_of_r(name):
    one = case(name)
    for test in one.reference["joint"]:
        rows = [weights_of(one.fit, row) for row in test["rows"]]
        for method, key in {"kenward-roger": "kr", "satterthwaite": "satterthwaite"}.items():
            if key in test:
                ours, theirs = joint_test(one.fit, rows, method), test[key]
                assert ours.numerator_df == theirs["NumDF"]
                assert ours.f == pytest.approx(theirs["F value"], rel=1e-6)
                assert ours.denominator_df == pytest.approx(theirs["DenDF"], rel=1e-4)
                assert ours.p_value == pytest.approx(theirs["Pr(>F)"], rel=1e-4)


@pytest.mark.parametrize("name", CLASSICS)
def test_classic_cases_from_table_to_p_value(name):
    one = classic(name)
    methods = {"satterthwaite": ("se", "df_satterthwaite", "p")}
    if one.fit.reml:
        methods["kenward-roger"] = ("se_kr", "df_kr", "p_kr")
    for method, (se, df, p) in methods.items():
        ours = coefficient_estimates(one.fit, method)
        for got, expected in zip(ours.values(), one.reference["fixed"].values(), strict=True):
            assert got.standard_error == pytest.approx(expected[se], rel=1e-5)
            assert got.df == pytest.approx(expected[df], rel=1e-5)
            assert got.p_value == pytest.approx(expected[p], rel=1e-3, abs=1e-12)


@pytest.mark.parametrize("name", CLASSICS)
def test_classic_anova_tables(name):
    one = classic(name)
    for method, table in {"satterthwaite": "anova3", "kenward-roger": "anova3_kr"}.items():
        for row in one.reference.get(table) or ():
            names = [c for c in one.fit.coefficients if c.split("[")[0] == row["term"]]
            ours = joint_test(one.fit, [{c: 1} for c in names], method)
            assert ours.numerator_df == row["NumDF"]
            assert ours.f == pytest.approx(row["F value"], rel=1e-5)
            assert ours.denominator_df == pytest.approx(row["DenDF"], rel=1e-5)
            assert ours.p_value == pytest.approx(row["Pr(>F)"], rel=1e-3, abs=1e-12)


def test_joint_test_of_one_contrast_is_its_t_test_squared():
    fit = case("nested").fit
    for method in ("kenward-roger", "satterthwaite"):
        single = estimate(fit, {"age": 1}, method)
        joint = joint_test(fit, [{"age": 3}], method)
        assert joint.f == pytest.approx(single.t**2)
        assert joint.p_value == pytest.approx(single.p_value)


def test_swapping_a_contrast_changes_its_sign_only():
    fit = case("crossed").fit
    one, other = (estimate(fit, {"method[c]": s, "method[b]": -s}) for s in (1, -1))
    assert one.estimate == -other.estimate
    assert (one.standard_error, one.df, one.p_value) == pytest.approx(
        (other.standard_error, other.df, other.p_value)
    )


@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
def test_units_of_outcome_and_covariate_do_not_matter(method):
    one = case("slope_by_site")
    theta = np.array(one.reference["theta"])
    # θ of (subject), (site intercept, covariance, slope): age in milli-years, outcome in 1/1000
    rescaled = one.table.assign(age=one.table["age"] * 1000, bp=one.table["bp"] * 1000)
    other = fit_at(
        one.reference["formula"].split(" ~ ")[1], rescaled, "bp", list(theta * [1, 1, 1e-3, 1e-3])
    )
    for name in ("age", "group[patient]"):
        before, after = (estimate(fit, {name: 1}, method) for fit in (one.fit, other))
        assert (after.t, after.df, after.p_value) == pytest.approx(
            (before.t, before.df, before.p_value), rel=1e-6
        )


@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
def test_badly_scaled_polynomials_do_not_lose_digits(method):
    one = case("nested")
    table = one.table.assign(decade=(one.table["age"] - 50) / 10, year=2020 - one.table["age"])
    formula = "{0} + I({0}^2) + sex + (1 | site) + (1 | scanner) + (1 | subject)"
    centred, raw = (
        estimate(
            fit_at(formula.format(name), table, "bp", one.reference["theta"]),
            {f"I({name}^2)": 1},
            method,
        )
        for name in ("decade", "year")
    )
    assert (raw.t, raw.df) == pytest.approx((centred.t, centred.df), rel=1e-6)


def test_order_of_rows_does_not_matter():
    one = case("crossed")
    shuffled = one.table.sample(frac=1, random_state=np.random.default_rng(1))
    other = fit_at(one.reference["formula"].split(" ~ ")[1], shuffled, "bp", one.reference["theta"])
    before, after = (estimate(fit, {"dose": 1}) for fit in (one.fit, other))
    assert (after.t, after.df) == pytest.approx((before.t, before.df))


def test_an_approximation_can_be_shared():
    fit = case("nested").fit
    shared = small_sample(fit, "kenward-roger")
    assert estimate(fit, {"age": 1}, approximation=shared) == estimate(fit, {"age": 1})


def test_without_random_terms_the_df_are_n_minus_p():
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"age": rng.uniform(20, 80, 30), "bp": rng.normal(size=30)})
    result = estimate(fit_at("age", table, "bp", []), {"age": 1})
    assert (result.df, result.df_method) == (28, "residual")


def test_unknown_method_and_empty_contrast_are_refused():
    fit = case("nested").fit
    with pytest.raises(ValueError, match="kenward-roger"):
        estimate(fit, {"age": 1}, "kenward")
    with pytest.raises(ValueError, match="nothing to estimate"):
        estimate(fit, {"age": 0})
    with pytest.raises(ValueError, match="nothing to test"):
        joint_test(fit, [{"age": 0}])
    with pytest.raises(ValueError, match="nothing to test"):
        joint_test(fit, [])
