"""Covariates as natural cubic splines."""

import json

import numpy as np
import pandas as pd
import places
import pytest

from multipet.core.files import canonical_json
from multipet.core.problems import UserError
from multipet.harmonisation import apply_parameters, harmonise

REFERENCE = places.REFERENCE / "harmonisation"
REGIONS = [f"r{k:02d}" for k in range(20)]
PRESERVE = "age + sex + group"


@pytest.fixture
def scans() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "cross_sectional.csv")


def test_differs_from_a_penalised_spline_by_little(scans):
    path = REFERENCE / "expected_combat_gam_ComBatFamily.csv"
    ours = harmonise(scans, REGIONS, "site", PRESERVE, "combat_spline").table[REGIONS]
    difference = abs(ours - pd.read_csv(path)[REGIONS]) / scans[REGIONS].std()
    assert difference.to_numpy().mean() < 0.01
    assert difference.max(axis=None) < 0.08


def test_a_curve_is_preserved_where_a_line_is_not(scans):
    rng = np.random.default_rng(8)
    # young and old sites, so that a bent age effect looks like a batch effect
    site = np.repeat(["A", "B", "C", "D"], 250)
    age = np.clip(np.repeat([30, 45, 60, 75], 250) + rng.normal(0, 12, 1000), 18, 95)
    table = pd.DataFrame(rng.normal(0, 0.1, (1000, 20)), columns=REGIONS)
    curve = -(((age - 55) / 20) ** 2)
    table = table.add(curve, axis=0).assign(site=site, age=age)
    worst = {}
    for method in ("combat", "combat_spline"):
        after = harmonise(table, REGIONS, "site", "age", method).table[REGIONS]
        moved = (after - table[REGIONS]).groupby(site).mean()
        worst[method] = float(np.ptp(moved.to_numpy()))
    assert worst["combat_spline"] < 0.1 < worst["combat"] / 5


def test_straight_numbers_are_named(scans):
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat_spline")
    (finding,) = [f for f in result.findings if f.check == "spline_left_straight"]
    assert finding.value == "sex, group"
    covariates = result.parameters["covariates"]
    assert covariates["splines"] == ["age"]
    assert covariates["columns"] == [*(f"ns(age, 3)[{k}]" for k in (1, 2, 3)), "sex", "group"]
    knots, natural = covariates["learnt"]["ns(age, 3)"]
    inner = np.quantile(scans["age"], [1 / 3, 2 / 3])
    np.testing.assert_allclose(knots[4:6], inner)
    assert (knots[0], knots[-1]) == (scans["age"].min(), scans["age"].max())
    assert np.shape(natural) == (5, 3)


def test_interactions_bend_too(scans):
    result = harmonise(scans, REGIONS, "site", "age * group + sex", "combat_spline")
    assert "ns(age, 3)[2]:group" in result.parameters["covariates"]["columns"]
    curved = scans.copy()
    curved[REGIONS] += np.outer(0.01 * (scans["age"] - 50) * scans["group"], np.ones(20))
    after = harmonise(curved, REGIONS, "site", "age:group + age + group + sex", "combat_spline")
    change = after.table[REGIONS] - result.table[REGIONS]
    # a line is a curve of the basis: it survives untouched
    expected = curved[REGIONS] - scans[REGIONS]
    assert abs(change - expected).max(axis=None) < 1e-9


def test_the_named_number_bends(scans):
    scans["weight"] = np.random.default_rng(2).normal(70, 10, 200)
    result = harmonise(scans, REGIONS, "site", "age + weight", "combat_spline", spline=["weight"])
    assert result.parameters["covariates"]["splines"] == ["weight"]
    assert "age" in result.parameters["covariates"]["columns"]
    both = harmonise(scans, REGIONS, "site", "age + weight", "combat_spline")
    assert both.parameters["covariates"]["splines"] == ["age", "weight"]


def test_unit_and_origin_change_nothing(scans):
    plain = harmonise(scans, REGIONS, "site", PRESERVE, "combat_spline").table[REGIONS]
    born = scans.assign(age=365.25 * (1970 - scans["age"]))
    other = harmonise(born, REGIONS, "site", PRESERVE, "combat_spline").table[REGIONS]
    assert abs(other - plain).max(axis=None) < 1e-9


def test_applies_beyond_the_ends_along_a_line(scans):
    parameters = json.loads(
        canonical_json(harmonise(scans, REGIONS, "site", "age", "combat_spline").parameters)
    )
    ages = [scans["age"].max() + k for k in (0, 10, 20)]
    table = scans.iloc[[3, 3, 3]].assign(age=ages)
    after = apply_parameters(table, REGIONS, parameters).table[REGIONS].to_numpy()
    np.testing.assert_allclose(after[2] - after[1], after[1] - after[0], atol=1e-12)


@pytest.mark.parametrize(
    ("preserve", "options", "message"),
    [
        ("sex + group", {}, "no number with 10 different values"),
        (None, {}, "no number with 10 different values"),
        ("age", {"spline": ["agee"]}, '"agee" is no number in preserve; did you mean "age"?'),
        ("age + sex", {"spline": ["sex"]}, '"sex" has too many equal values'),
        ("log(age)", {}, "no number with 10 different values"),
    ],
)
def test_what_cannot_bend_is_said(scans, preserve, options, message):
    with pytest.raises(UserError) as caught:
        harmonise(scans, REGIONS, "site", preserve, "combat_spline", **options)
    assert message in str(caught.value)


def test_heaped_values_are_refused(scans):
    heaped = scans.assign(age=np.where(scans.index < 150, 40.0, scans["age"]))
    with pytest.raises(UserError, match='"age" has too many equal values'):
        harmonise(heaped, REGIONS, "site", "age", "combat_spline")
