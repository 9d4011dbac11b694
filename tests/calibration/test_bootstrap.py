"""Residuals drawn from the raw values' model."""

import numpy as np
import pytest
from calibration_cases import REGIONS, scan_rows

from multipet.calibration.blocks import exchangeable_blocks
from multipet.calibration.bootstrap import BootstrapDraws, stratum_sds, subject_and_scan_covariance
from multipet.calibration.reduced_model import ReducedModel


def model_of(table, residual):
    leverage = np.where(np.isnan(residual), np.nan, 1 / 20)
    return ReducedModel(np.where(np.isnan(residual), 3.0, 5.0), residual, leverage)


def simulated(people=3000, visits=2, seed=1):
    """What the subjects share has twice the variance, and regions 0 and 1 go together."""
    rng = np.random.default_rng(seed)
    table = scan_rows(people=people, visits=visits)
    root = np.linalg.cholesky(np.eye(4) + 0.7 * (np.eye(4)[[1, 0, 2, 3]] - np.diag([0, 0, 1, 1])))
    subject = np.sqrt(2) * rng.normal(size=(people, 4)) @ root.T
    scan = rng.normal(size=(people * visits, 4))
    sd = np.array([0.5, 1.0, 1.0, 2.0])[table["site"].cat.codes]
    return table, sd[:, None] * (subject[np.arange(len(table)) // visits] + scan)


def test_draws_have_the_spread_and_correlations_of_the_data():
    table, residual = simulated()
    blocks = exchangeable_blocks(table, ["site"])
    drawn = BootstrapDraws(model_of(table, residual), blocks).sheets(np.random.default_rng(2), 1)
    drawn = drawn[0] - 5.0
    for values in (residual, drawn):
        by_site = [values[table["site"] == s].std() for s in table["site"].cat.categories]
        np.testing.assert_allclose(by_site, np.sqrt(3) * np.array([0.5, 1, 1, 2]), rtol=0.06)
        scaled = values / np.array([0.5, 1.0, 1.0, 2.0])[table["site"].cat.codes][:, None]
        first, second = scaled[::2], scaled[1::2]
        shared = (first.T @ second) / len(first)
        np.testing.assert_allclose(np.diag(shared), 2, rtol=0.12)
        assert shared[0, 1] == pytest.approx(1.4, abs=0.15)
        assert abs(shared[2, 3]) < 0.15


def test_covariances_sum_to_that_of_a_scan():
    residuals = np.random.default_rng(1).normal(size=(60, 3))
    person = np.arange(60) // 2
    shared, own = subject_and_scan_covariance(residuals, person)
    np.testing.assert_allclose(shared + own, residuals.T @ residuals / 60)
    shared, own = subject_and_scan_covariance(residuals, np.arange(60))
    assert (shared == 0).all()


def test_missing_cells_stay_as_they_are():
    table, residual = simulated(people=100)
    residual[[3, 9], 1] = np.nan
    blocks = exchangeable_blocks(table, ["site"])
    drawn = BootstrapDraws(model_of(table, residual), blocks).sheets(np.random.default_rng(2), 5)
    assert (drawn[:, [3, 9], 1] == 3.0).all()
    assert np.isfinite(drawn).all()


def test_a_tiny_stratum_borrows_its_spread():
    table, residual = simulated(people=100, visits=1)
    stratum = np.zeros(100, dtype=int)
    stratum[:3] = 1
    residual[:3] *= 1e-6
    sds = stratum_sds(model_of(table, residual), stratum)
    np.testing.assert_allclose(sds[0], sds[50], rtol=0.1)


def test_chunks_change_nothing():
    table, residual = simulated(people=40)
    draws = BootstrapDraws(model_of(table, residual), exchangeable_blocks(table, ["site"]))
    once = draws.sheets(np.random.default_rng(3), 7)
    rng = np.random.default_rng(3)
    parts = np.concatenate([draws.sheets(rng, k) for k in (3, 4)])
    np.testing.assert_allclose(once, parts, rtol=1e-12)
    assert len(REGIONS) == once.shape[2]
