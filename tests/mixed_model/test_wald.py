"""Batched Wald statistics against the fits one by one."""

import numpy as np
import pandas as pd
import pytest

from multipet.formulas.formula import parse_formula
from multipet.mixed_model import fit_regions
from multipet.mixed_model.design import build_design
from multipet.mixed_model.wald import WaldDesign, wald_statistics

FORMULAS = (
    "group + age",
    "group * age + (1 | site)",
    "group + age + (1 | site) + (1 | scanner)",
    "group + age + (1 | site) + (1 | subject)",
    "group + age + (1 + age | site)",
)


def scans(n=96, sites=4, seed=3):
    rng = np.random.default_rng(seed)
    subject = np.arange(n) // 2
    site = subject % sites
    return pd.DataFrame(
        {
            "site": pd.Categorical([f"s{k}" for k in site]),
            "scanner": pd.Categorical(
                [f"s{k}/{c}" for k, c in zip(site, np.arange(n) % 2, strict=True)]
            ),
            "subject": pd.Categorical([f"p{k:02d}" for k in subject]),
            "group": pd.Categorical(rng.choice(["control", "patient"], n)),
            "age": rng.uniform(40, 80, n),
        }
    )


def outcomes(table, R, seed=4):
    """Half without differences between sites: many singular fits."""
    rng = np.random.default_rng(seed)
    Y = rng.normal(3, 1, (len(table), R))
    Y[:, ::2] += rng.normal(0, 1, (4, (R + 1) // 2))[table["site"].cat.codes]
    return Y


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", FORMULAS)
def test_equals_the_fits_singular_ones_included(formula, reml):
    table, R = scans(), 40
    Y = outcomes(table, R)
    names = [f"y{k}" for k in range(R)]
    fits = fit_regions(formula, table.join(pd.DataFrame(Y, columns=names)), names, reml=reml)
    row = np.zeros(len(fits[0].beta))
    row[1], row[2] = 1.0, 0.1
    estimate, error = wald_statistics(fits[0].design, Y, row, reml=reml)
    np.testing.assert_allclose(estimate, [row @ fit.beta for fit in fits], rtol=1e-10, atol=1e-10)
    wanted = [np.sqrt(row @ fit.vcov @ row) for fit in fits]
    np.testing.assert_allclose(error, wanted, rtol=1e-10)
    if "|" in formula:
        assert sum(fit.singular for fit in fits) > 5


def design_of(formula, table):
    return build_design(parse_formula(formula), table, np.arange(len(table)))


@pytest.mark.parametrize("formula", FORMULAS[:3])
def test_several_contrasts_at_once(formula):
    table = scans()
    design, Y = design_of(formula, table), outcomes(table, 9)
    rows = np.eye(design.X.shape[1])[1:3]
    together = wald_statistics(WaldDesign.of(design), Y, rows)
    apart = [wald_statistics(design, Y, row) for row in rows]
    np.testing.assert_array_equal(together, np.swapaxes(apart, 0, 1))


@pytest.mark.parametrize("formula", FORMULAS[:3])
def test_an_outcome_without_a_fit_is_missing_and_disturbs_no_other(formula):
    table = scans()
    design, Y = design_of(formula, table), outcomes(table, 6)
    row = np.eye(design.X.shape[1])[1]
    before = wald_statistics(design, Y, row)
    broken = Y.copy()
    broken[3, 1] = np.nan
    broken[:, 2] = 5.0
    broken[0, 4] = np.inf
    after = wald_statistics(design, broken, row)
    assert np.isnan(np.array(after)[:, [1, 2, 4]]).all()
    np.testing.assert_allclose(
        np.array(after)[:, [0, 3, 5]], np.array(before)[:, [0, 3, 5]], rtol=1e-12
    )


def test_a_model_in_which_all_fits_fail():
    table = scans()
    design = design_of(FORMULAS[1], table)
    estimate, error = wald_statistics(design, np.ones((len(table), 3)), np.ones(4))
    assert np.isnan(estimate).all() and np.isnan(error).all()


def test_scaling_the_outcome_scales_both():
    table = scans()
    design, Y = design_of(FORMULAS[2], table), outcomes(table, 20)
    row = np.eye(design.X.shape[1])[1]
    once, hundred = wald_statistics(design, Y, row), wald_statistics(design, 100 * Y, row)
    np.testing.assert_allclose(np.array(hundred), 100 * np.array(once), rtol=1e-6)


def test_spread_by_scanner_is_refused():
    table = scans()
    design = build_design(parse_formula("group"), table, np.arange(len(table)), "site")
    with pytest.raises(ValueError, match="residual variance"):
        wald_statistics(design, outcomes(table, 2), np.ones(2))


def test_the_batch_changes_nothing():
    """More outcomes than one batch holds."""
    table = scans()
    design, Y = design_of(FORMULAS[1], table), outcomes(table, 1100)
    row = np.eye(design.X.shape[1])[1]
    whole = np.array(wald_statistics(design, Y, row))
    part = np.array(wald_statistics(design, Y[:, 1000:], row))
    np.testing.assert_allclose(whole[:, 1000:], part, rtol=1e-10)
