"""Harmonisation against R, its properties, and each of its guards."""

import json

import numpy as np
import pandas as pd
import places
import pytest

from multipet.core.files import canonical_json
from multipet.core.problems import UserError
from multipet.harmonisation import harmonise

REFERENCE = places.REFERENCE / "harmonisation"
PRESERVE = "age + sex + group"
REGIONS = [f"r{k:02d}" for k in range(20)]


def read_scans(missing_values: bool = False) -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    if missing_values:
        path = REFERENCE / "cross_sectional_missing_values.csv"
        table[REGIONS] = pd.read_csv(path, header=None).to_numpy()
    return table


@pytest.fixture
def scans() -> pd.DataFrame:
    return read_scans()


def values_of(table: pd.DataFrame) -> np.ndarray:
    return table[REGIONS].to_numpy()


def worst_difference(ours: np.ndarray, theirs: np.ndarray, before: pd.DataFrame) -> float:
    """Largest difference in SD of the region's values; missing cells must agree."""
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    return float(np.nanmax(abs(ours - theirs) / np.nanstd(values_of(before), axis=0, ddof=1)))


def refusal(*arguments, **options) -> str:
    with pytest.raises(UserError) as caught:
        harmonise(*arguments, **options)
    return str(caught.value)


def found(result, check: str) -> list:
    return [finding for finding in result.findings if finding.check == check]


NONPARAMETRIC = [
    ("nonparametric_sva", False, None),
    ("nonparametric_reference_A_sva", False, "A"),
    ("nonparametric_missing_values_sva", True, None),
    ("nonparametric_missing_values_reference_A_sva", True, "A"),
]
# name of the reference, cells missing, preserved, method, reference batch, SD of tolerance
COMPARISONS = [
    ("combat_eb_sva", False, PRESERVE, "combat", None, 1e-5),
    ("combat_no_covariates_sva", False, None, "combat", None, 1e-5),
    ("combat_reference_A_sva", False, PRESERVE, "combat", "A", 1e-5),
    ("combat_missing_values_sva", True, PRESERVE, "combat", None, 1e-5),
    ("combat_eb_sva_converged", False, PRESERVE, "combat", None, 1e-10),
    ("combat_no_covariates_sva_converged", False, "1", "combat", None, 1e-10),
    ("combat_reference_A_sva_converged", False, PRESERVE, "combat", "A", 1e-10),
    ("combat_reference_D_sva_converged", False, PRESERVE, "combat", "D", 1e-10),
    ("combat_missing_values_sva_converged", True, PRESERVE, "combat", None, 1e-10),
    ("combat_missing_values_reference_A_sva_converged", True, PRESERVE, "combat", "A", 1e-10),
    ("combat_no_eb_neuroCombat", False, PRESERVE, "combat_no_eb", None, 1e-10),
    ("combat_no_eb_lm", False, PRESERVE, "combat_no_eb", None, 1e-10),
    ("combat_no_eb_missing_values_lm", True, PRESERVE, "combat_no_eb", None, 1e-10),
]


@pytest.mark.parametrize(
    ("name", "missing", "preserve", "method", "reference", "tolerance"),
    COMPARISONS,
    ids=[comparison[0] for comparison in COMPARISONS],
)
def test_equals_reference(name, missing, preserve, method, reference, tolerance):
    scans = read_scans(missing)
    result = harmonise(scans, REGIONS, "site", preserve, method, reference=reference)
    theirs = pd.read_csv(REFERENCE / f"expected_{name}.csv").to_numpy()
    assert worst_difference(values_of(result.table), theirs, scans) <= tolerance


@pytest.mark.parametrize(("name", "missing", "reference"), NONPARAMETRIC)
def test_nonparametric_prior_equals_sva(name, missing, reference):
    scans = read_scans(missing)
    options = {"reference": reference, "prior": "nonparametric"}
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat", **options)
    theirs = pd.read_csv(REFERENCE / f"expected_combat_{name}.csv").to_numpy()
    assert worst_difference(values_of(result.table), theirs, scans) <= 1e-10


METHODS = pytest.mark.parametrize("method", ["combat", "combat_no_eb", "location"])


@METHODS
def test_row_order_changes_nothing(scans, method):
    order = np.random.default_rng(1).permutation(len(scans))
    straight = harmonise(scans, REGIONS, "site", PRESERVE, method)
    shuffled = harmonise(scans.iloc[order], REGIONS, "site", PRESERVE, method)
    assert list(shuffled.table.index) == list(scans.index[order])
    difference = values_of(shuffled.table) - values_of(straight.table)[order]
    assert abs(difference).max() < 1e-11


@METHODS
def test_label_names_and_order_change_nothing(scans, method):
    straight = harmonise(scans, REGIONS, "site", PRESERVE, method)
    renamed = scans.assign(site=scans["site"].map({"A": "zürich", "B": "10", "C": "9", "D": "NA"}))
    result = harmonise(renamed, REGIONS, "site", PRESERVE, method)
    assert set(result.site_effects["batch"]) == {"zürich", "10", "9", "NA"}
    assert abs(values_of(result.table) - values_of(straight.table)).max() < 1e-11


@METHODS
@pytest.mark.parametrize("missing_values", [False, True])
def test_unit_changes_nothing_but_the_unit(method, missing_values):
    scans = read_scans(missing_values)
    straight = harmonise(scans, REGIONS, "site", PRESERVE, method)
    percent = scans.assign(**{region: 100 * scans[region] for region in REGIONS})
    result = harmonise(percent, REGIONS, "site", PRESERVE, method)
    assert np.nanmax(abs(values_of(result.table) / 100 - values_of(straight.table))) < 1e-11
    checks = [(f.check, f.region, f.value) for f in straight.findings]
    assert [(f.check, f.region, f.value) for f in result.findings] == checks


def test_unit_and_origin_of_a_covariate_change_nothing(scans):
    straight = harmonise(scans, REGIONS, "site", PRESERVE, "combat")
    born = scans.assign(age=1e6 * (1970 - scans["age"]))
    result = harmonise(born, REGIONS, "site", PRESERVE, "combat")
    assert abs(values_of(result.table) - values_of(straight.table)).max() < 1e-9


def test_only_regions_change_and_the_input_stays(scans):
    before = scans.copy()
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat")
    pd.testing.assert_frame_equal(scans, before)
    rest = [column for column in scans if column not in REGIONS]
    assert list(result.table.columns) == list(scans.columns)
    pd.testing.assert_frame_equal(result.table[rest], scans[rest])
    assert abs(values_of(result.table) - values_of(scans)).max() > 0.1


def test_harmonising_twice_finds_no_batch_effect_left(scans):
    once = harmonise(scans, REGIONS, "site", None, "combat_no_eb")
    twice = harmonise(once.table, REGIONS, "site", None, "combat_no_eb").site_effects
    assert abs(twice["shift_raw"]).max() < 1e-12
    # the pooled variance divides by n and a batch's by n - 1: one factor for all batches
    assert np.ptp(twice["scale_raw"]) < 1e-12


def test_without_batch_effects_shrinkage_leaves_values_alone():
    rng = np.random.default_rng(2)
    table = pd.DataFrame(rng.normal(size=(400, 50)), columns=[f"r{k}" for k in range(50)])
    table["site"] = rng.permutation(np.repeat(["a", "b", "c", "d"], 100))
    regions = list(table.columns[:50])
    shrunk = harmonise(table, regions, "site", None, "combat").table[regions] - table[regions]
    plain = harmonise(table, regions, "site", None, "combat_no_eb").table[regions] - table[regions]
    assert shrunk.pow(2).mean().mean() < 0.3 * plain.pow(2).mean().mean()


def test_reference_batch_stays_as_it_is(scans):
    for method in ("combat", "combat_no_eb", "location"):
        result = harmonise(scans, REGIONS, "site", PRESERVE, method, reference="B")
        mine = (scans["site"] == "B").to_numpy()
        assert (values_of(result.table)[mine] == values_of(scans)[mine]).all()
        assert (values_of(result.table)[~mine] != values_of(scans)[~mine]).any(axis=0).all()
        assert result.parameters["reference"] == "B"


@METHODS
def test_a_missing_cell_costs_its_own_cell(scans, method):
    holed = scans.copy()
    holed.loc[7, "r03"] = np.nan
    ours = values_of(harmonise(holed, REGIONS, "site", PRESERVE, method).table)
    whole = values_of(harmonise(scans, REGIONS, "site", PRESERVE, method).table)
    assert np.argwhere(np.isnan(ours)).tolist() == [[7, 3]]
    assert np.nanmax(abs(ours - whole)) < 0.02
    if method == "combat_no_eb":
        assert abs(np.delete(ours - whole, 3, axis=1)).max() < 1e-12


def test_location_shifts_only_and_shrinks_with_the_real_n(scans):
    result = harmonise(scans, REGIONS, "site", PRESERVE, "location")
    effects = result.site_effects
    assert (effects["scale"] == 1).all()
    sd = effects["region"].map(
        {k: v["residual_sd"] for k, v in result.parameters["regions"].items()}
    )
    raw = effects["shift_raw"] / sd
    mean = raw.groupby(effects["batch"]).transform("mean")
    variance = raw.groupby(effects["batch"]).transform("var")
    weight = effects["n"] * variance / (effects["n"] * variance + 1)
    expected = sd * (weight * raw + (1 - weight) * mean)
    np.testing.assert_allclose(effects["shift"], expected, rtol=1e-12, atol=1e-14)
    moved = result.table[REGIONS] - scans[REGIONS]
    assert (moved.groupby(scans["site"]).std() < 1e-12).all(axis=None)


def test_site_effects_and_parameters_rebuild_the_values(scans):
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat")
    read = json.loads(canonical_json(result.parameters))
    scan, region = 11, "r05"
    row, of_region = scans.loc[scan], read["regions"][region]
    expected = of_region["grand_mean"] + sum(
        of_region["coefficients"][name] * row[name] for name in ("age", "sex", "group")
    )
    batch = read["batches"][row["site"]]["regions"][region]
    rebuilt = expected + (row[region] - expected - batch["shift"]) / batch["scale"]
    assert rebuilt == pytest.approx(result.table.loc[scan, region], rel=1e-12)
    assert list(result.site_effects.columns) == [
        "batch", "region", "shift", "scale", "shift_raw", "scale_raw", "n",
    ]  # fmt: skip
    assert len(result.site_effects) == 4 * 20


def test_batch_labels_are_text(scans):
    numbers = {"A": 1, "B": 2, "C": 3, "D": 10}
    plain = harmonise(
        scans.assign(site=scans["site"].map(numbers)), REGIONS, "site", PRESERVE, "combat",
        reference=10,
    )  # fmt: skip
    spelled = [(n, float(n), str(n))[k % 3] for k, n in enumerate(scans["site"].map(numbers))]
    mixed = scans.assign(site=pd.Series(spelled, dtype=object))
    result = harmonise(mixed, REGIONS, "site", PRESERVE, "combat", reference="10")
    assert set(result.site_effects["batch"]) == {"1", "2", "3", "10"}
    assert abs(values_of(result.table) - values_of(plain.table)).max() < 1e-12


def test_several_batch_columns_are_their_combinations(scans):
    camera = np.where(np.arange(200) % 2, "old", "new")
    two = harmonise(
        scans.assign(camera=camera), REGIONS, ["site", "camera"], PRESERVE, "combat_no_eb"
    )
    one = harmonise(
        scans.assign(both=scans["site"] + "/" + camera), REGIONS, "both", PRESERVE, "combat_no_eb"
    )
    assert "A + new" in set(two.site_effects["batch"])
    assert abs(values_of(two.table) - values_of(one.table)).max() < 1e-12


def test_preserves_levels_and_interactions(scans):
    named = scans.assign(
        group=pd.Categorical(
            np.where(scans["group"] == 1, "patient", "control"), ["patient", "control"]
        )
    )
    text = harmonise(named, REGIONS, "site", "age * group + sex", "combat")
    number = harmonise(scans, REGIONS, "site", "age * group + sex", "combat")
    assert abs(values_of(text.table) - values_of(number.table)).max() < 1e-11
    assert "age:group[control]" in text.parameters["regions"]["r00"]["coefficients"]


def test_effect_of_a_preserved_covariate_survives(scans):
    shifted = scans.copy()
    shifted[REGIONS] += 5 * scans[["group"]].to_numpy()
    moved = harmonise(shifted, REGIONS, "site", PRESERVE, "combat").table[REGIONS]
    kept = harmonise(scans, REGIONS, "site", PRESERVE, "combat").table[REGIONS]
    np.testing.assert_allclose((moved - kept), 5 * scans[["group"]] @ np.ones((1, 20)), atol=1e-9)


# Guards: errors


def test_one_batch_is_refused(scans):
    message = refusal(scans[scans["site"] == "A"], REGIONS, "site", PRESERVE, "combat")
    assert 'site has one batch, "A"' in message


def test_nested_contrast_is_refused_with_the_way_out(scans):
    nested = scans.assign(group=scans["site"].isin(["A", "B"]).map({True: "ill", False: "well"}))
    message = refusal(nested, REGIONS, "site", PRESERVE, "combat")
    assert message.startswith('preserve: "group[well]" is nested in site')
    assert "raw values" in message
    message = refusal(nested, REGIONS, "site", "age + sex", "combat", tested=["group"])
    assert message.startswith('tested: "group[well]" is nested in site')


def test_aliased_covariate_is_named(scans):
    doubled = scans.assign(years=2 * scans["age"] + 3)
    message = refusal(doubled, REGIONS, "site", "age + sex + years", "combat")
    assert message == 'preserve: "years" is determined by site and "age"; leave out one of them'
    partly = scans.assign(twin=scans["sex"] + (scans["site"] == "C"))
    assert '"twin" is determined by site and "sex"' in refusal(
        partly, REGIONS, "site", "sex + age + twin", "combat"
    )


def test_batch_of_one_scan_is_refused(scans):
    one = scans.copy()
    one.loc[5, "site"] = "lonely"
    assert 'batch "lonely" of site has 1 scan;' in refusal(one, REGIONS, "site", PRESERVE, "combat")
    one.loc[6, "site"] = "lonely"
    one.loc[6, "age"] = np.nan
    message = refusal(one, REGIONS, "site", PRESERVE, "combat")
    assert 'batch "lonely" of site has 1 scan with every preserved covariate, of 2' in message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"reference": "a"}, 'reference: no batch "a" in site; did you mean "A"?'),
        ({"batch": "sites"}, 'batch: no column "sites"; did you mean "site"?'),
        ({"batch": []}, "batch: names no column"),
        ({"method": "combatt"}, 'method: no method "combatt"; did you mean "combat"?'),
        ({"preserve": "agee"}, 'preserve: no column "agee" in the table; did you mean "age"?'),
        ({"preserve": "age + (1 | id)"}, "random effect"),
        ({"preserve": "r00 ~ age"}, "names an outcome"),
        ({"regions": ["r00", "r0l"]}, 'regions: no column "r0l"; did you mean "r'),
        ({"regions": ["r00", "id"]}, 'column "id" does not hold numbers'),
        ({"regions": ["r00", "r00"]}, "named more than once: r00"),
        ({"regions": []}, "no region is named"),
        ({"regions": ["r00"]}, "use combat_no_eb"),
        ({"regions": ["r00"], "method": "location"}, "use combat_no_eb"),
    ],
)
def test_mistakes_are_said_in_one_line(scans, change, expected):
    options = {"regions": REGIONS, "batch": "site", "preserve": PRESERVE, "method": "combat"}
    message = refusal(scans, **(options | change))
    assert expected in message
    assert "\n" not in message.split(expected)[0]


def test_one_region_goes_without_shrinkage(scans):
    alone = harmonise(scans, ["r04"], "site", PRESERVE, "combat_no_eb").table["r04"]
    every = harmonise(scans, REGIONS, "site", PRESERVE, "combat_no_eb").table["r04"]
    assert abs(alone - every).max() < 1e-12


def test_missing_batch_label_is_refused_with_its_rows(scans):
    scans.loc[[3, 9], "site"] = [np.nan, ""]
    message = refusal(scans, REGIONS, "site", PRESERVE, "combat")
    assert 'column "site" has no label in 2 scans: rows 5, 11' in message


def test_infinite_values_are_refused(scans):
    scans.loc[4, "r02"] = -np.inf
    message = refusal(scans, REGIONS, "site", PRESERVE, "combat")
    assert 'column "r02" has infinite values: rows 6' in message


def test_region_that_covariates_explain_is_refused(scans):
    scans["r02"] = 3 * scans["age"] - 7
    message = refusal(scans, REGIONS, "site", PRESERVE, "combat")
    assert 'no variance in region "r02"' in message


# Guards: findings


@pytest.mark.parametrize(("n", "check"), [(4, "small_batch"), (9, "small_batch")])
def test_small_batches_are_noted(scans, n, check):
    few = scans.drop(index=scans.index[scans["site"] == "D"][n:])
    result = harmonise(few, REGIONS, "site", PRESERVE, "combat")
    (finding,) = [f for f in result.findings if f.check == "small_batch"]
    assert (finding.check, finding.site, finding.value) == (check, "D", str(n))
    assert not np.isnan(values_of(result.table)).any()


def test_region_missing_in_a_batch_stays_missing_there(scans):
    scans.loc[scans["site"] == "C", "r06"] = np.nan
    for method in ("combat", "combat_no_eb", "location"):
        result = harmonise(scans, REGIONS, "site", PRESERVE, method)
        (finding,) = found(result, "region_missing_in_batch")
        assert (finding.site, finding.region, finding.action) == ("C", "r06", "missing")
        gone = result.table["r06"].isna()
        assert (gone == (scans["site"] == "C")).all()
        assert not result.table[REGIONS].drop(columns="r06").isna().any(axis=None)
        canonical_json(result.parameters)
    rest = scans[scans["site"] != "C"]
    plain = harmonise(scans, REGIONS, "site", PRESERVE, "combat_no_eb").table["r06"].dropna()
    own = harmonise(rest, ["r06"], "site", PRESERVE, "combat_no_eb").table["r06"]
    assert abs(plain - own).max() < 1e-12


@pytest.mark.parametrize(
    ("left", "check"), [("constant", "constant_region_in_batch"), ("one", "one_value_in_batch")]
)
def test_region_without_spread_in_a_batch_is_taken_out_there(scans, left, check):
    there = scans["site"] == "B"
    scans.loc[there, "r01"] = 0.0 if left == "constant" else np.nan
    scans.loc[scans.index[there][0], "r01"] = 0.0
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat")
    (finding,) = found(result, check)
    assert (finding.site, finding.region, finding.action) == ("B", "r01", "missing")
    assert (result.table["r01"].isna() == there).all()


def test_region_of_one_batch_stays_as_delivered(scans):
    scans.loc[scans["site"] != "A", "r06"] = np.nan
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat")
    pd.testing.assert_series_equal(result.table["r06"], scans["r06"])
    assert [f.region for f in found(result, "region_in_one_batch")] == ["r06"]
    assert len(found(result, "region_missing_in_batch")) == 3


def test_region_missing_in_the_reference_becomes_missing(scans):
    scans.loc[scans["site"] == "A", "r06"] = np.nan
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat", reference="A")
    assert result.table["r06"].isna().all()
    assert [f.region for f in found(result, "region_missing_in_reference")] == ["r06"]


def test_region_whose_scans_confound_batch_and_covariate_becomes_missing(scans):
    scans.loc[(scans["group"] == 1) == scans["site"].isin(["A", "B"]), "r08"] = np.nan
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat")
    assert result.table["r08"].isna().all()
    assert [f.region for f in found(result, "region_not_estimable")] == ["r08"]


def test_scan_without_covariate_is_not_harmonised(scans):
    scans = scans.rename(columns={"id": "participant_id"})
    scans.loc[[2, 30], "age"] = np.nan
    result = harmonise(scans, REGIONS, "site", PRESERVE, "combat")
    missing = found(result, "covariate_missing")
    assert {f.site: f.participant_id for f in missing} == {"A": "s030", "D": "s002"}
    assert {f.action for f in missing} == {"missing"}
    gone = result.table[REGIONS].isna()
    assert gone.loc[[2, 30]].all(axis=None)
    kept = scans.drop(index=[2, 30])
    without = harmonise(kept, REGIONS, "site", PRESERVE, "combat").table[REGIONS]
    pd.testing.assert_frame_equal(result.table[REGIONS].drop(index=[2, 30]), without)


def test_far_and_flipped_values_are_listed():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(5, 1, size=(60, 4)), columns=["a", "b", "c", "d"])
    table["site"] = np.repeat(["x", "y", "z"], 20)
    table.loc[table["site"] == "x", "a"] += 10
    table.loc[table["site"] == "z", "b"] -= 6
    result = harmonise(table, list("abcd"), "site", None, "combat_no_eb")
    after = result.table[list("abcd")].to_numpy()
    before = table[list("abcd")].to_numpy()
    sd = [result.parameters["regions"][r]["residual_sd"] for r in "abcd"]
    for check, hit in (
        ("sign_changed", before * after < 0),
        ("moved_far", abs(after - before) > 3 * np.array(sd)),
    ):
        named = {f.region: f.row for f in found(result, check)}
        wanted = {
            region: ", ".join(str(k + 2) for k in np.flatnonzero(hit[:, j]))
            for j, region in enumerate("abcd")
            if hit[:, j].any()
        }
        assert wanted
        assert named == wanted
    logs = harmonise(table, list("abcd"), "site", None, "combat_no_eb", log=True)
    assert found(logs, "moved_far")
    assert not found(logs, "sign_changed")


def test_tested_variable_that_is_not_preserved_is_noted(scans):
    result = harmonise(scans, REGIONS, "site", "age", "combat", tested=["group", "age"])
    assert [f.value for f in found(result, "tested_not_preserved")] == ["group"]
