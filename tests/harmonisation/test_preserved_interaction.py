"""Why an interaction must be preserved: main effects alone let most of it go with the sites."""

import numpy as np
import pandas as pd
import pytest

from multipet.harmonisation import harmonise

SLOPES = -0.12  # difference of the groups' age slopes, per decade
REGIONS = [f"r{k}" for k in range(6)]


@pytest.fixture(scope="module")
def scans():
    """Patients are old and controls young at two of four sites, the reverse at the others."""
    random = np.random.default_rng(5)
    site, group = np.repeat(np.arange(4), 60), np.tile([0, 1], 120)
    old = (group == 1) == (site < 2)
    age = np.where(old, 6.5, 4.0) + random.uniform(-1, 1, 240)
    level = random.normal(0, 0.3, (4, len(REGIONS)))[site]
    values = 3 + level - 0.1 * age[:, None] + (SLOPES * (age - 5.25) * group)[:, None]
    table = pd.DataFrame(values + random.normal(0, 0.1, values.shape), columns=REGIONS)
    names = np.array(["control", "patient"])[group]
    return table.assign(site=np.array(["a", "b", "c", "d"])[site], age=age, group=names)


def slope_difference(table, sites=False):
    """Mean over regions of the coefficient of age x group by least squares."""
    age, group = table["age"] - 5.25, (table["group"] == "patient").astype(float)
    level = pd.get_dummies(table["site"]).to_numpy(float) if sites else np.ones((len(table), 1))
    design = np.column_stack([age * group, age, group, level])
    return np.linalg.lstsq(design, table[REGIONS].to_numpy())[0][0].mean()


def test_main_effects_preserved_lose_the_interaction_and_the_interaction_preserved_keeps_it(scans):
    right = slope_difference(scans, sites=True)
    found = {
        preserve: slope_difference(harmonise(scans, REGIONS, "site", preserve, "combat").table)
        for preserve in ("age + group", "age * group")
    }
    assert right == pytest.approx(SLOPES, abs=0.02)
    assert found["age * group"] == pytest.approx(right, abs=0.01)
    assert abs(found["age + group"]) < 0.5 * abs(right)
