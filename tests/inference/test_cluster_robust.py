"""Cluster-robust answers: against R's clubSandwich, and what must not change them."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from places import REFERENCE
from random_designs import cases

from multipet.inference import estimate
from multipet.inference.estimability import told_row
from multipet.inference.estimability.contrast_row import of_kept
from multipet.inference.working_model import WorkingDesign, robust_estimates
from multipet.mixed_model import evaluate_at, fit_model, fit_regions
from multipet.mixed_model.fit import MixedFit
from multipet.mixed_model.region_fits import fit_design

FOLDER = REFERENCE / "cluster_robust"
CASES = json.loads((FOLDER / "numbers.json").read_text())["cases"]


@cache
def table_of(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


@cache
def fitted(name: str) -> MixedFit:
    """The model at the parameters that R found."""
    case = CASES[name]
    parts = (True, case["residual_by"], case["ratios"])
    theta = np.atleast_1d(case["theta"])
    return evaluate_at(case["formula"], table_of(case["data"]), "y", theta, *parts)


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_those_of_clubsandwich(name):
    case, fit = CASES[name], fitted(name)
    working = WorkingDesign(fit.design, table_of(case["data"])[case["cluster"]].to_numpy())
    rows = [of_kept(fit.design, np.array(row)) for row in case["rows"]]
    found = working.contrasts(fit, rows)
    np.testing.assert_allclose(found.estimates(fit.y[:, None])[:, 0], case["estimate"], rtol=1e-8)
    np.testing.assert_allclose(found.standard_errors(fit.y[:, None])[:, 0], case["se"], rtol=1e-8)
    np.testing.assert_allclose(found.df, case["df"], rtol=1e-8)


def test_a_contrast_with_one_person_alone_at_a_site_has_no_robust_answer():
    fit = fitted("ols_lone_site")
    working = WorkingDesign(fit.design, table_of("lone")["person"].to_numpy())
    weights = ({"age": 1}, {"site[site3]": 1, "site[site2]": -1}, {"site[site2]": 1})
    rows = [told_row(fit, one) for one in weights]  # "lone" is the reference level
    ((age, site, lone),) = robust_estimates(working, [fit], rows)
    assert age.df > 10 and site.df > 5
    assert lone is None


def dense(X, V, codes, row, y):
    """CR2 and its df by the formulas as they stand, with matrices of all rows."""
    W = np.linalg.inv(V)
    bread = np.linalg.pinv(X.T @ W @ X, rcond=1e-12, hermitian=True)
    H = X @ bread @ X.T @ W
    left = np.eye(len(y)) - H
    pulls = []
    for k in range(codes.max() + 1):
        own = np.flatnonzero(codes == k)
        upper = np.linalg.cholesky(V[np.ix_(own, own)]).T
        B = upper @ (left @ V @ left.T)[np.ix_(own, own)] @ upper.T
        values, vectors = np.linalg.eigh(B)
        roots = np.array([v**-0.5 if v > 1e-10 else 0 for v in values])
        A = upper.T @ (vectors * roots) @ vectors.T @ upper
        pulls.append(left[own].T @ A @ W[np.ix_(own, own)] @ X[own] @ bread @ row)
    G = np.array(pulls)
    P = G @ V @ G.T
    return row @ bread @ X.T @ W @ y, np.sqrt(np.sum((G @ y) ** 2)), np.trace(P) ** 2 / np.sum(P**2)


@pytest.mark.parametrize("seed", range(4))
def test_random_designs_agree_with_the_formulas(seed):
    rng = np.random.default_rng(seed)
    compared = 0
    for case in cases(60 + seed, 60):
        if not case.row.estimable or not any(case.weights):
            continue
        y = rng.normal(size=len(case.table))
        fit = fit_design(case.design, {"y": y}, True)["y"]
        person = case.table["person"].to_numpy()
        working = WorkingDesign(case.design, person)
        ((found,),) = robust_estimates(working, [fit], [case.row])
        X = np.array(case.X, float)
        row = np.array(case.weights, float)
        if "^" in case.design.formula:  # powers of a year are beyond plain normal equations
            continue
        if found is not None:
            compared += 1
            got = (found.estimate, found.standard_error, found.df)
            expected = dense(X, np.eye(len(y)), working.codes, row, y)
            np.testing.assert_allclose(got, expected, rtol=1e-6)
    assert compared > 15


def visits_model(formula: str, clusters: str = "person") -> tuple[WorkingDesign, MixedFit]:
    table = table_of("visits")
    fit = fit_model(f"y ~ {formula}", table)
    return WorkingDesign(fit.design, table[clusters].to_numpy()), fit


def test_random_and_fixed_sites_give_the_same_robust_answer():
    answers = []
    for site in ("(1 | site)", "site"):
        working, fit = visits_model(f"age + time * group + {site}")
        rows = [told_row(fit, {"age": 1}), told_row(fit, {"time": 1, "time:group[patient]": 1})]
        answers.append(robust_estimates(working, [fit], rows)[0])
    for one, other in zip(*answers, strict=True):
        assert one.estimate == pytest.approx(other.estimate, rel=1e-9)
        assert one.standard_error == pytest.approx(other.standard_error, rel=1e-9)
        assert one.df == pytest.approx(other.df, rel=1e-9)


def test_a_difference_between_sites_has_no_answer_within_them():
    table = table_of("visits").assign(camera=lambda t: np.where(t["site"] < "site3", "old", "new"))
    fit = fit_model("y ~ age + camera + (1 | site)", table)
    working = WorkingDesign(fit.design, table["person"].to_numpy())
    camera, age = told_row(fit, {"camera[old]": 1}), told_row(fit, {"age": 1})
    ((none, some),) = robust_estimates(working, [fit], [camera, age])
    assert none is None
    assert some.standard_error > 0


def test_one_scan_a_person_is_the_hc2_variance():
    table = table_of("single")
    fit = fit_model("y ~ age + group", table)
    working = WorkingDesign(fit.design, np.arange(len(table)).astype(str))
    ((found,),) = robust_estimates(working, [fit], [told_row(fit, {"group[patient]": 1})])
    hc2 = sm.OLS(fit.y, fit.design.X).fit(cov_type="HC2").bse
    assert found.standard_error == pytest.approx(hc2[fit.coefficients.index("group[patient]")])


@pytest.mark.parametrize(
    "formula", ["age + group + (1 | site)", "age + time + site + (1 | person)"]
)
def test_regions_together_are_regions_one_at_a_time(formula):
    rng = np.random.default_rng(2)
    values = rng.normal(size=(len(table_of("visits")), 4))
    table = table_of("visits").assign(**{f"r{k}": column for k, column in enumerate(values.T)})
    fits = fit_regions(formula, table, [f"r{k}" for k in range(4)])
    working = WorkingDesign(fits[0].design, table["person"].to_numpy())
    rows = [told_row(fits[0], {"age": 1})]
    together = robust_estimates(working, fits, rows)
    alone = [robust_estimates(working, [fit], rows)[0] for fit in fits]
    assert [[one.p_value for one in fit] for fit in together] == [
        pytest.approx([one.p_value for one in fit]) for fit in alone
    ]


def test_region_slopes_are_averaged_in_a_joint_model():
    """Random slopes of regions link people: they are held fixed, and the answer is their mean."""
    table = table_of("joint")
    fit = fit_model("y ~ age + (1 + age | region)", table)
    working = WorkingDesign(fit.design, table["person"].to_numpy())
    ((found,),) = robust_estimates(working, [fit], [told_row(fit, {"age": 1})])
    each = [
        estimate(fit_model("y ~ age", part), {"age": 1}).estimate
        for _, part in table.groupby("region")
    ]
    assert found.estimate == pytest.approx(np.mean(each), rel=1e-6)
    assert found.df < 13
