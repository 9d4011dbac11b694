"""Missing and odd data: the same guards, whatever the method."""

import json

import numpy as np
import pandas as pd
import places
import pytest

from multipet.core.files import canonical_json
from multipet.core.problems import UserError
from multipet.harmonisation import harmonise

REFERENCE = places.REFERENCE / "harmonisation"
REGIONS = [f"r{k:02d}" for k in range(20)]
EQUATIONS = {
    "A": {"slope": 1.1, "intercept": 0.1},
    "B": {"slope": 0.9, "intercept": 0.2},
    "C": {"slope": 1.05, "intercept": -0.3},
    "D": {"slope": 1.0, "intercept": 0.0},
}
CASES = {
    "combat": ("combat", {}),
    "combat_nonparametric": ("combat", {"prior": "nonparametric"}),
    "combat_subset": ("combat", {"fit_on": {"arm": "fitted"}}),
    "combat_no_eb": ("combat_no_eb", {}),
    "location": ("location", {}),
    "location_nonparametric": ("location", {"prior": "nonparametric"}),
    "combat_spline": ("combat_spline", {}),
    "longitudinal_reml": ("longitudinal_combat", {"subject": "person"}),
    "longitudinal_msr": ("longitudinal_combat", {"subject": "person", "variance": "msr"}),
    "covbat": ("covbat", {}),
    "linear_scale": ("linear_scale", {"equations": EQUATIONS}),
}
EVERY = pytest.mark.parametrize("case", CASES)
ESTIMATED = pytest.mark.parametrize("case", [name for name in CASES if name != "linear_scale"])


@pytest.fixture
def scans() -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    order = np.arange(200)
    table["person"] = [f"p{k % 97}" for k in order]
    table["arm"] = np.where(order % 5 == 0, "other", "fitted")
    return table


def run(table, case, preserve="age + sex + group", regions=REGIONS, batch="site", **more):
    method, options = CASES[case]
    if method == "linear_scale":
        preserve = None
    return harmonise(table, regions, batch, preserve, method, **(options | more))


def refusal(*arguments, **options) -> str:
    with pytest.raises(UserError) as caught:
        run(*arguments, **options)
    assert all("\n" not in str(problem) for problem in caught.value.problems)
    return str(caught.value)


def checks(result, name: str) -> list:
    return [finding for finding in result.findings if finding.check == name]


def values_of(result) -> np.ndarray:
    return result.table[REGIONS].to_numpy()


@EVERY
def test_row_order_changes_nothing(scans, case):
    order = np.random.default_rng(1).permutation(len(scans))
    shuffled = values_of(run(scans.iloc[order], case))
    assert abs(shuffled - values_of(run(scans, case))[order]).max() < 1e-8


@ESTIMATED
def test_label_names_change_nothing(scans, case):
    names = {"A": "zürich", "B": "10", "C": "9", "D": "NA"}
    renamed = run(scans.assign(site=scans["site"].map(names)), case)
    assert abs(values_of(renamed) - values_of(run(scans, case))).max() < 1e-8
    assert set(renamed.parameters["batches"]) == set(names.values())


@ESTIMATED
def test_unit_changes_nothing_but_the_unit(scans, case):
    hundred = run(scans.assign(**{r: 100 * scans[r] for r in REGIONS}), case)
    plain = run(scans, case)
    assert abs(values_of(hundred) / 100 - values_of(plain)).max() < 1e-8
    said = [(f.check, f.region, f.value) for f in plain.findings]
    assert [(f.check, f.region, f.value) for f in hundred.findings] == said


@EVERY
def test_one_and_1_and_1_0_are_one_batch(scans, case):
    number = scans["site"].map({"A": 1, "B": 2, "C": 3, "D": 10})
    spelled = [(n, float(n), str(n))[k % 3] for k, n in enumerate(number)]
    options = {}
    if case == "linear_scale":
        labels = dict(zip("ABCD", (1, "2", 3.0, 10), strict=True))
        options["equations"] = {labels[label]: e for label, e in EQUATIONS.items()}
    mixed = run(scans.assign(site=pd.Series(spelled, dtype=object)), case, **options)
    assert abs(values_of(mixed) - values_of(run(scans, case))).max() < 1e-8
    found = mixed.parameters.get("batches", mixed.parameters.get("equations"))
    assert set(found) == {"1", "2", "3", "10"}


@EVERY
def test_a_missing_cell_costs_its_own_cell(scans, case):
    whole = values_of(run(scans, case))
    scans.loc[7, "r03"] = np.nan
    holed = values_of(run(scans, case))
    assert np.argwhere(np.isnan(holed)).tolist() == [[7, 3]]
    assert np.nanmax(abs(holed - whole)) < 0.1


@EVERY
def test_region_absent_in_a_batch(scans, case):
    there = scans["site"] == "C"
    scans.loc[there, "r06"] = np.nan
    if case == "covbat":
        assert 'batch "C" has 0' in refusal(scans, case)
        return
    result = run(scans, case)
    assert (result.table["r06"].isna() == there).all()
    assert not result.table[REGIONS].drop(columns="r06").isna().any(axis=None)
    if case != "linear_scale":
        (finding,) = checks(result, "region_missing_in_batch")
        assert (finding.site, finding.region, finding.action) == ("C", "r06", "missing")
    json.loads(canonical_json(result.parameters))


@ESTIMATED
def test_constant_region_in_a_batch(scans, case):
    there = scans["site"] == "B"
    scans.loc[there, "r01"] = 0.5
    if case == "covbat":
        assert 'batch "B" has 0' in refusal(scans, case)
        return
    result = run(scans, case)
    (finding,) = checks(result, "constant_region_in_batch")
    assert (finding.site, finding.region, finding.action) == ("B", "r01", "missing")
    assert (result.table["r01"].isna() == there).all()


@ESTIMATED
def test_region_constant_everywhere_is_missing_everywhere(scans, case):
    result = run(scans.assign(r01=0.5), case)
    assert {f.site for f in checks(result, "constant_region_in_batch")} == set("ABCD")
    assert result.table["r01"].isna().all()
    assert not result.table[REGIONS].drop(columns="r01").isna().any(axis=None)


@ESTIMATED
def test_batch_of_one_scan_is_refused(scans, case):
    few = scans[(scans["site"] != "D") | (scans.index == scans.index[scans["site"] == "D"][1])]
    assert 'batch "D" of site has 1 scan' in refusal(few, case)


@ESTIMATED
@pytest.mark.parametrize("n", [4, 9])
def test_small_batch_is_noted(scans, case, n):
    fitted = (scans["arm"] == "fitted") | ("subset" not in case)
    few = scans.drop(index=scans.index[(scans["site"] == "D") & fitted][n:])
    (finding,) = checks(run(few, case), "small_batch")
    assert (finding.site, finding.value) == ("D", str(n))


def test_a_batch_of_one_scan_has_its_equation(scans):
    one = scans[(scans["site"] != "D") | (scans.index == 2)].copy()
    one.loc[2, "site"] = "D"
    result = run(one, "linear_scale")
    assert result.table.loc[2, "r00"] == pytest.approx(one.loc[2, "r00"])


@ESTIMATED
def test_one_region(scans, case):
    if CASES[case][0] == "combat_no_eb":
        every = run(scans, case).table["r04"]
        assert abs(run(scans, case, regions=["r04"]).table["r04"] - every).max() < 1e-12
        return
    message = refusal(scans, case, regions=["r04"])
    assert message.startswith("method: ")
    assert "has 1 region" in message


@ESTIMATED
def test_one_batch_is_refused(scans, case):
    assert 'site has one batch, "A"' in refusal(scans[scans["site"] == "A"], case)


@ESTIMATED
def test_scan_without_a_covariate_becomes_missing(scans, case):
    scans.loc[[2, 31], "age"] = np.nan
    result = run(scans, case)
    assert result.table.loc[[2, 31], REGIONS].isna().all(axis=None)
    missing = checks(result, "covariate_missing")
    assert sum(int(f.value) for f in missing) == 2
    assert {f.action for f in missing} == {"missing"}
    without = run(scans.drop(index=[2, 31]), case).table[REGIONS]
    assert abs(result.table[REGIONS].drop(index=[2, 31]) - without).max(axis=None) < 1e-8


@ESTIMATED
def test_unknown_reference_batch_is_refused(scans, case):
    message = refusal(scans, case, reference="a")
    assert message == 'reference: no batch "a" in site; did you mean "A"?'


@ESTIMATED
def test_reference_batch_stays_as_it_is(scans, case):
    result = run(scans, case, reference="B")
    mine = (scans["site"] == "B").to_numpy()
    np.testing.assert_allclose(
        values_of(result)[mine], scans[REGIONS].to_numpy()[mine], rtol=0, atol=1e-12
    )
    assert abs(values_of(result)[~mine] - scans[REGIONS].to_numpy()[~mine]).max() > 0.01
    assert result.parameters["reference"] == "B"


@ESTIMATED
def test_aliased_covariates_are_named(scans, case):
    scans["grade"] = 2.0 * scans["sex"] + 3
    message = refusal(scans, case, preserve="age + sex + grade")
    assert message == 'preserve: "grade" is determined by site and "sex"; leave out one of them'


@ESTIMATED
def test_contrast_nested_in_site_is_refused_with_the_way_out(scans, case):
    nested = scans.assign(group=scans["site"].isin(["A", "B"]).map({True: "ill", False: "well"}))
    message = refusal(nested, case)
    assert message.startswith('preserve: "group[well]" is nested in site')
    assert "raw values" in message
    message = refusal(nested, case, preserve="age + sex", tested=["group"])
    assert message.startswith('tested: "group[well]" is nested in site')


@EVERY
def test_the_table_given_stays(scans, case):
    before = scans.copy()
    result = run(scans, case)
    pd.testing.assert_frame_equal(scans, before)
    assert list(result.table.columns) == list(scans.columns)
    rest = [name for name in scans if name not in REGIONS]
    pd.testing.assert_frame_equal(result.table[rest], scans[rest])


@EVERY
def test_every_method_writes_plain_json(scans, case):
    read = json.loads(canonical_json(run(scans, case).parameters))
    assert read["method"] == CASES[case][0]
