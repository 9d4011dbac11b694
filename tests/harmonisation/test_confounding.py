"""Which covariates the batches determine."""

import numpy as np
import pytest

from multipet.harmonisation.guards import centred_within, determined_columns

CODES = np.repeat([0, 1, 2], 4)


@pytest.fixture
def free() -> np.ndarray:
    return np.random.default_rng(6).normal(size=(12, 2))


def test_independent_columns_are_free(free):
    assert determined_columns(free, CODES) == []


@pytest.mark.parametrize("unit", [1e-8, 1.0, 1e8])
def test_finds_nested_and_aliased_columns_in_any_unit(free, unit):
    nested = 3.0 * CODES
    alias = 2 * free[:, 1] - nested
    columns = unit * np.column_stack([free, nested, alias])
    assert determined_columns(columns, CODES) == [(2, ()), (3, (1,))]


def test_constant_and_zero_columns_are_nested(free):
    columns = np.column_stack([np.ones(12), np.zeros(12), free])
    assert determined_columns(columns, CODES) == [(0, ()), (1, ())]


def test_far_origin_is_no_confounding(free):
    years = 2000 + free[:, :1]
    assert determined_columns(years, CODES) == []


def test_centred_columns_have_no_batch_mean(free):
    centred = centred_within(free, CODES)
    assert abs(np.add.reduceat(centred, [0, 4, 8])).max() < 1e-14
