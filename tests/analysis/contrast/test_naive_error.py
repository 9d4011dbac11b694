"""Predicted type-I error of a test that does not know of the harmonisation."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from multipet.harmonisation import harmonise
from multipet.inference.contrast_level import share_between
from multipet.inference.naive_error import type_one_error
from multipet.mixed_model import fit_model


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_balanced_batches_cost_nothing_and_nested_ones_everything(alpha):
    assert type_one_error(0.0, alpha) == pytest.approx(alpha, abs=1e-12)
    assert type_one_error(1.0, alpha) == pytest.approx(1.0, abs=1e-12)
    assert type_one_error(0.2, alpha) < type_one_error(0.4, alpha)


def test_it_is_what_the_naive_chain_does():
    rng = np.random.default_rng(8)
    regions = [f"r{k}" for k in range(8)]
    site = np.repeat(np.arange(4), 30)
    group = np.concatenate([np.arange(30) < n for n in (6, 24, 6, 24)]).astype(float)
    significant = []
    for _ in range(80):
        values = rng.normal(size=(120, 8)) + rng.normal(0, 0.5, size=(4, 8))[site]
        table = pd.DataFrame(values, columns=regions).assign(site=site, group=group)
        after = harmonise(table, regions, "site", "group", "combat").table[regions].to_numpy()
        significant.extend(ttest_ind(after[group == 1], after[group == 0]).pvalue < 0.05)
    fit = fit_model("r0 ~ group", table)
    predicted = type_one_error(share_between(fit, {"group": 1}, site))
    assert predicted == pytest.approx(0.117, abs=1e-3)
    assert np.mean(significant) == pytest.approx(predicted, abs=0.04)
