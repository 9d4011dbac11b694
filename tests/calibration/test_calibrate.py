"""Calibrated answers from end to end."""

import numpy as np
import pandas as pd
import pytest
from calibration_cases import FORMULA, REGIONS, group_question, harmonisation, scan_rows

from multipet.analysis.contrast.estimates import contrast_estimates
from multipet.calibration import CALIBRATION, CalibrationSettings, calibrate, comparison_calibration
from multipet.calibration import draws as draws_module
from multipet.calibration.model_values import pooled_values, separate_values
from multipet.core.columns import names
from multipet.harmonisation import harmonise
from multipet.mixed_model import fit_regions

FEW = CalibrationSettings(draws=200, seed=3)


def calibrated(table, settings=FEW, formula=FORMULA, question=None, **changes):
    question = question or group_question(table)
    values = separate_values(table, REGIONS)
    return calibrate(question, formula, values, harmonisation(**changes), settings)


def test_the_table_says_what_the_chain_says():
    table = scan_rows()
    found = calibrated(table).table
    assert list(found.columns) == names(CALIBRATION)
    assert found["region"].tolist() == list(REGIONS)
    done = harmonise(table, REGIONS, "site", "group + age", "combat").table
    fits = fit_regions(FORMULA, done, REGIONS)
    wanted = contrast_estimates(group_question(table), fits, done)
    np.testing.assert_allclose(found["estimate"], [a.estimate.estimate for a in wanted])
    np.testing.assert_allclose(found["p_naive"], [a.estimate.p_value for a in wanted])
    np.testing.assert_allclose(found["t"], found["estimate"] / found["standard_error"])
    assert (found["p_method"] == "permutation").all() and (found["draws"] == 200).all()
    assert found["p_value"].between(1 / 201, 1).all()
    excludes = (found["ci_low"] > 0) | (found["ci_high"] < 0)
    assert (excludes == (found["p_value"] < 0.05)).all()


def test_the_same_inputs_give_the_same_bytes():
    table = scan_rows()
    once, again = calibrated(table), calibrated(table)
    pd.testing.assert_frame_equal(once.table, again.table, check_exact=True)
    other = calibrated(table, CalibrationSettings(draws=200, seed=4))
    assert (once.table["p_value"] != other.table["p_value"]).any()


@pytest.mark.parametrize("method", ["permutation", "bootstrap"])
def test_the_size_of_chunks_does_not_matter(monkeypatch, method):
    table = scan_rows()
    settings = CalibrationSettings(draws=60, seed=3, method=method)
    whole = calibrated(table, settings).table
    monkeypatch.setattr(draws_module, "_LARGEST_CHUNK", 7 * len(table) * len(REGIONS))
    parts = calibrated(table, settings).table
    np.testing.assert_array_equal(whole["p_value"], parts["p_value"])
    np.testing.assert_allclose(whole["t_critical"], parts["t_critical"], rtol=1e-7)


def test_row_order_labels_and_unit_do_not_matter():
    table = scan_rows()
    once = calibrated(table).table
    order = np.random.default_rng(5).permutation(len(table))
    shuffled = calibrated(table.iloc[order].reset_index(drop=True)).table
    np.testing.assert_array_equal(once["p_value"], shuffled["p_value"])
    renamed = table.assign(site=table["site"].cat.rename_categories(lambda s: f"x{s}"))
    np.testing.assert_array_equal(once["p_value"], calibrated(renamed).table["p_value"])
    hundred = table.assign(**{region: 100 * table[region] for region in REGIONS})
    found = calibrated(hundred).table
    np.testing.assert_array_equal(once["p_value"], found["p_value"])
    np.testing.assert_allclose(found["ci_low"], 100 * once["ci_low"], rtol=1e-6)


def test_a_real_difference_is_found_and_the_naive_error_told():
    table = scan_rows(people=160)
    patient = (table["group"] == "patient").to_numpy()
    table["caudate"] += 2.0 * patient
    found = calibrated(table).table.set_index("region")
    assert found.loc["caudate", "p_value"] == pytest.approx(1 / 201)
    assert found.loc["caudate", "ci_low"] > 0
    plain = calibrated(table, formula="group + age").table
    assert plain["naive_error"].between(0.06, 0.2).all()  # 2Φ(−1.96 √(1 − 0.36)) = 0.117
    assert (plain["t_critical"] > 2.05).all()


@pytest.mark.parametrize("method", ["combat_no_eb", "location", "combat"])
def test_permutation_and_bootstrap_agree(method):
    table = scan_rows(people=120)
    found = [
        calibrated(table, CalibrationSettings(1500, 3, how), method=method).table
        for how in ("permutation", "bootstrap")
    ]
    np.testing.assert_allclose(found[0]["p_value"], found[1]["p_value"], atol=0.05)
    np.testing.assert_allclose(found[0]["t_critical"], found[1]["t_critical"], rtol=0.12)


def test_missing_cells_cost_their_own():
    table = scan_rows()
    table.loc[[3, 8, 21], "putamen"] = np.nan
    table.loc[[5], "age"] = np.nan
    found = calibrated(table).table
    assert (found["status"] == "ok").all()
    assert found["p_value"].between(0, 1).all()


def test_several_comparisons_each_have_their_own_null():
    table = scan_rows(people=120)
    third = np.arange(len(table)) % 5 == 0
    labels = np.where(third, "carrier", table["group"].astype(str))
    table["group"] = pd.Categorical(labels, ["control", "patient", "carrier"])
    patient = (table["group"] == "patient").to_numpy()
    table["caudate"] += 1.5 * patient
    question = group_question(table, pairwise="group")
    found = calibrated(table, question=question).table.set_index(["region", "comparison"])
    assert len(found) == 12
    p = found.loc["caudate", "p_value"]
    assert sorted(p < 0.05) == [False, True, True]


def test_what_varies_between_scanners_alone_is_not_calibrated():
    table = scan_rows()
    patient = (table["group"] == "patient").to_numpy()
    table["scanner"] = pd.Categorical(table["site"].astype(str) + np.where(patient, "/a", "/b"))
    found = calibrated(table).table
    assert found["status"].str.startswith("not answered: within sites, what is compared").all()
    assert found["p_value"].isna().all()


def test_time_is_bootstrapped_with_a_finding():
    table = scan_rows(visits=2)
    formula = "years + age + (1 | site) + (1 | participant_id)"
    question = group_question(table, slope={"years": 1})
    result = calibrated(table, formula=formula, question=question, preserve="years + age")
    assert (result.table["p_method"] == "bootstrap").all()
    assert [finding.check for finding in result.findings] == ["calibration_bootstrap"]


def test_spread_by_scanner_is_for_the_naive_p_alone():
    table = scan_rows()
    values, question = separate_values(table, REGIONS), group_question(table)
    at = (question, FORMULA, values, harmonisation(), FEW)
    common, by_scanner = (calibrate(*at, factor).table for factor in (None, "scanner"))
    np.testing.assert_array_equal(common["p_value"], by_scanner["p_value"])
    assert (common["p_naive"] != by_scanner["p_naive"]).all()


def test_draws_that_fail_are_told(monkeypatch):
    table = scan_rows()
    monkeypatch.setattr(
        comparison_calibration,
        "drawn_t",
        lambda _source, _chain, parts, _rng, n: [
            np.full((n, len(part.estimates)), np.nan) for part in parts
        ],
    )
    result = calibrated(table)
    assert (result.table["p_value"] == 1).all() and result.table["ci_low"].isna().all()
    assert {finding.check for finding in result.findings} == {"calibration_failed_draws"}


def pooled_rows(table):
    keys = [name for name in table.columns if name not in REGIONS]
    pooled = table.melt(id_vars=keys, var_name="region", value_name="value")
    return pooled.assign(region=pd.Categorical(pooled["region"], list(REGIONS))).dropna()


def test_joint_model():
    table = scan_rows()
    table.loc[4, "putamen"] = np.nan
    values = pooled_values(pooled_rows(table), "joint", "identity")
    question = group_question(values.fitted)
    formula = "group * region + age + (1 | participant_id) + (1 | site)"
    settings = CalibrationSettings(draws=60, seed=3)
    found = calibrate(question, formula, values, harmonisation(), settings).table
    assert found["region"].tolist() == list(REGIONS)
    assert (found["status"] == "ok").all() and (found["p_method"] == "permutation").all()
    one = "group + age + (1 | region) + (1 | participant_id) + (1 | site)"
    whole = calibrate(question, one, values, harmonisation(), settings).table
    assert whole["region"].tolist() == ["all regions"]
    assert 0 < whole["p_value"][0] <= 1
