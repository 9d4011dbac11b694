"""The design of repeated scans."""

import numpy as np
import pytest

from multipet.harmonisation.methods.longitudinal_design import longitudinal_design


@pytest.fixture
def scans():
    generator = np.random.default_rng(1)
    subject = np.repeat(np.arange(10), 3)
    batch = np.tile([0, 1, 1, 0, 1, 0], 5)
    columns = np.column_stack([generator.normal(60, 9, 30), np.tile([0.0, 1.0, 2.0], 10)])
    return generator.normal(2, 1, (30, 4)), batch, columns, ("age", "time"), subject


def test_regions_with_the_same_cells_share_a_model(scans):
    values, *rest = scans
    values[4, 1] = values[4, 3] = values[0, 2] = np.nan
    design = longitudinal_design(values, *rest)
    assert [tuple(pattern.regions) for pattern in design.patterns] == [(0,), (1, 3), (2,)]
    assert [len(pattern.rows) for pattern in design.patterns] == [30, 29, 29]
    assert design.reasons == {}
    assert design.n_subjects == 10


def test_a_region_whose_covariate_is_a_batch_has_a_reason(scans):
    values, batch, columns, names, subject = scans
    columns[:, 1] = batch
    columns[3, 1] = 5.0
    values[3, 2] = np.nan
    design = longitudinal_design(values, batch, columns, names, subject)
    assert design.reasons == {2: 'its 29 values do not tell "time" from the batches'}
    assert sorted(region for p in design.patterns for region in p.regions) == [0, 1, 3]
    assert (design.batches.n[:, 2] == 0).all()


def test_a_region_with_fewer_values_than_effects_has_a_reason(scans):
    values, *rest = scans
    values[4:, 0] = np.nan
    assert "only 4 complete rows" in longitudinal_design(values, *rest).reasons[0]


def test_levels_keep_the_order_of_their_codes(scans):
    values, batch, columns, names, subject = scans
    (pattern,) = longitudinal_design(values, batch, columns, names, subject + 5).patterns
    np.testing.assert_array_equal(pattern.subjects, np.arange(5, 15))
    np.testing.assert_array_equal(pattern.products.design.terms[0].index, subject)
