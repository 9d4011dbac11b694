"""Estimated from a subset, applied to all."""

import numpy as np
import pandas as pd
import places
import pytest

from multipet.core.problems import UserError
from multipet.harmonisation import harmonise
from multipet.harmonisation.batches import fit_on_record, subset_rows

REFERENCE = places.REFERENCE / "harmonisation"
REGIONS = [f"r{k:02d}" for k in range(20)]
TABLE = pd.DataFrame(
    {
        "group": ["control", "ill", None, "control", "at risk"],
        "visit": [1.0, 1, 2, 2, 1],
    }
)


@pytest.fixture
def scans() -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    return table.assign(group=table["group"].map({0: "control", 1: "ill"}))


def checks(result, name: str) -> list:
    return [finding for finding in result.findings if finding.check == name]


@pytest.mark.parametrize(
    ("fit_on", "expected"),
    [
        (None, [1, 1, 1, 1, 1]),
        ({"group": "control"}, [1, 0, 0, 1, 0]),
        ({"group": ["control", "at risk"]}, [1, 0, 0, 1, 1]),
        ({"group": ["control", "at risk"], "visit": "1"}, [1, 0, 0, 0, 1]),
        ({"visit": 2}, [0, 0, 1, 1, 0]),
        ([True, False, False, False, True], [1, 0, 0, 0, 1]),
        (pd.Series([True, False, False, False, True], index=list("abcde")), [1, 0, 0, 0, 1]),
    ],
)
def test_rows(fit_on, expected):
    assert subset_rows(TABLE, fit_on).tolist() == list(map(bool, expected))


@pytest.mark.parametrize(
    ("fit_on", "message"),
    [
        ({"grop": "control"}, 'fit_on: no column "grop"; did you mean "group"?'),
        ({"group": "contrl"}, 'column "group" has no level "contrl"; did you mean "control"?'),
        ({"visit": [1, 3]}, 'column "visit" has no level "3"; allowed: 1, 2'),
        ({}, "names no column"),
        ([True, False], "true or false for each of the table's rows"),
        ([1, 0, 0, 1, 0], "true or false for each of the table's rows"),
        ("control", "true or false for each of the table's rows"),
    ],
)
def test_mistakes_are_said(fit_on, message):
    with pytest.raises(UserError) as caught:
        subset_rows(TABLE, fit_on)
    assert message in str(caught.value)


def test_record():
    assert fit_on_record(None) is None
    assert fit_on_record({"visit": 1.0, "group": ("a", "b")}) == {
        "visit": ["1"],
        "group": ["a", "b"],
    }
    assert fit_on_record([True, False]) == "rows"


@pytest.mark.parametrize("method", ["combat", "combat_no_eb", "location", "combat_spline"])
def test_the_subset_comes_out_as_alone(scans, method):
    controls = scans["group"] == "control"
    every = harmonise(
        scans, REGIONS, "site", "age + sex + group", method, fit_on={"group": "control"}
    )
    alone = harmonise(scans[controls], REGIONS, "site", "age + sex", method)
    difference = every.table.loc[controls, REGIONS] - alone.table[REGIONS]
    assert abs(difference).max(axis=None) < 1e-12
    pd.testing.assert_frame_equal(every.site_effects, alone.site_effects)
    mask = harmonise(scans, REGIONS, "site", "age + sex", method, fit_on=controls)
    pd.testing.assert_frame_equal(mask.table, every.table)


def test_scans_outside_have_the_same_shift_and_scale_taken_out(scans):
    result = harmonise(scans, REGIONS, "site", "age", "combat", fit_on={"group": "control"})
    row, region = scans.index[scans["group"] == "ill"][3], "r08"
    at = result.parameters["regions"][region]
    expected = at["grand_mean"] + at["coefficients"]["age"] * scans.loc[row, "age"]
    cell = result.parameters["batches"][scans.loc[row, "site"]]["regions"][region]
    own = expected + (scans.loc[row, region] - expected - cell["shift"]) / cell["scale"]
    assert result.table.loc[row, region] == pytest.approx(own, rel=1e-12)
    assert result.parameters["fit_on"] == {"group": ["control"]}
    assert result.parameters["batches"]["A"]["n_scans"] == int(
        ((scans["site"] == "A") & (scans["group"] == "control")).sum()
    )


def test_covariate_constant_in_the_subset_is_left_out_with_a_finding(scans):
    options = {"fit_on": {"group": "control"}, "tested": ["group"]}
    result = harmonise(scans, REGIONS, "site", "age * group + sex", "combat", **options)
    plain = harmonise(scans, REGIONS, "site", "age + sex", "combat", fit_on={"group": "control"})
    pd.testing.assert_frame_equal(result.table, plain.table)
    (finding,) = checks(result, "constant_in_subset")
    assert finding.value == "group"
    assert result.parameters["covariates"]["left_out"] == ["group"]
    # an interaction alone leaves the covariate that varies
    inner = harmonise(scans, REGIONS, "site", "age:group + sex", "combat", **options)
    assert abs(inner.table[REGIONS] - plain.table[REGIONS]).max(axis=None) < 1e-11


def test_level_outside_the_subset_is_noted_and_its_name_is_nothing(scans):
    third = np.where(scans.index % 4 == 0, "relative", scans["group"])
    values = []
    for name in ("relative", "aaa"):
        table = scans.assign(group=np.where(third == "relative", name, third))
        result = harmonise(
            table, REGIONS, "site", "age + group", "combat", fit_on={"group": ["control", "ill"]}
        )
        (finding,) = checks(result, "level_not_in_subset")
        assert finding.value == "group"
        values.append(result.table[REGIONS])
    assert abs(values[0] - values[1]).max(axis=None) < 1e-12


def test_scan_outside_may_lack_a_covariate_that_is_left_out(scans):
    options = {"fit_on": {"group": "control"}}
    before = harmonise(scans, REGIONS, "site", "age + group", "combat", **options)
    row = scans.index[scans["group"] == "ill"][0]
    scans.loc[row, "group"] = None
    after = harmonise(scans, REGIONS, "site", "age + group", "combat", **options)
    assert abs(after.table[REGIONS] - before.table[REGIONS]).max(axis=None) < 1e-12


def test_batches_with_too_few_scans_in_the_subset_are_named(scans):
    for label, left in (("A", 0), ("C", 1)):
        own = scans.index[(scans["site"] == label) & (scans["group"] == "control")]
        scans.loc[own[left:], "group"] = "ill"
    with pytest.raises(UserError) as caught:
        harmonise(scans, REGIONS, "site", "age", "combat", fit_on={"group": "control"})
    first, second = caught.value.problems
    assert str(first).startswith('fit_on: batch "A" of site has 0 scans in the subset')
    assert str(second).startswith('fit_on: batch "C" of site has 1 scan in the subset')


def test_region_without_values_in_the_subset_of_a_batch_is_missing_there(scans):
    there = scans["site"] == "B"
    scans.loc[there & (scans["group"] == "control"), "r02"] = np.nan
    result = harmonise(scans, REGIONS, "site", "age", "combat", fit_on={"group": "control"})
    assert (result.table["r02"].isna() == there).all()
    assert len(checks(result, "region_missing_in_batch")) == 1
