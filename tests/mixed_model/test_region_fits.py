"""Fits that share a design."""

import numpy as np
import pandas as pd
import pytest
from lme4_reference import multisite

from multipet.formulas.formula import parse_formula
from multipet.mixed_model import design_fits, fit_regions
from multipet.mixed_model.design import build_design
from multipet.mixed_model.region_fits import fit_at, fit_design

TEXT = "age + (1 | site) + (1 | subject)"
NESTED = "age + (1 | site) + (1 | scanner) + (1 | subject)"


def test_the_size_of_a_batch_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    table = multisite()
    design = build_design(parse_formula(TEXT), table, np.arange(len(table)))
    noise = np.random.default_rng(0).normal(size=(5, len(table)))
    outcomes = {f"r{k}": table["bp"].to_numpy() + row for k, row in enumerate(noise)}
    whole = fit_design(design, outcomes, True)
    monkeypatch.setattr(design_fits, "LARGEST_BATCH", 1)
    single = fit_design(design, outcomes, True)
    for name in outcomes:
        assert whole[name].criterion == pytest.approx(single[name].criterion, abs=1e-9)
    assert whole["r0"].products is whole["r1"].products


@pytest.mark.parametrize("n", [300, 1050])
def test_other_outcomes_in_the_call_do_not_matter(n: int) -> None:
    table = pd.concat([multisite()] * 3, ignore_index=True).iloc[:n]
    design = build_design(parse_formula(NESTED), table, np.arange(len(table)))
    rng = np.random.default_rng(1)
    outcomes = {
        f"r{k}": scale * table["bp"].to_numpy() + rng.normal(0, 1, len(table))
        for k, scale in enumerate((0.0, 0.1, 1.0, 10.0, 100.0))
    }
    whole = fit_design(design, outcomes, True)
    for name, values in outcomes.items():
        alone = fit_design(design, {name: values}, True)[name]
        assert whole[name].criterion == pytest.approx(alone.criterion, abs=1e-8)
        np.testing.assert_allclose(whole[name].theta, alone.theta, atol=1e-4)
    again = fit_design(design, outcomes, True)
    assert all((whole[name].theta == again[name].theta).all() for name in outcomes)


def test_a_fit_at_its_theta_is_the_fit() -> None:
    table = multisite()
    design = build_design(parse_formula(TEXT), table, np.arange(len(table)))
    fit = fit_design(design, {"bp": table["bp"].to_numpy()}, True)["bp"]
    again = fit_at(design, "bp", table["bp"].to_numpy(), fit.theta, True)
    assert again.criterion == pytest.approx(fit.criterion, rel=1e-14)
    np.testing.assert_allclose(again.beta, fit.beta, rtol=1e-12)
    elsewhere = fit_at(design, "bp", table["bp"].to_numpy(), fit.theta * 1.1, True)
    assert elsewhere.criterion > fit.criterion + 0.01


def test_a_fit_keeps_its_values_when_the_table_changes() -> None:
    table = multisite()
    (fit,) = fit_regions(TEXT, table, ["bp"])
    y = fit.y.copy()
    table.loc[0, "bp"] = 1e6
    np.testing.assert_array_equal(fit.y, y)
