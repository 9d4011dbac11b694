"""Random effects beside normal quantiles: how often normal ones leave the envelope."""

import numpy as np
import pandas as pd
import pytest

from multipet.analysis.diagnostics.mode_quantiles import mode_quantiles_table
from multipet.analysis.diagnostics.model_tables import random_effects_table
from multipet.analysis.diagnostics.variance_components import variance_table
from multipet.core.columns import names
from multipet.core.columns.robustness import MODE_QUANTILES
from multipet.mixed_model import fit_regions


def fits_of(draw, regions=60, people=80, seed=1):
    """People with one to four scans, their offsets from ``draw``."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), 1 + np.arange(people) % 4)
    table = pd.DataFrame({"participant_id": [f"p{i}" for i in person]})
    table["age"] = rng.uniform(20, 80, people)[person]
    columns = {
        f"r{k}": draw(rng, people)[person] + rng.normal(0, 0.5, len(person)) for k in range(regions)
    }
    table = pd.concat([table, pd.DataFrame(columns)], axis=1)
    return fit_regions("age + (1 | participant_id)", table, list(columns))


def quantiles(fits):
    return mode_quantiles_table(random_effects_table(fits), variance_table(fits))


def outside(table):
    return ((table["mode"] < table["low"]) | (table["mode"] > table["high"])).mean()


def test_normal_ones_leave_the_envelope_one_time_in_twenty():
    table = quantiles(fits_of(lambda rng, n: rng.normal(0, 1, n)))
    assert list(table.columns) == names(MODE_QUANTILES)
    assert 0.02 < outside(table) < 0.08
    # in units of their SD people with one scan and with four are alike
    scans = table["level"].str[1:].astype(int) % 4
    sds = table.groupby(scans)["mode"].std()
    assert sds.to_numpy() == pytest.approx(1, abs=0.06)


def test_skewed_ones_leave_it():
    table = quantiles(fits_of(lambda rng, n: rng.exponential(1, n) - 1, regions=10))
    assert outside(table) > 0.4


def test_few_levels_or_no_variance_have_no_rows():
    few = quantiles(fits_of(lambda rng, n: rng.normal(0, 1, n), regions=2, people=7))
    assert few.empty
    none = quantiles(fits_of(lambda rng, n: np.zeros(n), regions=6))
    fits = fits_of(lambda rng, n: np.zeros(n), regions=6)
    singular = {fit.outcome for fit in fits if fit.singular}
    assert singular
    assert not singular & set(none["region"])
