"""Residual variance by scanner: against nlme's varIdent, and what must not change a fit."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from places import REFERENCE
from scipy import stats

from multipet.core.problems import UserError
from multipet.inference import coefficient_estimates, estimate, joint_test
from multipet.inference.approximations import variance_information
from multipet.inference.profile.intervals import profile_interval
from multipet.inference.residual_information import ResidualInformation
from multipet.mixed_model import evaluate_at, fit_model, fit_regions
from multipet.mixed_model.fit import FailedFit, MixedFit
from multipet.mixed_model.residual_products import evaluate_spread, residual_products

FOLDER = REFERENCE / "residual_by_scanner"
CASES = json.loads((FOLDER / "numbers.json").read_text())["cases"]
NESTED = "age + sex + (1 | site/subject)"


def table_of(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


@cache
def fitted(name: str) -> MixedFit:
    numbers = CASES[name]
    formula = f"y ~ {numbers['formula']}"
    return fit_model(formula, table_of(numbers["data"]), numbers["reml"], residual_by="scanner")


def nlmes_covariance(name: str, factor: str) -> np.ndarray:
    """nlme calls ``subject:site`` by its inner name."""
    inner = [part for part in factor.split(":") if part != "site"] or ["site"]
    return np.array(CASES[name]["covariances"][inner[0]])


def at_nlmes_parameters(name: str) -> MixedFit:
    numbers = CASES[name]
    theta = []
    for term in fitted(name).design.terms:
        covariance = nlmes_covariance(name, term.factor)
        factor = np.linalg.cholesky(covariance) / numbers["sigma"]
        theta += [factor[i, j] for j in range(len(factor)) for i in range(j, len(factor))]
    table = table_of(numbers["data"])
    parts = (theta, numbers["reml"], "scanner", numbers["delta"])
    return evaluate_at(numbers["formula"], table, "y", *parts)


def sigma_as_nlme(fit: MixedFit) -> float:
    """``fit_ordinary`` divides by n − p where nlme's gls by maximum likelihood divides by n."""
    if fit.design.terms or fit.reml:
        return fit.sigma
    n, p = fit.design.X.shape
    return fit.sigma * np.sqrt((n - p) / n)


@pytest.mark.parametrize("name", CASES)
def test_fit_matches_nlme(name: str) -> None:
    numbers, fit = CASES[name], fitted(name)
    se = np.array(numbers["se"])
    assert -fit.criterion / 2 == pytest.approx(numbers["log_likelihood"], abs=1e-6)
    assert -fit.criterion / 2 > numbers["log_likelihood"] - 1e-9
    assert np.abs((fit.beta - numbers["beta"]) / se).max() < 3e-6
    np.testing.assert_allclose(np.sqrt(np.diag(fit.vcov)), se, rtol=1e-5)
    assert sigma_as_nlme(fit) == pytest.approx(numbers["sigma"], rel=1e-5)
    assert fit.residual_ratios == pytest.approx(numbers["delta"], rel=1e-4)
    assert fit.aic == pytest.approx(numbers["AIC"], abs=2e-6)
    assert fit.n_parameters == numbers["df"]
    assert fit.n_observations == numbers["rows"]
    assert not [f for f in fit.findings if f.check == "not_converged"]


@pytest.mark.parametrize("name", CASES)
def test_numbers_at_nlmes_own_parameters(name: str) -> None:
    numbers, fit = CASES[name], at_nlmes_parameters(name)
    se = np.array(numbers["se"])
    assert -fit.criterion / 2 == pytest.approx(numbers["log_likelihood"], abs=1e-7)
    assert np.abs((fit.beta - numbers["beta"]) / se).max() < 1e-6
    np.testing.assert_allclose(np.sqrt(np.diag(fit.vcov)), se, rtol=1e-6)


@pytest.mark.parametrize("name", [name for name in CASES if name != "unbalanced_ml"])
def test_variance_components_and_rows_match_nlme(name: str) -> None:
    numbers, fit = CASES[name], fitted(name)
    components = fit.variance_components.set_index(["term", "effect1", "effect2"])["variance"]
    for level, ratio in numbers["delta"].items():
        expected = (fit.sigma / sigma_as_nlme(fit) * numbers["sigma"] * ratio) ** 2
        assert components["Residual", level, ""] == pytest.approx(expected, rel=1e-4)
    for term, block in zip(fit.design.terms, fit.lambda_blocks, strict=True):
        covariance = nlmes_covariance(name, term.factor)
        np.testing.assert_allclose(fit.sigma**2 * block @ block.T, covariance, rtol=1e-4)
    np.testing.assert_allclose(fit.fitted[:12], numbers["fitted_head"], atol=1e-5)
    scaled = fit.scaled_residuals[:12] * fit.sigma / sigma_as_nlme(fit)
    np.testing.assert_allclose(scaled, numbers["residual_head"], atol=1e-4)


@pytest.mark.parametrize("name", ["site_subject_reml", "slope_ml", "gls_reml"])
def test_the_gradient_is_that_of_differences(name: str) -> None:
    fit, rng = fitted(name), np.random.default_rng(3)
    given = residual_products(fit.design, fit.y[:, None])
    theta = rng.uniform(0.3, 1, (1, len(fit.theta)))
    log_delta = rng.normal(0, 0.5, (1, len(fit.residual_ratios)))

    def value(theta: np.ndarray, log_delta: np.ndarray) -> float:
        return evaluate_spread(given, theta, np.exp(log_delta), fit.reml).criterion[0]

    found = evaluate_spread(given, theta, np.exp(log_delta), fit.reml)
    for k, step in enumerate(np.eye(len(fit.theta)) * 1e-5):
        slope = (value(theta + step, log_delta) - value(theta - step, log_delta)) / 2e-5
        assert found.by_theta[0, k] == pytest.approx(slope, rel=1e-5, abs=1e-5)
    for k, step in enumerate(np.eye(log_delta.shape[1]) * 1e-5):
        slope = (value(theta, log_delta + step) - value(theta, log_delta - step)) / 2e-5
        assert found.by_log_delta[0, k] == pytest.approx(slope, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", [NESTED, "age + sex + site", "age + (1 + age | site)"])
def test_equal_ratios_are_the_homogeneous_fit(formula: str, reml: bool) -> None:
    table = table_of("seven")
    plain = fit_model(f"y ~ {formula}", table, reml)
    fit = evaluate_at(formula, table, "y", plain.theta, reml, residual_by="scanner")
    assert set(fit.residual_ratios.values()) == {1.0}
    assert fit.criterion == pytest.approx(plain.criterion, abs=1e-8)
    np.testing.assert_allclose(fit.beta, plain.beta, rtol=1e-8)
    np.testing.assert_allclose(fit.vcov, plain.vcov, rtol=1e-7)
    np.testing.assert_allclose(fit.scaled_residuals, plain.scaled_residuals, atol=1e-8)
    for ours, theirs in zip(fit.mode_sds, plain.mode_sds, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", [NESTED, "age + (1 + age | site)"])
def test_information_adds_up_to_the_homogeneous_one(formula: str, reml: bool) -> None:
    table = table_of("seven")
    plain = fit_model(f"y ~ {formula}", table, reml)
    fit = evaluate_at(formula, table, "y", plain.theta, reml, residual_by="scanner")
    whole, parts = variance_information([plain]), ResidualInformation(fit)
    m = whole.traces.shape[1] - 1
    add = np.zeros((m + 1, parts.P.shape[1]))
    add[:m, :m], add[m, m:] = np.eye(m), 1
    np.testing.assert_allclose(add @ parts.traces @ add.T, whole.traces, rtol=1e-9)
    np.testing.assert_allclose(add @ parts.expected @ add.T, whole.expected, rtol=1e-8)
    np.testing.assert_allclose(add @ parts.observed @ add.T, whole.observed, rtol=1e-8)
    ours = parts.of_coefficients(np.tensordot(add, parts.phi_gradient[0], 1))
    theirs = whole.of_coefficients(whole.phi_gradient)[0]
    np.testing.assert_allclose(ours, theirs, atol=1e-9 * np.abs(theirs).max())


def dense(fit: MixedFit, values: np.ndarray) -> float:
    """The criterion, up to a constant, from n x n matrices of the variance parameters."""
    X, Z = fit.design.X, [term.Z for term in fit.design.terms]
    member = [np.eye(len(t.levels))[t.index] for t in fit.design.terms]
    V = np.diag(values[len(Z) :][fit.spread.levels.index])
    for value, z, levels in zip(values, Z, member, strict=False):
        V = V + value * (z * levels) @ (z * levels).T
    inverse = np.linalg.inv(V)
    XVX = X.T @ inverse @ X
    residual = fit.y - X @ np.linalg.solve(XVX, X.T @ inverse @ fit.y)
    reml = np.linalg.slogdet(XVX)[1] if fit.reml else 0.0
    return np.linalg.slogdet(V)[1] + reml + residual @ inverse @ residual


@pytest.mark.parametrize("name", ["strong_reml", "strong_ml", "missing_reml"])
def test_observed_information_is_the_hessian_of_the_criterion(name: str) -> None:
    fit = fitted(name)
    at = fit.variance_components["variance"].to_numpy()
    step = 1e-3 * np.diag(at)
    hessian = np.array(
        [
            [
                sum(i * j * dense(fit, at + i * a + j * b) for i in (1, -1) for j in (1, -1))
                / (4 * a.sum() * b.sum())
                for b in step
            ]
            for a in step
        ]
    )
    # γ counts in units of σ², a residual variance in units of itself
    units = np.append(np.full(len(fit.theta), fit.sigma**2), at[len(fit.theta) :])
    found = ResidualInformation(fit).observed[0] / np.outer(units, units)
    scale = np.sqrt(np.outer(np.diag(hessian), np.diag(hessian)))
    np.testing.assert_allclose(found / scale, hessian / scale, atol=1e-4)


@pytest.mark.parametrize("df_method", ["kenward-roger", "satterthwaite"])
def test_two_groups_are_welchs_t_test(df_method: str) -> None:
    rng = np.random.default_rng(8)
    table = pd.DataFrame({"group": ["a"] * 9 + ["b"] * 23})
    table["y"] = rng.normal(2, np.where(table["group"] == "a", 3, 1))
    fit = fit_model("y ~ group", table, residual_by="group")
    found = estimate(fit, {"group[b]": 1}, df_method)
    a, b = (part["y"] for _, part in table.groupby("group"))
    welch = stats.ttest_ind(b, a, equal_var=False)
    assert found.t == pytest.approx(welch.statistic, rel=1e-6)
    assert found.df == pytest.approx(welch.df, rel=1e-5)
    assert found.p_value == pytest.approx(welch.pvalue, rel=1e-5)
    joint = joint_test(fit, [{"group[b]": 1}], df_method)
    assert joint.f == pytest.approx(welch.statistic**2, rel=1e-5)


def changed(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    scanners = sorted(set(table["scanner"]))
    backwards = {scanner: f"x{9 - k}" for k, scanner in enumerate(scanners)}
    reference = pd.Categorical(table["scanner"], categories=scanners[::-1])
    return {
        "row order": table.sample(frac=1, random_state=np.random.default_rng(4)),
        "relabelled": table.assign(scanner=table["scanner"].map(backwards)),
        "reference": table.assign(scanner=reference),
        "scale": table.assign(y=table["y"] * 100),
        "units of age": table.assign(age=table["age"] * 365.25),
    }


@pytest.mark.parametrize("formula", [NESTED, "age + sex + site"])
@pytest.mark.parametrize("what", ["row order", "relabelled", "reference", "scale", "units of age"])
def test_what_must_not_change_the_fit(what: str, formula: str) -> None:
    table = table_of("seven")
    fit = fit_model(f"y ~ {formula}", table, residual_by="scanner")
    other = fit_model(f"y ~ {formula}", changed(table)[what], residual_by="scanner")
    factor = 100 if what == "scale" else 1
    t, other_t = (one.beta / np.sqrt(np.diag(one.vcov)) for one in (fit, other))
    np.testing.assert_allclose(other_t, t, rtol=1e-5)
    sds = [np.sort(f.sigma * np.array(list(f.residual_ratios.values()))) for f in (fit, other)]
    np.testing.assert_allclose(sds[1], factor * sds[0], rtol=1e-4)
    if what not in ("scale", "units of age"):
        assert other.criterion == pytest.approx(fit.criterion, abs=1e-8)
    for method in ("kenward-roger", "satterthwaite"):
        df, other_df = (coefficient_estimates(one, method)["age"].df for one in (fit, other))
        assert other_df == pytest.approx(df, rel=1e-4)


def regions(n: int) -> tuple[pd.DataFrame, list[str]]:
    table, rng = table_of("seven"), np.random.default_rng(5)
    names = [f"r{k}" for k in range(n)]
    for name in names:
        table[name] = table["y"] + rng.normal(0, 0.2, len(table))
    return table, names


def test_regions_in_one_go_are_the_fits_one_by_one() -> None:
    table, names = regions(5)
    table.loc[::7, names[1]] = np.nan
    table.loc[3, "scanner"] = None
    fits = fit_regions(NESTED, table, names, residual_by="scanner")
    for name, fit in zip(names, fits, strict=True):
        alone = fit_model(f"{name} ~ {NESTED}", table, residual_by="scanner")
        assert fit.outcome == name
        assert 3 not in fit.rows
        assert fit.criterion == pytest.approx(alone.criterion, abs=1e-8)
        assert fit.residual_ratios == pytest.approx(alone.residual_ratios, rel=1e-4)


def test_a_fit_is_read_back_at_its_parameters() -> None:
    fit = fitted("site_subject_reml")
    again = evaluate_at(
        NESTED, table_of("seven"), "y", fit.theta, True, "scanner", fit.residual_ratios
    )
    assert again.criterion == pytest.approx(fit.criterion, abs=1e-9)
    assert again.residual_by == fit.residual_by == "scanner"
    np.testing.assert_allclose(again.beta, fit.beta, rtol=1e-9)
    pd.testing.assert_frame_equal(again.random_effects, fit.random_effects, rtol=1e-6)


def test_the_homogeneous_fit_says_so() -> None:
    fit = fit_model(f"y ~ {NESTED}", table_of("seven"))
    assert (fit.residual_by, fit.residual_ratios, fit.spread) == ("", {}, None)
    assert list(fit.variance_components["effect1"])[-1] == ""


def test_few_scans_are_a_finding() -> None:
    table = table_of("seven")
    few = table.index[table["scanner"] == "site1/b"][4:]
    fit = fit_model("y ~ age + (1 | site)", table.drop(few), residual_by="scanner")
    messages = [f.message for f in fit.findings if f.check == "few_scans_for_spread"]
    assert len(messages) == 1
    assert '"site1/b" (4 scans)' in messages[0]
    assert "site1/a" not in messages[0]


def test_a_single_scan_is_refused_by_name() -> None:
    table = table_of("seven")
    table = table.drop(table.index[table["scanner"] == "site1/b"][1:])
    with pytest.raises(UserError, match='one only: "site1/b"') as caught:
        fit_model(f"y ~ {NESTED}", table, residual_by="scanner")
    assert len(str(caught.value).splitlines()) == 1
    (failed,) = fit_regions(NESTED, table, ["y"], residual_by="scanner")
    assert isinstance(failed, FailedFit)
    assert "site1/b" in failed.reason


@pytest.mark.parametrize(
    ("column", "words"), [("scaner", "did you mean"), ("one", "one level only")]
)
def test_a_factor_that_cannot_be_used_is_refused(column: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        fit_model(f"y ~ {NESTED}", table_of("seven").assign(one="a"), residual_by=column)


@pytest.mark.parametrize("bad", [{}, {"site1/a": 1.0}, {"site1/a": -1.0}])
def test_ratios_that_cannot_be_used_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(UserError, match="residual ratios"):
        evaluate_at("age + sex", table_of("seven"), "y", [], True, "scanner", bad)


@pytest.mark.parametrize("formula", ["age + scanner", "age + scanner + (1 | site)"])
@pytest.mark.parametrize("reml", [True, False])
def test_scans_that_the_model_explains_exactly_fail_by_name(formula: str, reml: bool) -> None:
    table = table_of("seven")
    there = table["scanner"] == "site1/b"
    table.loc[there, "y"] = 1.5 + 0.01 * table.loc[there, "age"]
    table.loc[~there, "y"] += 0.01 * table.loc[~there, "age"]
    (failed,) = fit_regions(formula, table, ["y"], reml, residual_by="scanner")
    assert isinstance(failed, FailedFit)
    assert '"site1/b" exactly' in failed.reason


def test_a_spread_of_0_is_a_finding_whichever_level_is_the_reference() -> None:
    # one scan a subject on a scanner that is quieter than the subjects differ elsewhere
    rng = np.random.default_rng(2)
    subject = np.concatenate([np.repeat(np.arange(40), 2), np.arange(40, 70)])
    scanner = np.where(subject < 40, "noisy", "quiet")
    effect = rng.normal(0, 1, 70) * np.where(np.arange(70) < 40, 1, 0.3)
    y = effect[subject] + rng.normal(0, 0.5, len(subject)) * (subject < 40)
    table = pd.DataFrame({"y": y, "subject": subject.astype(str), "scanner": scanner})
    order = pd.CategoricalDtype(["quiet", "noisy"])
    fits = [
        fit_model("y ~ 1 + (1 | subject)", one, residual_by="scanner")
        for one in (table, table.astype({"scanner": order}))
    ]
    for fit in fits:
        sds = fit.variance_components.set_index("effect1")["sd"]
        assert sds["quiet"] < 2e-3 * sds["noisy"]
        assert fit.singular
        checks = {f.check: f.message for f in fit.findings}
        assert checks.keys() == {"singular_fit", "few_scans_for_spread"}
        assert '"quiet" is estimated as 0' in checks["few_scans_for_spread"]
        assert np.isfinite(estimate(fit, {"(Intercept)": 1}).df)
    assert fits[0].criterion == pytest.approx(fits[1].criterion, abs=1e-6)


def test_ratios_need_their_factor() -> None:
    with pytest.raises(UserError, match="not the factor"):
        evaluate_at("age + sex", table_of("seven"), "y", [], residual_ratios={"a": 1.0})


def test_satterthwaite_says_that_it_takes_the_ratios_as_known() -> None:
    fit = fitted("site_reml")
    assert "by scanner" in estimate(fit, {"age": 1}, "satterthwaite").note
    assert estimate(fit, {"age": 1}, "kenward-roger").note == ""


def test_a_proper_maximum_is_taken_where_the_likelihood_has_no_bound() -> None:
    """By maximum likelihood δ of a scanner may run to 0 though there is a maximum elsewhere."""
    rng = np.random.default_rng(617)
    S = rng.integers(2, 8)
    n = int(rng.integers(8, 20) * S)
    scanner = rng.permutation(np.arange(n) % S)
    site = scanner // 2 if S > 3 else scanner
    subject = rng.integers(0, n // 2, n)
    noise = np.exp(rng.normal(0, 0.8, S))
    age = rng.normal(50, 15, n)
    effects = rng.normal(0, rng.choice([0, 0.3]), S)[site]
    effects += rng.normal(0, rng.choice([0, 0.4]), n)[subject]
    y = 0.01 * age + effects + rng.normal(0, 0.3, n) * noise[scanner]
    names = {"scanner": scanner, "site": site, "subject": subject}
    table = pd.DataFrame({name: codes.astype(str) for name, codes in names.items()})
    table = table.assign(age=age, y=y)
    formula = "y ~ age + (1 | site) + (1 | subject)"
    fit = fit_model(formula, table, reml=False, residual_by="scanner")
    assert fit.converged.restarts >= 1
    assert fit.converged.gradient_norm < 1e-3


def test_a_profile_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="differs by scanner"):
        profile_interval(fitted("site_reml"), "sigma")
