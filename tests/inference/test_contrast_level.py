import numpy as np
import pandas as pd
import pytest
from inference_cases import case, fit_at
from scipy import stats

from multipet.inference import estimate
from multipet.inference.contrast_level import (
    NotTestable,
    classify,
    share_between,
    site_means_test,
    variation,
)
from multipet.inference.estimability import told_row
from multipet.inference.marginal_means import difference, weights_at
from multipet.mixed_model import fit_model


def study(shares, per_site=20, seed=1):
    """Share of patients in each site; scans of people of any age; one camera type a site."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "site": f"s{j}",
            "age": rng.uniform(20, 80),
            "group": "patient" if i < share * per_site else "control",
            "camera": "old" if j % 2 else "new",
        }
        for j, share in enumerate(shares)
        for i in range(per_site)
    ]
    table = pd.DataFrame(rows)
    effects = dict(zip(table["site"].unique(), rng.normal(0, 1, len(shares)), strict=True))
    return table.assign(bp=table["site"].map(effects) + rng.normal(size=len(table)))


def level_of(shares, weights, formula="age + group + camera + (1 | site)"):
    table = study(shares)
    fit = fit_at(formula, table, "bp", [1.0] * ("|" in formula))
    return classify(fit, weights, table["site"].to_numpy())


def test_group_balanced_over_sites_is_within():
    assert level_of([0.5] * 4, {"group[patient]": 1}) == "within"
    assert level_of([0.5] * 4, {"age": 10}) == "within"


def test_unbalanced_group_is_mixed_and_nested_group_between():
    assert level_of([0.8, 0.2, 0.8, 0.2], {"group[patient]": 1}, "group + (1 | site)") == "mixed"
    assert level_of([1, 0, 0, 1], {"group[patient]": 1}) == "between"
    assert level_of([0.5] * 4, {"camera[old]": 1}) == "between"


def test_difference_of_fixed_sites_is_between_and_the_rest_is_within():
    formula = "age + group + site"
    assert level_of([0.8, 0.2, 0.8, 0.2], {"site[s2]": 1, "site[s1]": -1}, formula) == "between"
    assert level_of([0.8, 0.2, 0.8, 0.2], {"group[patient]": 1}, formula) == "within"
    assert level_of([0.5] * 4, {"(Intercept)": 1}, formula) == "between"


def test_share_is_the_r_squared_on_site():
    table = study([0.8, 0.2, 0.6])
    fit = fit_at("group + (1 | site)", table, "bp", [1.0])
    patient = (table["group"] == "patient").astype(float)
    of_site = patient.groupby(table["site"]).transform("mean")
    expected = np.var(of_site) / np.var(patient)
    share = share_between(fit, {"group[patient]": 1}, table["site"].to_numpy())
    assert share == pytest.approx(expected)


def test_units_do_not_matter():
    one = case("nested")
    sites = one.table["site"].to_numpy()
    shares = [share_between(one.fit, {"age": amount}, sites) for amount in (1, 1e6)]
    assert shares[0] == pytest.approx(shares[1])
    assert 0 < shares[0] < 0.1


def test_site_means_of_two_camera_types_are_a_two_sample_t_test():
    table = study([0.5] * 6)
    fit = fit_at("camera + (1 | site)", table, "bp", [1.0])
    weights = difference(weights_at(fit, {"camera": "old"}), weights_at(fit, {"camera": "new"}))
    result = site_means_test(fit, weights, table["site"].to_numpy())
    means = table.groupby(["camera", "site"])["bp"].mean()
    expected = stats.ttest_ind(means["old"], means["new"])
    assert (result.t, result.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert (result.df, result.df_method) == (4, "site-means")


def test_site_means_are_adjusted_for_age():
    table = study([0.5] * 6).assign(age=lambda t: t["age"] + 20 * (t["camera"] == "old"))
    table["bp"] += 0.5 * table["age"]
    fit = fit_at("camera + age + (1 | site)", table, "bp", [1.0])
    result = site_means_test(fit, {"camera[old]": 1}, table["site"].to_numpy())
    assert abs(result.estimate) < 3


def test_three_sites_are_not_testable():
    table = study([0.5] * 3)
    fit = fit_at("camera + age + (1 | site)", table, "bp", [1.0])
    with pytest.raises(NotTestable, match="not testable with 3 sites"):
        site_means_test(fit, {"camera[old]": 1}, table["site"].to_numpy())


def test_a_within_site_contrast_has_no_site_means_test():
    one = case("nested")
    with pytest.raises(ValueError, match="within sites"):
        site_means_test(one.fit, {"age": 1}, one.table["site"].to_numpy())


def nested_study(sites=6, seed=3):
    """Patients at every other site, controls at the rest, the same sessions and ages at all."""
    rng = np.random.default_rng(seed)
    rows = [
        {"site": f"s{j}", "group": "patient" if j % 2 else "control", "session": v, "age": a}
        for j in range(sites)
        for v in ("v1", "v2")
        for a in range(50, 80, 3)
    ]
    table = pd.DataFrame(rows)
    level = dict(zip(table["site"].unique(), rng.normal(0, 0.5, sites), strict=True))
    return table.assign(bp=table["site"].map(level) + rng.normal(0, 0.5, len(table)))


@pytest.mark.parametrize("at", [{}, {"age": 50}])
def test_group_of_whole_sites_in_an_interaction_is_tested_by_site_means(at):
    """In balanced studies the site means and Kenward-Roger say the same."""
    table = nested_study()
    fit = fit_model("bp ~ group * age + session + (1 | site)", table)
    settings = [{"group": level, **at} for level in ("patient", "control")]
    weights = difference(*(weights_at(fit, one) for one in settings))
    sites = table["site"].to_numpy()
    assert classify(fit, weights, sites) == "between"
    found, expected = site_means_test(fit, weights, sites), estimate(fit, weights)
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-6)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-6)
    assert found.df == pytest.approx(expected.df, rel=0.02)
    assert (found.df == pytest.approx(4)) == (not at)


def test_calendar_year_and_its_square_are_told_from_site():
    rng = np.random.default_rng(5)
    table = study([0.5] * 5).assign(year=rng.integers(2016, 2022, 100))
    fit = fit_at("age + year + I(year^2) + (1 | site)", table, "bp", [1.0])
    middle = table["year"].mean()
    sites = table["site"].to_numpy()
    share = share_between(fit, {"year": 1, "I(year^2)": 2 * middle}, sites)
    centred = table.assign(year=table["year"] - middle)
    same = fit_at("age + year + I(year^2) + (1 | site)", centred, "bp", [1.0])
    assert share == pytest.approx(share_between(same, {"year": 1}, sites), abs=1e-6)
    assert share < 0.3


def test_change_of_camera_between_visits_is_not_identifiable_within_sites():
    table = nested_study().assign(
        scanner=lambda t: t["site"] + t["session"].map({"v1": "/HRRT", "v2": "/Vision"})
    )
    fit = fit_at("session + age + (1 | site)", table, "bp", [1.0])
    site, scanner = table["site"].to_numpy(), table["scanner"].to_numpy()
    change, age = told_row(fit, {"session[v2]": 1}), told_row(fit, {"age": 1})
    assert variation(change, site).level() == "within"
    assert not variation(change, scanner, given=[site]).identifiable
    assert variation(age, scanner, given=[site]).standard_error_ratio == pytest.approx(1)


def test_some_scans_on_the_other_camera_leave_part_of_the_information():
    table = nested_study()
    late = table["session"] == "v2"
    moved = late ^ (np.arange(len(table)) % 10 < 2)
    scanner = (table["site"] + np.where(moved, "/Vision", "/HRRT")).to_numpy()
    fit = fit_at("session + (1 | site)", table, "bp", [1.0])
    found = variation(told_row(fit, {"session[v2]": 1}), scanner, given=[table["site"].to_numpy()])
    within = pd.Series(late.astype(float)).groupby(scanner).transform(lambda x: x - x.mean())
    expected = (late.astype(float) - 0.5).pow(2).sum() / within.pow(2).sum()
    assert found.variance_inflation == pytest.approx(expected)


def test_crossed_factors_are_held_together():
    table = nested_study().assign(camera=lambda t: np.where(np.arange(len(t)) % 3, "a", "b"))
    fit = fit_at("age + session + (1 | site)", table, "bp", [1.0])
    columns = [table[name].to_numpy() for name in ("session", "site")]
    found = variation(told_row(fit, {"age": 1}), table["camera"].to_numpy(), given=columns)
    dummies = [pd.get_dummies(table[name], dtype=float) for name in ("session", "site", "camera")]

    def left(frames):
        D = pd.concat(frames, axis=1).to_numpy()
        age = table["age"].to_numpy(float)
        return np.sum((age - D @ np.linalg.lstsq(D, age, rcond=None)[0]) ** 2)

    assert found.share == pytest.approx(1 - left(dummies) / left(dummies[:2]), abs=1e-9)
