"""CovBat against ComBatFamily and sva, and what must not change it."""

import numpy as np
import pandas as pd
import pytest
from places import REFERENCE

from multipet.core.problems import UserError
from multipet.harmonisation.batch_design import batch_design
from multipet.harmonisation.batch_effects import (
    estimate_batch_effects,
    leave_reference,
    remove_batch_effects,
)
from multipet.harmonisation.batches import read_batches
from multipet.harmonisation.methods.combat import shrink_as_published, shrink_shift_and_scale
from multipet.harmonisation.methods.covbat import (
    align_covariance,
    estimate_alignment,
    shift_to_alignment,
)

COVARIATES = ("age", "sex", "group")


def read_inputs(name="cross_sectional", covariates=COVARIATES, regions=None):
    folder = "harmonisation" if name == "cross_sectional" else "covbat"
    table = pd.read_csv(REFERENCE / folder / f"{name}.csv")
    values = table.filter(regex=r"^r\d").to_numpy(float)[:, :regions]
    return values, read_batches(table, "site"), table[list(covariates)].to_numpy(float)


def harmonised(values, batches, columns, shrink=shrink_as_published, reference=None):
    """Values after CovBat, those after ComBat, and the residual SD."""
    design = batch_design(values, batches.codes, columns)
    effects = estimate_batch_effects(values, design, reference)
    adjustment = leave_reference(shrink(effects), reference)
    result = align_covariance(values, batches, columns, effects, adjustment, reference)
    combat = remove_batch_effects(values, batches.codes, columns, effects, adjustment)
    return result, combat, effects.pooled_sd


@pytest.mark.parametrize(
    ("inputs", "reference", "shrink", "expected"),
    [
        ({}, None, shrink_as_published, "covbat_ComBatFamily"),
        ({}, None, shrink_as_published, "covbat_sva"),
        ({}, None, shrink_shift_and_scale, "covbat_sva_converged"),
        ({"covariates": ()}, None, shrink_as_published, "no_covariates_sva"),
        ({}, 0, shrink_as_published, "reference_A_sva"),
        ({"regions": 2}, None, shrink_as_published, "two_regions_sva"),
        ({"name": "many_regions", "covariates": ["age"]}, None, None, "many_regions_sva"),
    ],
)
def test_values_equal_the_reference(inputs, reference, shrink, expected):
    values, batches, columns = read_inputs(**inputs)
    shrink = shrink or shrink_as_published
    result, _, sd = harmonised(values, batches, columns, shrink, reference)
    numbers = pd.read_csv(REFERENCE / "covbat" / f"expected_{expected}.csv").to_numpy(float)
    assert (abs(result - numbers) / sd).max() < 1e-10


def test_the_end_of_the_published_iteration_is_near_the_solution():
    values, batches, columns = read_inputs()
    published, _, sd = harmonised(values, batches, columns)
    solved = harmonised(values, batches, columns, shrink_shift_and_scale)[0]
    assert 1e-7 < (abs(published - solved) / sd).max() < 1e-5


def test_row_order_labels_and_unit_change_nothing():
    values, batches, columns = read_inputs()
    result, _, sd = harmonised(values, batches, columns)
    order = np.random.default_rng(4).permutation(len(values))
    sites = pd.DataFrame({"site": [f"x{9 - code}" for code in batches.codes[order]]})
    moved = harmonised(100 * values[order], read_batches(sites, "site"), columns[order])[0]
    assert (abs(moved / 100 - result[order]) / sd).max() < 1e-9


def test_covariances_come_together():
    values, batches, columns = read_inputs("many_regions", ["age"], 12)
    result, combat, _ = harmonised(values, batches, columns)

    def spread_over_batches(data):
        each = [np.cov(data[batches.codes == code].T) for code in range(5)]
        return np.linalg.norm(np.std(each, axis=0))

    assert spread_over_batches(result) < 0.9 * spread_over_batches(combat)


def test_a_reference_batch_stays_exactly_as_it_is():
    values, batches, columns = read_inputs()
    result = harmonised(values, batches, columns, reference=1)[0]
    stays = batches.codes == 1
    np.testing.assert_array_equal(result[stays], values[stays])
    assert not np.isclose(result[~stays], values[~stays]).any(axis=1).all()


def test_a_missing_cell_costs_itself():
    values, batches, columns = read_inputs()
    whole, combat, sd = harmonised(values, batches, columns)
    gone = values.copy()
    gone[17, 3] = np.nan
    result, combat_gone, _ = harmonised(gone, batches, columns)
    np.testing.assert_array_equal(np.isnan(result), np.isnan(gone))
    # the rest moves as little as if one scan of its batch of 21 were away
    assert np.sqrt(np.nanmean(((result - whole) / sd) ** 2)) < 0.04
    assert np.nanmax(abs(combat_gone - combat) / sd) < 0.1


def test_the_other_cells_of_an_incomplete_scan_are_aligned_nearly_as_if_it_were_complete():
    values, batches, columns = read_inputs("many_regions", ["age"], 12)
    design = batch_design(values, batches.codes, columns)
    effects = estimate_batch_effects(values, design)
    adjustment = shrink_as_published(effects)
    combat = remove_batch_effects(values, batches.codes, columns, effects, adjustment)
    residuals = combat - effects.grand_mean - columns @ effects.coefficients
    alignment = estimate_alignment(residuals, batches)
    complete = shift_to_alignment(residuals, batches.codes, alignment)
    holes = residuals.copy()
    holes[:, 5] = np.nan
    filled = shift_to_alignment(holes, batches.codes, alignment)
    others = np.delete(np.arange(12), 5)
    wrong = np.sqrt(((filled - complete)[:, others] ** 2).mean())
    assert np.isnan(filled[:, 5]).all()
    assert wrong < 0.35 * np.sqrt((complete[:, others] ** 2).mean())


def test_a_region_without_any_value_takes_no_part():
    values, batches, columns = read_inputs()
    gone = np.insert(values, 5, np.nan, axis=1)
    result = harmonised(gone, batches, columns)[0]
    assert np.isnan(result[:, 5]).all()
    expected = harmonised(values, batches, columns)[0]
    np.testing.assert_allclose(np.delete(result, 5, axis=1), expected, rtol=1e-9)


def test_a_batch_without_two_complete_scans_is_refused_with_its_regions():
    values, batches, columns = read_inputs()
    values[batches.codes == 2, 7] = np.nan
    values[4, 1] = np.nan
    names = [f"region {k}" for k in range(20)]
    design = batch_design(values, batches.codes, columns)
    effects = estimate_batch_effects(values, design)
    with pytest.raises(UserError) as refused:
        align_covariance(
            values, batches, columns, effects, shrink_as_published(effects), regions=names
        )
    (problem,) = refused.value.problems
    n = (batches.codes == 2).sum()
    assert 'batch "C" has 0' in problem.message
    assert f'"region 7" (missing in {n}), "region 1" (missing in 1)' in problem.hint


def test_fewer_steps_than_the_solution_needs_settle():
    values, batches, columns = read_inputs()
    effects = estimate_batch_effects(values, batch_design(values, batches.codes, columns))
    adjustment = shrink_as_published(effects)
    solved = shrink_shift_and_scale(effects)
    assert adjustment.converged.all()
    assert 0 < abs(adjustment.variance - solved.variance).max() < 1e-4
