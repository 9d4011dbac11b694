"""Principal components and scores."""

import numpy as np
import pytest

from multipet.harmonisation.methods.covbat import principal_components, scores


@pytest.fixture
def residuals():
    generator = np.random.default_rng(6)
    mixing = generator.normal(0, 1, (5, 9))
    return generator.normal(0, 1, (150, 5)) @ mixing + generator.normal(0, 0.2, (150, 9)) + 3


EVERY = np.ones(9, bool)


def test_components_are_those_of_the_correlation_matrix(residuals):
    found = principal_components(residuals, EVERY)
    values, axes = np.linalg.eigh(np.corrcoef(residuals.T))
    k = len(found.variance)
    np.testing.assert_allclose(found.variance, values[::-1][:k], rtol=1e-10)
    np.testing.assert_allclose(abs(found.loadings @ axes[:, ::-1][:, :k]), np.eye(k), atol=1e-8)
    assert values[::-1][:k].sum() / 9 > 0.95 >= values[::-1][: k - 1].sum() / 9
    assert found.left == pytest.approx(values[: 9 - k].mean())


def test_scores_have_the_variances_of_the_components(residuals):
    found = principal_components(residuals, EVERY)
    covariance = np.cov(scores(residuals, found).T)
    np.testing.assert_allclose(covariance, np.diag(found.variance), atol=1e-10)


def test_a_region_out_of_use_has_no_loading(residuals):
    used = np.arange(9) != 4
    part = principal_components(residuals[:, used], used[used])
    residuals[:, 4] = np.nan
    found = principal_components(residuals, used)
    np.testing.assert_array_equal(found.loadings[:, 4], 0)
    assert found.left == pytest.approx(part.left)
    np.testing.assert_allclose(scores(residuals, found), scores(residuals[:, used], part))


def test_missing_cells_count_as_the_normal_distribution_expects_them(residuals):
    found = principal_components(residuals, EVERY)
    holes = residuals.copy()
    holes[0, [2, 6]] = np.nan
    standard = (residuals[0] - found.centre) / found.scale
    covariance = found.loadings.T @ np.diag(found.variance) @ found.loadings
    covariance += found.left * np.eye(9)
    known = np.array([0, 1, 3, 4, 5, 7, 8])
    inverse = np.linalg.inv(covariance[np.ix_(known, known)])
    standard[[2, 6]] = covariance[np.ix_([2, 6], known)] @ inverse @ standard[known]
    np.testing.assert_allclose(scores(holes, found)[0], found.loadings @ standard, atol=1e-9)
    np.testing.assert_allclose(scores(holes, found)[1:], scores(residuals, found)[1:])


def test_fewer_scans_than_regions_have_fewer_components(residuals):
    found = principal_components(residuals[:6], EVERY)
    assert len(found.variance) <= 5
    assert np.isfinite(found.loadings).all()


def test_one_region_is_one_component(residuals):
    found = principal_components(residuals[:, :1], EVERY[:1])
    np.testing.assert_allclose(found.variance, [1.0])
    assert found.left == 0
