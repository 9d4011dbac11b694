"""The predicted error against its closed form and its limits."""

import numpy as np
import pytest

from multipet.analysis.naive_error import naive_error, partial_r_squared, type_one_error


def group_by_batch(shares: list[float], n: int = 100) -> tuple[np.ndarray, list[str]]:
    group = np.concatenate([np.arange(n) < round(share * n) for share in shares]).astype(float)
    return group, [str(k) for k in range(len(shares)) for _ in range(n)]


def test_is_nominal_where_batches_are_balanced():
    assert naive_error(*group_by_batch([0.5, 0.5, 0.5, 0.5])) == pytest.approx(0.05, abs=1e-12)
    assert naive_error(*group_by_batch([0.5, 0.5]), alpha=0.01) == pytest.approx(0.01, abs=1e-12)


@pytest.mark.parametrize(("share", "expected"), [(0.8, 0.117), (0.95, 0.393)])
def test_unbalanced_batches_cost_what_the_formula_says(share, expected):
    group, batch = group_by_batch([share, 1 - share, share, 1 - share])
    assert partial_r_squared(group, batch) == pytest.approx((2 * share - 1) ** 2, abs=1e-12)
    assert naive_error(group, batch) == pytest.approx(expected, abs=1e-3)


def test_is_one_where_the_contrast_is_nested():
    assert naive_error(*group_by_batch([1.0, 0.0])) == pytest.approx(1.0, abs=1e-6)


def test_other_columns_take_their_share():
    rng = np.random.default_rng(4)
    batch = rng.integers(0, 3, 300)
    other = batch + rng.normal(size=300)
    covariate = other + rng.normal(size=300)
    alone = partial_r_squared(covariate, batch)
    beside = partial_r_squared(covariate, batch, other[:, None])
    member = np.eye(3)[batch]

    def squares(columns):
        return np.linalg.lstsq(columns, covariate)[1][0]

    null = squares(np.column_stack([np.ones(300), other]))
    assert beside == pytest.approx(1 - squares(np.column_stack([member, other])) / null)
    assert beside < alone


def test_refuses_a_covariate_without_variance():
    with pytest.raises(ValueError, match="does not vary"):
        naive_error(np.ones(10), ["a", "b"] * 5)


@pytest.mark.parametrize(("share", "error"), [(0.0, 0.05), (0.75, 0.3271), (1.0, 1.0)])
def test_type_one_error_of_a_share(share, error):
    assert type_one_error(share) == pytest.approx(error, abs=1e-4)
