"""The repeatable harmonisation gives the values of the harmonisation itself."""

import numpy as np
import pytest
from calibration_cases import REGIONS, harmonisation, scan_rows

from multipet.calibration.harmonisation_chain import harmonisation_chain
from multipet.config.methods import Options
from multipet.core.problems import UserError
from multipet.harmonisation import harmonise
from multipet.harmonisation.harmonise import harmonise_with

SETTINGS = {
    "combat": {},
    "combat of a reference": {"reference": "s2"},
    "combat of two columns": {"batch": ["site", "scanner"]},
    "combat of controls": {"fit_on": {"group": ["control"]}, "preserve": "age"},
    "nonparametric": {"prior": "nonparametric"},
    "combat_no_eb": {"method": "combat_no_eb"},
    "location": {"method": "location"},
    "combat_spline": {"method": "combat_spline", "spline": ["age"]},
    "nothing preserved": {"preserve": "1"},
}


def agrees(table, settings):
    chain = harmonisation_chain(table, REGIONS, settings)
    options = Options.configured(settings)
    at = (settings["batch"], settings["preserve"], settings["method"], options)
    wanted = harmonise_with(table, REGIONS, *at).table[list(REGIONS)].to_numpy()
    np.testing.assert_allclose(chain.repeat(chain.values[None])[0], wanted, atol=1e-10)
    assert (np.isnan(chain.values) == np.isnan(wanted)).all()
    return chain


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("gaps", [False, True])
def test_agrees_with_harmonise(name, gaps):
    table = scan_rows()
    if gaps:
        table.loc[[0, 7, 13], "putamen"] = np.nan
        table.loc[[2, 50], "age"] = np.nan
        table.loc[table["site"] == "s1", "cortex"] = np.nan
    agrees(table, harmonisation(**SETTINGS[name]))


@pytest.mark.parametrize("variance", ["reml", "msr"])
def test_agrees_with_longitudinal_combat(variance):
    table = scan_rows(visits=2)
    settings = harmonisation(
        method="longitudinal_combat", preserve="group * years + age", variance=variance
    )
    chain = agrees(table, settings)
    rng = np.random.default_rng(1)
    two = chain.values + rng.normal(size=(2, *chain.values.shape))
    one = chain.repeat(two[1:])[0]
    np.testing.assert_allclose(chain.repeat(two)[1], one, atol=1e-8)


def test_each_draw_is_harmonised_by_itself():
    table = scan_rows()
    chain = harmonisation_chain(table, REGIONS, harmonisation())
    drawn = chain.values + np.random.default_rng(1).normal(size=(3, *chain.values.shape))
    for draw, found in zip(drawn, chain.repeat(drawn), strict=True):
        named = table.assign(**dict(zip(REGIONS, draw.T, strict=True)))
        wanted = harmonise(named, REGIONS, "site", "group + age", "combat").table
        np.testing.assert_allclose(found, wanted[list(REGIONS)], atol=1e-8)


def test_a_region_of_one_batch_stays_as_delivered():
    table = scan_rows()
    table.loc[table["site"] != "s1", "cortex"] = np.nan
    chain = agrees(table, harmonisation())
    np.testing.assert_array_equal(chain.repeat(chain.values[None])[0, :, 3], chain.values[:, 3])


def test_what_harmonise_refuses_is_refused():
    with pytest.raises(UserError, match="nested in site"):
        nested = scan_rows()
        nested["group"] = np.where(nested["site"].isin(["s0", "s1"]), "control", "patient")
        harmonisation_chain(nested, REGIONS, harmonisation())
