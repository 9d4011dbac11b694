"""Permuted residuals."""

import numpy as np
import pytest
from calibration_cases import REGIONS, scan_rows

from multipet.calibration.blocks import exchangeable_blocks
from multipet.calibration.permutation import PermutationDraws, first_return, permuted
from multipet.calibration.reduced_model import ReducedModel


def model_of(table, missing=()):
    rng = np.random.default_rng(2)
    residual = rng.normal(size=(len(table), len(REGIONS)))
    for cell in missing:
        residual[cell] = np.nan
    fitted = np.where(np.isnan(residual), 7.0, 10.0 + np.arange(len(table))[:, None])
    return ReducedModel(fitted, residual, np.zeros_like(residual))


def test_donors_are_of_the_same_kind_and_every_one_once():
    kind = np.array([2, 0, 0, 1, 2, 2, 0])
    donors = permuted(kind, np.random.default_rng(1).random((50, 7)))
    assert (kind[donors] == kind).all()
    assert (np.sort(donors, axis=1) == np.arange(7)).all()
    assert len(np.unique(donors, axis=0)) > 20


def test_permutations_are_even():
    donors = permuted(np.zeros(4, dtype=int), np.random.default_rng(1).random((24_000, 4)))
    counts = np.unique(donors, axis=0, return_counts=True)[1]
    assert len(counts) == 24
    assert ((counts - 1000) ** 2 / 1000).sum() < 45  # chi² with 23 df, p = 0.004


def test_first_return_is_an_even_permutation_within_the_finer_kinds():
    donors = permuted(np.zeros(5, dtype=int), np.random.default_rng(1).random((12_000, 5)))
    kind = np.array([0, 1, 0, 0, 1])
    own = first_return(donors, kind)
    assert (kind[own] == kind).all()
    counts = np.unique(own[:, [0, 2, 3]], axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert ((counts - 2000) ** 2 / 2000).sum() < 17  # 5 df, p = 0.005
    kept = kind[donors] == kind
    assert (own[kept] == donors[kept]).all()


@pytest.mark.parametrize("visits", [1, 2])
def test_residuals_stay_in_their_stratum_and_together(visits):
    table = scan_rows(visits=visits)
    model, blocks = model_of(table), exchangeable_blocks(table, ["site"])
    sheets = PermutationDraws(model, blocks).sheets(np.random.default_rng(3), 20)
    drawn = sheets - model.fitted
    for site in table["site"].cat.categories:
        rows = (table["site"] == site).to_numpy()
        for draw in drawn:
            np.testing.assert_allclose(
                np.sort(draw[rows], axis=0), np.sort(model.residual[rows], axis=0), atol=1e-12
            )
    first = model.residual[:, 0]
    source = np.abs(drawn[:, :, :1] - first).argmin(axis=2)
    np.testing.assert_allclose(model.residual[source], drawn, atol=1e-12)  # all regions together
    people = blocks.subject[source].reshape(len(drawn), -1, visits)
    assert (people == people[:, :, :1]).all()


def test_missing_cells_stay_and_other_regions_do_not_notice():
    table = scan_rows()
    blocks = exchangeable_blocks(table, ["site"])
    whole = model_of(table)
    some = model_of(table, [(0, 1), (4, 1), (8, 2)])
    once = PermutationDraws(whole, blocks).sheets(np.random.default_rng(3), 30)
    again = PermutationDraws(some, blocks).sheets(np.random.default_rng(3), 30)
    np.testing.assert_array_equal(once[:, :, [0, 3]], again[:, :, [0, 3]])
    assert (again[:, [0, 4], 1] == 7.0).all() and (again[:, 8, 2] == 7.0).all()
    known = ~np.isnan(some.residual[:, 1])
    drawn = (again - some.fitted)[:, known, 1]
    assert np.allclose(np.sort(drawn, axis=1), np.sort(some.residual[known, 1]))
    # the same permutation wherever it can be
    same = np.isclose((once - whole.fitted)[:, known, 1], drawn)
    assert same.mean() > 0.9


def test_chunks_change_nothing():
    table = scan_rows()
    draws = PermutationDraws(model_of(table), exchangeable_blocks(table, ["site"]))
    once = draws.sheets(np.random.default_rng(3), 9)
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(once, np.concatenate([draws.sheets(rng, k) for k in (2, 6, 1)]))
