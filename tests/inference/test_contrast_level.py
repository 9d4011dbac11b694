import numpy as np
import pandas as pd
import pytest
from inference_cases import case, fit_at
from scipy import stats

from multipet.inference.contrast_level import NotTestable, classify, share_between, site_means_test
from multipet.inference.marginal_means import difference, weights_at


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
