"""New scans harmonised with saved parameters."""

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
PRESERVE = "age * group + sex"
EQUATIONS = {label: {"slope": 1.1, "intercept": -0.2} for label in "ABCD"}
CASES = {
    "combat": ("combat", {}),
    "reference": ("combat", {"reference": "B"}),
    "nonparametric": ("combat", {"prior": "nonparametric"}),
    "combat_no_eb": ("combat_no_eb", {}),
    "location": ("location", {}),
    "spline": ("combat_spline", {}),
    "subset": ("combat", {"fit_on": {"group": "well"}}),
    "subset_spline": ("combat_spline", {"fit_on": {"group": ["well", "frail"]}}),
    "linear_scale": ("linear_scale", {"equations": EQUATIONS}),
}


@pytest.fixture
def scans() -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    names = np.where(table["group"] == 1, "ill", np.where(table.index % 3 == 0, "frail", "well"))
    table["group"] = pd.Categorical(names, ["well", "frail", "ill"])
    return table


def run(table, case, regions=REGIONS):
    method, options = CASES[case]
    preserve = None if method == "linear_scale" else PRESERVE
    return harmonise(table, regions, "site", preserve, method, **options)


def saved(result) -> dict:
    return json.loads(canonical_json(result.parameters))


def refusal(*arguments, **options) -> str:
    with pytest.raises(UserError) as caught:
        apply_parameters(*arguments, **options)
    return str(caught.value)


def checks(result, name: str) -> list:
    return [finding for finding in result.findings if finding.check == name]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rows", [slice(None), [17], [3, 50, 51, 120], slice(None, None, -1)])
def test_the_same_scans_come_out_as_they_did(scans, case, rows):
    scans.loc[[3, 60], ["r02", "r07"]] = np.nan
    scans.loc[scans["site"] == "C", "r09"] = np.nan
    scans.loc[scans["site"] != "D", "r11"] = np.nan
    scans.loc[120, "age"] = np.nan
    first = run(scans, case)
    again = apply_parameters(scans.iloc[rows], REGIONS, saved(first))
    expected = first.table[REGIONS].iloc[rows]
    assert (again.table[REGIONS].isna() == expected.isna()).all(axis=None)
    assert np.nanmax(abs(again.table[REGIONS] - expected).to_numpy()) < 1e-12


def test_some_regions_and_a_table_of_other_dtypes(scans):
    first = run(scans, "combat")
    some = scans.iloc[[8, 9, 90]][["site", "age", "sex", "group", "r05", "r01"]]
    some = some.assign(
        group=some["group"].astype(str), age=some["age"].astype(object).astype(float)
    )
    again = apply_parameters(some, ["r05", "r01"], saved(first))
    expected = first.table.loc[some.index, ["r05", "r01"]]
    assert abs(again.table[["r05", "r01"]] - expected).max(axis=None) < 1e-12
    assert list(again.parameters["regions"]) == ["r05", "r01"]


def test_applied_parameters_are_those_given(scans):
    parameters = saved(run(scans, "spline"))
    again = apply_parameters(scans.iloc[:40], REGIONS, parameters)
    assert saved(again) == parameters


def test_a_subject_with_all_its_scans_comes_out_as_it_did(scans):
    scans["person"] = [f"p{k % 80}" for k in range(200)]
    options = {"subject": "person"}
    first = harmonise(scans, REGIONS, "site", "age + group", "longitudinal_combat", **options)
    some = scans[scans["person"].isin(["p3", "p77"])]
    again = apply_parameters(some, REGIONS, saved(first))
    difference = again.table[REGIONS] - first.table.loc[some.index, REGIONS]
    assert abs(difference).max(axis=None) < 1e-10
    assert checks(again, "subject_level_predicted")


def test_covbat_is_refused(scans):
    first = harmonise(scans, REGIONS, "site", "age", "covbat")
    assert "covbat cannot be applied" in refusal(scans, REGIONS, saved(first))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"group": "odd"},
            'parameters: "group" has unknown levels: odd; allowed: well, frail, ill',
        ),
        ({"age": "old"}, 'parameters: "age" must be a number, but is text'),
        ({"age": np.inf}, 'parameters: "age" has infinite values'),
        ({"site": "E"}, 'batch: the parameters have no batch "E" of site; allowed: A, B, C, D'),
    ],
)
def test_unknown_values_are_refused(scans, change, expected):
    first = run(scans, "combat")
    assert refusal(scans.iloc[:3].assign(**change), REGIONS, saved(first)) == expected


def test_what_does_not_fit_is_refused(scans):
    parameters = saved(run(scans, "combat"))
    message = refusal(scans.drop(columns="age"), REGIONS, parameters)
    assert 'parameters: no column "age" in the table' in message
    message = refusal(scans.assign(r33=1.0), [*REGIONS, "r33"], parameters)
    assert 'the parameters have no region "r33"' in message
    assert "logarithms" in refusal(scans, REGIONS, parameters, log=True)
    assert "table: has no scan" in refusal(scans.iloc[:0], REGIONS, parameters)
    assert 'no choice "guess"' in refusal(scans, REGIONS, parameters, new_batches="guess")
    assert "no harmonisation of method" in refusal(scans, REGIONS, {"a": 1})
    del parameters["batches"]
    assert "no batches" in refusal(scans, REGIONS, parameters)


def test_a_region_that_the_batch_lacked_is_missing_with_a_finding(scans):
    holed = scans.assign(r06=scans["r06"].where(scans["site"] != "C"))
    parameters = saved(run(holed, "combat"))
    again = apply_parameters(scans, REGIONS, parameters)
    assert (again.table["r06"].isna() == (scans["site"] == "C")).all()
    (finding,) = checks(again, "region_not_in_parameters")
    assert (finding.region, finding.action, finding.value) == ("r06", "missing", "49")


def test_a_scan_without_a_covariate_is_missing_with_a_finding(scans):
    parameters = saved(run(scans, "combat"))
    one = scans.iloc[[4]].assign(group=None)
    again = apply_parameters(one, REGIONS, parameters)
    assert again.table[REGIONS].isna().all(axis=None)
    assert len(checks(again, "covariate_missing")) == 1


def test_a_number_beyond_the_range_is_noted(scans):
    parameters = saved(run(scans, "combat"))
    assert not checks(apply_parameters(scans, REGIONS, parameters), "covariate_extrapolated")
    old = scans.iloc[[4, 5]].assign(age=[120.0, 50.0])
    (finding,) = checks(apply_parameters(old, REGIONS, parameters), "covariate_extrapolated")
    assert (finding.value, finding.row) == ("1", "2")


def test_equations_of_the_batches_present(scans):
    parameters = saved(run(scans, "linear_scale"))
    again = apply_parameters(scans[scans["site"] == "A"], REGIONS[:2], parameters)
    assert list(again.parameters["equations"]) == ["A"]
    message = refusal(scans.iloc[:2].assign(site="E"), REGIONS, parameters, new_batches="estimate")
    assert message == 'equations: batch "E" of site has no equation'
