"""Coefficients before and after."""

import harmonised_study as hs
import numpy as np
import pandas as pd
import pytest

from multipet.harmonisation.before_after.covariates import (
    covariate_effects,
    effect_agreement,
)

EXPECTED = pd.read_csv(hs.REFERENCE / "expected.csv", comment="#").set_index(["region", "quantity"])


@pytest.mark.parametrize("region", ["r0", "r1", "r2"])
@pytest.mark.parametrize(("column", "name"), [("age", "age"), ("group[patient]", "grouppatient")])
def test_same_numbers_as_r(region, column, name):
    table = covariate_effects(hs.study()).set_index(["column", "region"])
    row = table.loc[(column, region)]
    assert row["before"] == pytest.approx(EXPECTED.loc[(region, name), "value"], rel=1e-9)
    assert row["before_se"] == pytest.approx(EXPECTED.loc[(region, f"{name}_se"), "value"])


def test_a_perfect_harmonisation_keeps_effects_and_one_that_loses_them_shows():
    raw = hs.reference_pooled()
    agreement = hs.checks(raw, method="combat_no_eb", preserve="age + group").tables
    kept = agreement["effect_agreement"].set_index("column")
    assert (kept["largest_difference"] < 1).all() and (kept["n_within"] == 3).all()
    lost = hs.without_site(raw)
    lost["value"] += 0.05 * lost["age"]
    spoilt = effect_agreement(covariate_effects(hs.study(lost, raw))).set_index("column")
    assert spoilt.loc["age", "n_within"] == 0 and spoilt.loc["age", "n_sign"] == 3


def test_a_covariate_nested_in_batch_has_no_effect_before():
    raw = hs.reference_pooled()
    raw["age"] = raw["site"].cat.codes.astype(float)
    table = covariate_effects(hs.study(before=raw)).set_index(["column", "region"])
    assert np.isnan(table.loc[("age", "r0"), "before"])
    assert np.isfinite(table.loc[("age", "r0"), "after"])
    agreement = effect_agreement(table.reset_index()).set_index("column")
    assert agreement.loc["age", "n_regions"] == 0


def test_unit_of_a_covariate():
    raw = hs.reference_pooled()
    days = raw.assign(age=raw["age"] * 365)
    years, scaled = (covariate_effects(hs.study(before=t)) for t in (raw, days))
    own = years["column"] == "age"
    numbers = ["before", "before_se", "after", "after_se"]
    np.testing.assert_allclose(scaled.loc[own, numbers] * 365, years.loc[own, numbers], rtol=1e-8)


def test_nothing_preserved_gives_empty_tables():
    table = covariate_effects(hs.study(preserve="1"))
    assert table.empty and effect_agreement(table).empty
