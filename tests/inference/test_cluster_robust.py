"""Cluster-robust answers: against R's clubSandwich, and what must not change them."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from places import REFERENCE

from multipet.inference.estimability.contrast_row import of_kept
from multipet.inference.robust import WorkingDesign, robust_estimates
from multipet.mixed_model import evaluate_at
from multipet.mixed_model.fit import MixedFit

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
    (found,) = robust_estimates(working, [fit], rows)
    np.testing.assert_allclose([one.estimate for one in found], case["estimate"], rtol=1e-8)
    np.testing.assert_allclose([one.standard_error for one in found], case["se"], rtol=1e-8)
    np.testing.assert_allclose([one.df for one in found], case["df"], rtol=1e-7)
