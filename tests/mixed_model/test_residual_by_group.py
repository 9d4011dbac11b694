"""Residual variance by what is compared: numbers of nlme's varIdent."""

import json

import numpy as np
import pandas as pd
import pytest
from places import REFERENCE

from multipet.inference import estimate
from multipet.mixed_model import fit_model

FOLDER = REFERENCE / "residual_by_group"
CASES = json.loads((FOLDER / "numbers.json").read_text())["cases"]


@pytest.mark.parametrize("name", CASES)
def test_fit_matches_nlme(name):
    numbers = CASES[name]
    table = pd.read_csv(FOLDER / f"{numbers['data']}.csv")
    fit = fit_model(f"y ~ {numbers['formula']}", table, residual_by="group")
    se = np.array(numbers["se"])
    assert -fit.criterion / 2 == pytest.approx(numbers["log_likelihood"], abs=1e-6)
    assert np.abs((fit.beta - numbers["beta"]) / se).max() < 1e-5
    np.testing.assert_allclose(np.sqrt(np.diag(fit.vcov)), se, rtol=1e-5)
    assert fit.sigma == pytest.approx(numbers["sigma"], rel=1e-5)
    assert fit.residual_ratios == pytest.approx(numbers["delta"], rel=1e-4)


def test_few_noisy_patients_have_their_own_degrees_of_freedom():
    """The df are those of the noisy group, as in Welch's test, not those of all scans."""
    table = pd.read_csv(FOLDER / "two.csv")
    patients = int((table["group"] == "patient").sum())
    alike = estimate(fit_model("y ~ group + site", table), {"group[patient]": 1})
    fit = fit_model("y ~ group + site", table, residual_by="group")
    found = estimate(fit, {"group[patient]": 1})
    assert found.df == pytest.approx(patients - 1, abs=1.5)
    assert found.standard_error > 1.5 * alike.standard_error
