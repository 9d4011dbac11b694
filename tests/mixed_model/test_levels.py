"""Groups of levels and sums over them."""

import numpy as np
from scipy import sparse

from multipet.mixed_model.elimination.levels import group_levels


def test_levels_with_as_many_rows_form_a_group() -> None:
    index = np.array([0, 0, 1, 2, 2, 3, 4, 4, 4])
    groups = group_levels(np.ones((9, 1)), index, 5)
    assert groups.squares.ravel().tolist() == [1, 2, 3]
    assert groups.sizes.tolist() == [2, 2, 1]
    assert groups.index.tolist() == [1, 0, 1, 0, 2]


def test_sums_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(2)
    Z = rng.integers(0, 2, (40, 2)).astype(float)
    groups = group_levels(Z, np.arange(40) % 10, 10)
    left, right = rng.normal(size=(2, 20, 3))
    expected = np.zeros((len(groups.sizes), 2, 2, 3, 3))
    squared = np.zeros((1, len(groups.sizes), 2, 2))
    for j, g in enumerate(groups.index):
        rows = slice(2 * j, 2 * j + 2)
        expected[g] += np.einsum("am,bn->abmn", left[rows], right[rows])
        squared[0, g] += np.outer(left[rows, 0], left[rows, 0])
    by_pair = [expected[:, 0, 0], expected[:, 0, 1] + expected[:, 1, 0], expected[:, 1, 1]]
    for other in (right, sparse.csr_array(right)):
        sums = groups.sums(sparse.csr_array(left), other)
        np.testing.assert_allclose(sums, by_pair, atol=1e-12)
    by_pair = [squared[:, :, 0, 0], 2 * squared[:, :, 0, 1], squared[:, :, 1, 1]]
    found = groups.squared(left[:, 0].reshape(1, 10, 2))
    np.testing.assert_allclose(found, np.stack(by_pair, axis=1), atol=1e-12)
