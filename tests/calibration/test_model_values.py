"""Values as harmonisation and model see them."""

import numpy as np
import pandas as pd
import pytest
from calibration_cases import REGIONS, scan_rows

from multipet.analysis.model.fitted_specification import model_table
from multipet.calibration.model_values import pooled_values, separate_values

KEYS = ["participant_id", "session", "site", "scanner", "group", "age"]


@pytest.fixture
def pooled():
    table = scan_rows(people=20)
    long = table.melt(id_vars=KEYS, value_vars=list(REGIONS), var_name="region")
    long = long.assign(region=pd.Categorical(long["region"], list(REGIONS)))
    long = long.assign(value=np.exp(long["value"])).drop(index=[3, 30])
    return long.sample(frac=1, random_state=1).reset_index(drop=True)


@pytest.mark.parametrize("how", ["separate", "joint"])
def test_raw_values_put_back_are_the_model_table(pooled, how):
    values = pooled_values(pooled, how, "log", "group")
    wanted, outcomes = model_table(pooled, how, "log", "group")
    sheet = values.scans[list(REGIONS)].to_numpy()
    assert values.outcomes == outcomes
    pd.testing.assert_frame_equal(values.with_values(sheet), wanted)


def test_other_values_replace_them(pooled):
    values = pooled_values(pooled, "joint", "log")
    sheet = np.arange(20.0)[:, None] + 100 * np.arange(4)
    found = values.with_values(sheet)
    names = values.scans["participant_id"].tolist()
    for row in (0, 7, 50):
        region = REGIONS.index(pooled["region"][row])
        assert found["value"][row] == names.index(pooled["participant_id"][row]) + 100 * region


def test_scans_alone():
    table = scan_rows()
    values = separate_values(table, list(REGIONS))
    assert values.outcomes == REGIONS
    doubled = values.with_values(2 * table[list(REGIONS)].to_numpy())
    np.testing.assert_allclose(doubled["cortex"], 2 * table["cortex"])
    assert (doubled["age"] == table["age"]).all()
