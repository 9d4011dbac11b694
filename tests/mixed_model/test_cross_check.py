"""The engine beside an independent implementation in another language, where it is installed.

``pip install glmm`` (0.6.2) brings it; it is no dependency, and the test skips without it.
"""

import pandas as pd
import pytest
from places import REFERENCE

from multipet.inference import coefficient_estimates
from multipet.mixed_model import fit_model

glmm = pytest.importorskip("glmm")
DATA = REFERENCE / "lme4"
CASES = {
    "sleepstudy": "Reaction ~ Days + (1 + Days | Subject)",
    "multisite": "bp ~ age + sex + group + (1 | site) + (1 | subject)",
    "machines": "score ~ Machine + (1 | Worker)",
}


@pytest.mark.parametrize("name", CASES)
def test_estimates_standard_errors_and_df_agree(name):
    table = pd.read_csv(DATA / f"{name}.csv")
    ours = fit_model(CASES[name], table)
    theirs = glmm.fit(table, CASES[name], reml=True)
    found = coefficient_estimates(ours, "satterthwaite").values()
    assert -2 * theirs.loglik == pytest.approx(ours.criterion, abs=1e-4)
    assert theirs.beta == pytest.approx(ours.beta, rel=1e-4, abs=1e-6)
    assert theirs.se == pytest.approx([one.standard_error for one in found], rel=1e-3)
    assert theirs.coef_df == pytest.approx([one.df for one in found], rel=1e-2)
