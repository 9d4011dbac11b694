"""The factored design of batches and covariates."""

import numpy as np
import pytest

from multipet.harmonisation.batch_design import batch_design, missing_patterns
from multipet.harmonisation.batch_effects import estimate_batch_effects


def test_missing_patterns_group_regions_by_their_rows():
    values = np.array([[1.0, np.nan, 1.0, np.nan], [2.0, 1.0, 2.0, np.nan]])
    patterns = [
        (rows.tolist(), regions.tolist()) for rows, regions in missing_patterns(~np.isnan(values))
    ]
    assert patterns == [([True, True], [0, 2]), ([False, True], [1])]


def test_basis_is_orthonormal_and_rebuilds_the_covariates():
    rng = np.random.default_rng(4)
    batch, covariates = rng.integers(0, 3, 50), rng.normal(1000, 1, (50, 2))
    design = batch_design(np.zeros((50, 4)), batch, covariates)
    np.testing.assert_allclose(design.basis.T @ design.basis, np.eye(2), atol=1e-14)
    rebuilt = design.basis @ design.root + design.covariate_means[batch]
    np.testing.assert_allclose(rebuilt, covariates, atol=1e-10)
    assert design.present is None
    assert design.n.tolist() == [[n] * 4 for n in design.scans]


@pytest.mark.parametrize("origin", [0.0, 1e5])
def test_equals_plain_least_squares_with_missing_cells(origin):
    rng = np.random.default_rng(5)
    batch, covariates = rng.integers(0, 3, 60), origin + rng.normal(size=(60, 3))
    values = origin + rng.normal(size=(60, 5)) + covariates[:, :1]
    values[rng.random(values.shape) < 0.2] = np.nan
    values[batch == 1, 2] = np.nan
    effects = estimate_batch_effects(values, batch_design(values, batch, covariates))
    for region in range(5):
        rows = ~np.isnan(values[:, region])
        seen = np.unique(batch[rows])
        columns = np.hstack([np.eye(3)[batch[rows]][:, seen], covariates[rows] - origin])
        solved, (squares,), *_ = np.linalg.lstsq(columns, values[rows, region])
        np.testing.assert_allclose(
            effects.coefficients[:, region], solved[len(seen) :], rtol=1e-9, atol=1e-10
        )
        assert effects.pooled_sd[region] == pytest.approx(np.sqrt(squares / rows.sum()), rel=1e-10)
        between = effects.shift[seen, region] * effects.pooled_sd[region]
        np.testing.assert_allclose(np.diff(between), np.diff(solved[: len(seen)]), atol=1e-9)


def test_no_covariate_is_no_special_case():
    batch = np.repeat([0, 1], 3)
    values = np.array([[1.0, 2, 3, 11, 12, 13]]).T
    effects = estimate_batch_effects(values, batch_design(values, batch, np.empty((6, 0))))
    assert effects.coefficients.shape == (0, 1)
    assert effects.grand_mean.tolist() == [7.0]
    np.testing.assert_allclose(effects.shift * effects.pooled_sd, [[-5.0], [5.0]])
