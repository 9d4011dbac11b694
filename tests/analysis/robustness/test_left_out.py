"""The contrast without each site and scanner is that of a study without it."""

import numpy as np
import pandas as pd
import pytest
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.table import contrast_table
from multipet.analysis.robustness.leave_one_site_out import HARMONISED, left_out_estimates
from multipet.analysis.robustness.leave_one_site_out_table import left_out_summary, left_out_table
from multipet.core.columns import names
from multipet.core.columns.robustness import LEFT_OUT, LEFT_OUT_SUMMARY

GROUP = {"difference": {"group": ["patient", "control"]}}
MINIMUM = {"few_levels": {"minimum": 4, "action": "note"}}


class Study:
    def __init__(self, pooled, settings=GROUP, model=None, **changes):
        run = fitted(fit_spec(**(model or {})), [pooled])
        spec = {**contrast_spec(settings, **changes), **MINIMUM}
        self.question, self.found = ask(spec, run)
        self.without = left_out_estimates(spec, self.question, self.found, run.table)
        naive = spec["harmonisation"] is not None
        self.table = left_out_table(
            self.question, self.found, self.without, run.table, naive
        ).set_index(["left_out", "region"])
        self.summary = left_out_summary(self.question, self.found, self.table.reset_index())


def alone(pooled, settings=GROUP, **model):
    """The contrast of a study of these scans, its model said outright."""
    run = fitted(fit_spec(**model), [pooled.reset_index(drop=True)])
    question, found = ask(contrast_spec(settings), run)
    return contrast_table(question, found, run.table).set_index("region")


def dropped(pooled, factor, level):
    kept = pooled[pooled[factor].astype(str) != level].reset_index(drop=True)
    return kept.assign(**{n: kept[n].cat.remove_unused_categories() for n in ("site", "scanner")})


@pytest.fixture(scope="module")
def study():
    return Study(pooled_scans())


@pytest.mark.parametrize(("factor", "level"), [("site", "s2"), ("scanner", "s0/b")])
def test_is_the_study_without_it(study, factor, level):
    how = {"site": "random", "scanner": "random"}
    if (factor, level) == ("scanner", "s0/b"):
        how = {"site": "random", "scanner": "none"}  # the two say the same then
    expected = alone(dropped(pooled_scans(), factor, level), **how)
    ours = study.table.loc[level]
    for name in ("estimate", "standard_error", "p_value", "ci_low", "p_adjusted"):
        tolerance = 1e-4 if factor == "site" else 5e-2
        wanted = expected.loc[ours.index, name].to_numpy()
        assert ours[name].to_numpy() == pytest.approx(wanted, rel=tolerance), name
    assert ours["n_scans"].tolist() == expected["n_scans"].tolist()


def test_columns_and_order(study):
    table = study.table.reset_index()[names(LEFT_OUT)]
    levels = table[["factor", "left_out"]].drop_duplicates().to_numpy().tolist()
    sites = [["site", f"s{k}"] for k in range(4)]
    # the only scanner of a site is that site
    assert levels == [*sites, ["scanner", "s0/a"], ["scanner", "s0/b"]]
    assert list(table["region"][:2]) == ["caudate", "putamen"]


def test_shift_is_in_standard_errors_of_the_whole(study):
    whole = {a.region: a.estimate for a in study.found}
    for (_, region), row in study.table.iterrows():
        expected = (row["estimate"] - whole[region].estimate) / whole[region].standard_error
        assert row["shift"] == pytest.approx(expected)


def test_too_few_random_levels_are_said_and_kept(study):
    notes = study.table["note"].groupby(level="left_out").first()
    assert "site stays a random effect with 3 levels, fewer than 4." in notes["s1"]
    assert notes["s0/a"] == (
        "No site has a second scanner left: their variances cannot be told apart."
    )
    assert "(1 | site)" in study.without[0].estimates[0].fit.formula


def test_of_two_fixed_sites_one_is_left_without_an_effect_of_site():
    study = Study(pooled_scans(sites=2), model={"site": "fixed", "scanner": "none"})
    rows = study.table.loc[["s0", "s1"]]
    assert (rows["status"] == "ok").all()
    assert rows["estimate"].notna().all()


def test_sites_compared_are_not_asked_without_one_of_them():
    pair = {"difference": {"site": ["s1", "s2"]}}
    study = Study(pooled_scans(), pair, {"site": "fixed", "scanner": "none"})
    assert study.table.loc["s1", "estimate"].isna().all()
    assert study.table.loc["s3", "status"].eq("ok").all()


def test_harmonised_values_have_naive_p_alone():
    harmonised = {"harmonisation": {"id": "x", "method": "combat", "batch": "site"}}
    study, plain = Study(pooled_scans(), **harmonised), Study(pooled_scans())
    ours, raw = study.table, plain.table
    assert ours["p_naive"].to_numpy() == pytest.approx(raw["p_value"].to_numpy())
    assert ours[["p_value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert ours["note"].str.endswith(HARMONISED).all()
    # naive is set beside naive
    pd.testing.assert_frame_equal(study.summary, plain.summary)


def test_summary_counts_the_rows(study):
    assert list(study.summary.columns) == names(LEFT_OUT_SUMMARY)
    rows = study.table.reset_index()
    for one in study.summary.itertuples():
        own = rows[(rows["region"] == one.region) & (rows["factor"] == one.factor)]
        assert one.n_refits == one.n_estimated == len(own)
        assert one.n_detected == (own["p_adjusted"] < 0.05).sum()
        assert one.n_lost == len(own) - one.n_detected
        assert (one.lowest, one.highest) == (own["estimate"].min(), own["estimate"].max())
        most = own.loc[own["shift"].abs().idxmax()]
        assert (one.moves_most, one.largest_shift) == (most["left_out"], most["shift"])


def test_summary_of_an_effect_that_one_site_has_alone():
    pooled = pooled_scans(people=20)
    patient = pooled["group"] == "patient"
    pooled["value"] += 0.5 * patient
    pooled["value"] += 6.0 * (patient & (pooled["site"] == "s3"))
    study = Study(pooled)
    row = study.summary[study.summary["factor"] == "site"].iloc[0]
    assert row["moves_most"] == "s3"
    assert row["n_lost"] >= 1
    assert abs(row["largest_shift"]) > 2


def test_numbers_averaged_over_stay_at_the_mean_of_all_scans():
    """In age x group the difference of the groups depends on the age at which it is taken."""
    pooled = pooled_scans()
    pooled["age"] += 20.0 * (pooled["site"] == "s0")
    pooled["value"] += 0.05 * pooled["age"] * (pooled["group"] == "patient")
    how = {"formula": "age * group + (1 | participant_id)"}
    free = Study(pooled, model=how)
    mean = float(fitted(fit_spec(**how), [pooled]).table["age"].mean())
    fixed = Study(pooled, {**GROUP, "at": {"age": mean}}, how)
    ours, expected = free.table["estimate"], fixed.table["estimate"]
    assert ours.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6)


def test_a_failed_region_stays_failed():
    pooled = pooled_scans()
    pooled.loc[pooled["region"] == "putamen", "value"] = 1.0
    study = Study(pooled)
    assert study.table.xs("putamen", level="region")["estimate"].isna().all()
    assert study.table.xs("caudate", level="region")["status"].eq("ok").all()


def test_one_site_has_nothing_to_leave_out():
    pooled = pooled_scans(sites=1)
    study = Study(pooled[pooled["scanner"] == "s0/a"].reset_index(drop=True))
    assert (len(study.table), len(study.summary)) == (0, 0)


def test_site_means_are_made_anew():
    how = {"site": "random", "scanner": "random", "site_means": "age + group"}
    study = Study(pooled_scans(sites=6), model=how, site_means="age + group")
    kept = dropped(pooled_scans(sites=6), "site", "s4")
    expected = alone_with_means(kept, how)
    ours = study.table.loc["s4", "estimate"]
    assert ours.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-5)


def alone_with_means(pooled, how):
    run = fitted(fit_spec(**how), [pooled])
    question, found = ask(contrast_spec(GROUP, site_means=how["site_means"]), run)
    return contrast_table(question, found, run.table)["estimate"]


def test_a_joint_model_is_refitted_as_one():
    how = {"formula": "region * group + age + (1 | participant_id)", "regions": "joint"}
    study = Study(pooled_scans(), model=how, regions="joint")
    assert set(study.table.index.get_level_values("region")) == {"caudate", "putamen"}
    assert study.table.loc["s1", "n_scans"].tolist() == [72, 72]
    assert np.isfinite(study.table["shift"].astype(float)).all()
