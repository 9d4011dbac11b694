"""Fits that share a design."""

import numpy as np
import pytest
from lme4_reference import multisite

from multipet import region_fits
from multipet.design import build_design
from multipet.formulas.formula import parse_formula
from multipet.region_fits import fit_at, fit_design

TEXT = "age + (1 | site) + (1 | subject)"


def test_the_size_of_a_batch_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    table = multisite()
    design = build_design(parse_formula(TEXT), table, np.arange(len(table)))
    noise = np.random.default_rng(0).normal(size=(5, len(table)))
    outcomes = {f"r{k}": table["bp"].to_numpy() + row for k, row in enumerate(noise)}
    whole = fit_design(design, outcomes, True)
    monkeypatch.setattr(region_fits, "_LARGEST_BATCH", 1)
    single = fit_design(design, outcomes, True)
    for name in outcomes:
        assert whole[name].criterion == pytest.approx(single[name].criterion, abs=1e-9)
    assert whole["r0"].products is whole["r1"].products


def test_a_fit_at_its_theta_is_the_fit() -> None:
    table = multisite()
    design = build_design(parse_formula(TEXT), table, np.arange(len(table)))
    fit = fit_design(design, {"bp": table["bp"].to_numpy()}, True)["bp"]
    again = fit_at(design, "bp", table["bp"].to_numpy(), fit.theta, True)
    assert again.criterion == pytest.approx(fit.criterion, rel=1e-14)
    np.testing.assert_allclose(again.beta, fit.beta, rtol=1e-12)
    elsewhere = fit_at(design, "bp", table["bp"].to_numpy(), fit.theta * 1.1, True)
    assert elsewhere.criterion > fit.criterion + 0.01
