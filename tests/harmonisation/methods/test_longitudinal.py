"""Longitudinal ComBat against lmer and longCombat, and what must not change it."""

import numpy as np
import pandas as pd
import places
import pytest
from pandas.api.types import is_numeric_dtype

from multipet.core.problems import UserError
from multipet.harmonisation.batch_effects import as_estimated
from multipet.harmonisation.batches import read_batches
from multipet.harmonisation.methods.longitudinal_combat import (
    apply_longitudinal,
    harmonise_longitudinal,
    harmonise_with,
)

REFERENCE = places.REFERENCE / "longitudinal"


def read_scans(name):
    return pd.read_csv(REFERENCE / f"{name}.csv", dtype={"id": str})


def read_columns(table, preserve):
    """Columns of the covariates, spelt out."""
    if not preserve:
        return np.empty((len(table), 0))
    group = table["group"].to_numpy()
    if not is_numeric_dtype(table["group"]):
        group = group == "patient"
    group = group.astype(float)
    if not is_numeric_dtype(table["time"]):
        times = [(table["time"] == level).to_numpy(float) for level in ("second", "third")]
        return np.column_stack([group, *times, *(group * time for time in times)])
    time = table["time"].to_numpy(float)
    return np.column_stack([table["age"], group, time, group * time])


def inputs(table, batch, preserve=True):
    columns = read_columns(table, preserve)
    names = [f"column {k}" for k in range(columns.shape[1])]
    subjects = pd.factorize(table["id"])[0]
    values = table.filter(regex=r"^r\d").to_numpy(float)
    return values, read_batches(table, batch), columns, names, subjects


def difference(result, expected):
    """Largest difference in residual SD; the same cells must be missing."""
    np.testing.assert_array_equal(np.isnan(result.harmonised), np.isnan(expected))
    return np.nanmax(abs(result.harmonised - expected) / result.effects.pooled_sd)


@pytest.mark.parametrize(
    ("table", "batch", "preserve", "variance", "reference", "expected"),
    [
        ("longitudinal", "site", True, "reml", None, "longitudinal_reml_longCombat"),
        ("longitudinal", "site", True, "msr", None, "longitudinal_msr_longCombat"),
        ("longitudinal", "site", True, "reml", None, "reml_lmer"),
        ("longitudinal", "site", True, "msr", None, "msr_lmer"),
        ("longitudinal", "site", True, "msr", 2, "reference_C_lmer"),
        ("unbalanced", "batch", True, "reml", None, "unbalanced_reml_lmer"),
        ("unbalanced", "batch", True, "msr", None, "unbalanced_msr_lmer"),
        ("unbalanced", "batch", False, "reml", None, "unbalanced_nothing_preserved_lmer"),
        ("settled", "batch", True, "reml", None, "settled_reml_lmer"),
    ],
)
def test_values_equal_the_reference(table, batch, preserve, variance, reference, expected):
    given = inputs(read_scans(table), batch, preserve)
    result = harmonise_longitudinal(*given, variance, reference)
    numbers = pd.read_csv(REFERENCE / f"expected_{expected}.csv").filter(regex=r"^r\d")
    # what is left is lmer's search for θ
    assert difference(result, numbers.to_numpy(float)) < 1e-6


@pytest.fixture
def unbalanced():
    return inputs(read_scans("unbalanced"), "batch")


def test_row_order_changes_nothing(unbalanced):
    table = read_scans("unbalanced")
    order = np.random.default_rng(3).permutation(len(table))
    result = harmonise_longitudinal(*inputs(table.iloc[order].reset_index(drop=True), "batch"))
    expected = harmonise_longitudinal(*unbalanced).harmonised[order]
    assert difference(result, expected) < 1e-7


def test_names_of_batches_and_subjects_change_nothing(unbalanced):
    table = read_scans("unbalanced")
    table["batch"] = table["batch"].map({f"b{k}": str(9 - k) for k in range(1, 9)})
    table["id"] = table["id"].str[::-1]
    table = table.assign(id=table["id"].where(table["id"] != "100p", "1 + (x | y)"))
    values, batches, columns, names, _ = inputs(table, "batch")
    subjects = pd.factorize(table["id"], sort=True)[0]
    result = harmonise_longitudinal(values, batches, columns, names, subjects)
    assert difference(result, harmonise_longitudinal(*unbalanced).harmonised) < 1e-7


def test_the_unit_of_values_and_covariates_changes_nothing(unbalanced):
    values, batches, columns, names, subjects = unbalanced
    moved = columns * [1e-3, 1, 1e4, 1e4] + [1e4, 0, 0, 0]
    result = harmonise_longitudinal(values * 100, batches, moved, names, subjects)
    expected = harmonise_longitudinal(*unbalanced).harmonised * 100
    assert difference(result, expected) < 1e-6


@pytest.mark.parametrize("variance", ["reml", "msr"])
def test_a_missing_cell_costs_itself(unbalanced, variance):
    values, *rest = unbalanced
    gone = values.copy()
    gone[7, 2] = np.nan
    # without shrinkage a region knows nothing of the others
    before = harmonise_longitudinal(values, *rest, variance, shrink=as_estimated).harmonised
    after = harmonise_longitudinal(gone, *rest, variance, shrink=as_estimated).harmonised
    others = np.delete(np.arange(values.shape[1]), 2)
    np.testing.assert_allclose(after[:, others], before[:, others], rtol=1e-9)
    np.testing.assert_array_equal(np.isnan(after), np.isnan(gone))
    assert np.nanmax(abs(after - before)) < 0.1


def test_the_reference_batch_stays_exactly_as_it_is(unbalanced):
    values, batches, *rest = unbalanced
    result = harmonise_longitudinal(values, batches, *rest, reference=4)
    of_reference = batches.codes == 4
    np.testing.assert_array_equal(result.harmonised[of_reference], values[of_reference])
    assert np.nanmax(abs(result.harmonised - values)[~of_reference]) > 0.1


def test_without_shrinkage_reml_widens_the_residuals_of_msr_and_no_more(unbalanced):
    columns = unbalanced[2]
    reml = harmonise_longitudinal(*unbalanced, "reml", shrink=as_estimated)
    msr = harmonise_longitudinal(*unbalanced, "msr", shrink=as_estimated)

    def residuals(result):
        levels = result.subjects.effects[result.design.subject]
        effects = result.effects
        return result.harmonised - levels - effects.grand_mean - columns @ effects.coefficients

    wider = reml.effects.pooled_sd / msr.effects.pooled_sd
    assert (wider > 1).all()
    np.testing.assert_allclose(residuals(reml), residuals(msr) * wider, atol=1e-9)


def test_levels_of_subjects_stay_and_batches_go():
    table = read_scans("longitudinal")
    given = inputs(table, "site")
    result = harmonise_longitudinal(*given)
    again = harmonise_longitudinal(result.harmonised, *given[1:])
    before = np.abs(result.effects.shift).mean()
    assert np.abs(again.effects.shift).mean() < 0.05 * before
    levels = [r.subjects.effects.ravel() for r in (result, again)]
    assert np.corrcoef(*levels)[0, 1] > 0.99


def test_draws_are_harmonised_each_for_itself(unbalanced):
    values, *rest = unbalanced
    design = harmonise_longitudinal(*unbalanced).design
    noise = np.random.default_rng(5).normal(0, 0.05, (2, 3, *values.shape))
    draws = harmonise_with(design, values + noise)
    assert draws.harmonised.shape == noise.shape
    assert draws.adjustment.shift.shape == (2, 3, 8, 8)
    alone = harmonise_longitudinal(values + noise[1, 2], *rest)
    np.testing.assert_allclose(draws.harmonised[1, 2], alone.harmonised, rtol=1e-9)


def test_saved_parameters_give_the_same_values(unbalanced):
    values, batches, columns, _, subjects = unbalanced
    result = harmonise_longitudinal(*unbalanced)
    sds = (result.subjects.subject_sd, result.subjects.residual_sd)
    at = (result.effects, result.adjustment, *sds)
    applied = apply_longitudinal(values, batches.codes, columns, subjects, *at)
    np.testing.assert_allclose(applied, result.harmonised, rtol=1e-9)
    one = subjects == subjects[0]
    some = apply_longitudinal(
        values[one], batches.codes[one], columns[one], np.zeros(one.sum(), int), *at
    )
    np.testing.assert_allclose(some, result.harmonised[one], rtol=1e-9)


def test_people_with_one_scan_each_are_refused(unbalanced):
    values, batches, columns, names, subjects = unbalanced
    with pytest.raises(UserError, match="no subject has two scans"):
        harmonise_longitudinal(values, batches, columns, names, np.arange(len(subjects)))
    with pytest.raises(UserError, match="one subject only"):
        harmonise_longitudinal(values, batches, columns, names, 0 * subjects)


def test_a_region_without_a_fit_is_missing_and_the_others_go_on(unbalanced):
    values, *rest = unbalanced
    subjects = rest[-1]
    spoilt = values.copy()
    repeated = np.ones(len(subjects), bool)
    repeated[np.unique(subjects, return_index=True)[1]] = False
    spoilt[repeated, 0] = np.nan
    spoilt[:, 1] = subjects
    result = harmonise_longitudinal(spoilt, *rest)
    assert np.isnan(result.harmonised[:, :2]).all()
    np.testing.assert_array_equal(np.isnan(result.harmonised[:, 2:]), np.isnan(values[:, 2:]))
    assert "no subject has two" in result.design.reasons[0]
    expected = harmonise_longitudinal(values[:, 2:], *rest)
    np.testing.assert_allclose(result.harmonised[:, 2:], expected.harmonised, rtol=1e-9)
