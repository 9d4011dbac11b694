"""Regions that lack some values are fitted together: the numbers are those of each alone."""

import numpy as np
import pandas as pd
import pytest

from multipet.formulas.formula import parse_formula
from multipet.mixed_model import fit_model, fit_regions, models
from multipet.mixed_model.design import build_design
from multipet.mixed_model.fit import FailedFit, MixedFit
from multipet.mixed_model.patterns import WholeDesign

NAMES = [f"region_{k}" for k in range(6)]
INTERCEPTS = "age + sex + (1 | subject) + (1 | site) + (1 | site:scanner)"
SLOPES = "age + sex + (1 + age | subject) + (1 | site)"
SITE_SLOPES = "age + sex + (1 | subject) + (1 + age | site)"


def study(people: int, seed: int, lacking: float = 0.03) -> pd.DataFrame:
    """Three scans a person at five sites of two scanners, rows in no order, values missing."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(people), 3)
    site, scanner = subject % 5, rng.integers(0, 2, len(subject))
    age = rng.uniform(20, 80, people)[subject] + rng.uniform(0, 9, len(subject))
    values = 3 - 0.01 * age[:, None] + rng.normal(0, 0.2, (len(subject), len(NAMES)))
    values += rng.normal(0, 0.3, (people, len(NAMES)))[subject]
    values += rng.normal(0, 0.2, (5, len(NAMES)))[site]
    values += rng.normal(0, 0.004, (people, len(NAMES)))[subject] * (age[:, None] - 50)
    values[rng.random(values.shape) < lacking] = np.nan
    table = pd.DataFrame(values, columns=NAMES).assign(
        subject=[f"p{k}" for k in subject],
        site=[f"s{k}" for k in site],
        scanner=[f"c{k}" for k in scanner],
        age=age,
        sex=rng.choice(["F", "M"], people)[subject],
    )
    return table.sample(frac=1, random_state=seed, ignore_index=True)


def assert_same(fit: MixedFit, alone: MixedFit) -> None:
    np.testing.assert_allclose(fit.criterion, alone.criterion, rtol=1e-10)
    for name in ("beta", "vcov", "theta", "sigma", "X", "y"):
        holder = (fit.design, alone.design) if name == "X" else (fit, alone)
        found, wanted = (getattr(one, name) for one in holder)
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * scale, err_msg=name)
    for found, wanted in zip(
        (*fit.modes, *fit.mode_sds), (*alone.modes, *alone.mode_sds), strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8)
    assert [term.levels for term in fit.design.terms] == [t.levels for t in alone.design.terms]
    assert (fit.rows == alone.rows).all()
    assert (fit.singular, fit.findings) == (alone.singular, alone.findings)


def assert_as_alone(formula: str, table: pd.DataFrame, reml: bool = True) -> list[MixedFit]:
    fits = fit_regions(formula, table, NAMES, reml=reml)
    for name, fit in zip(NAMES, fits, strict=True):
        assert isinstance(fit, MixedFit)
        assert_same(fit, fit_model(f"{name} ~ {formula}", table, reml=reml))
    return fits


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", [INTERCEPTS, SLOPES, SITE_SLOPES])
@pytest.mark.parametrize("people", [60, 400])
def test_gaps_change_no_number(formula: str, people: int, reml: bool) -> None:
    assert_as_alone(formula, study(people, seed=people), reml)


def test_regions_are_fitted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "fit_design", None)
    fits = fit_regions(INTERCEPTS, study(60, seed=1), NAMES)
    assert all(isinstance(fit, MixedFit) for fit in fits)


def test_singular_fits() -> None:
    table = study(60, seed=3)
    for name in NAMES[:3]:
        by_site = table.groupby("site")[name].transform("mean")
        table[name] -= by_site
    fits = assert_as_alone(INTERCEPTS, table)
    assert all(fit.singular for fit in fits[:3])


def test_a_region_without_a_site() -> None:
    table = study(60, seed=4)
    table.loc[table["site"] == "s1", NAMES[0]] = np.nan
    table.loc[table["site"].isin(["s1", "s2", "s3"]), NAMES[1]] = np.nan
    fits = assert_as_alone(INTERCEPTS, table)
    assert [fit.levels["site"] for fit in fits[:3]] == [4, 2, 5]


def test_a_region_without_a_level_of_a_fixed_effect() -> None:
    table = study(60, seed=5).assign(group=lambda t: np.where(t["age"] > 70, "old", t["sex"]))
    table.loc[table["group"] == "old", NAMES[0]] = np.nan
    fits = assert_as_alone("group + (1 | subject) + (1 | site)", table)
    assert [len(fit.beta) for fit in fits[:2]] == [2, 3]


def test_functions_that_learn_from_the_rows() -> None:
    assert_as_alone("scale(age) + poly(age, 2):sex + (1 | subject)", study(60, seed=6))


def test_regions_that_cannot_be_fitted_say_why() -> None:
    table = study(60, seed=7)
    table.loc[table["site"] != "s1", NAMES[0]] = np.nan
    table[NAMES[1]] = np.nan
    table.loc[3, NAMES[2]] = np.inf
    table[NAMES[3]] = table["age"].where(table[NAMES[3]].notna())
    fits = fit_regions(INTERCEPTS, table, NAMES)
    assert [isinstance(fit, FailedFit) for fit in fits] == [True] * 4 + [False] * 2
    assert 'one level only ("s1")' in fits[0].reason
    assert "no row of the table is complete" in fits[1].reason
    assert "infinite" in fits[2].reason
    assert "exactly" in fits[3].reason


def test_the_design_of_fewer_rows_is_that_of_the_table() -> None:
    table, formula = study(30, seed=8), parse_formula(SLOPES)
    rows = np.arange(len(table))
    keep = np.random.default_rng(1).random(len(rows)) < 0.85
    kept = WholeDesign.of(formula, table, rows).kept(keep)
    built = build_design(formula, table, rows[keep])
    assert (kept.X == built.X).all()
    assert (kept.rows == built.rows).all()
    assert repr(kept.fixed.matrix.variables) == repr(built.fixed.matrix.variables)
    for mine, theirs in zip(kept.terms, built.terms, strict=True):
        assert mine.levels == theirs.levels
        assert (mine.index == theirs.index).all()
        assert (mine.Z == theirs.Z).all()


def test_two_factors_of_equal_size_are_left_to_the_table() -> None:
    table = study(30, seed=9).assign(twin=lambda t: "t" + t["site"])
    formula = parse_formula("age + (1 | site) + (1 | twin)")
    assert WholeDesign.of(formula, table, np.arange(len(table))) is None
