"""Against the dense inverse, which the module never forms."""

import numpy as np
import pytest

from multipet.inference.scaled_precision import ScaledPrecision
from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model.design import RandomTerm

N = 40


class SmallDesign:
    """As much of a design as the random part needs."""

    def __init__(self, terms, X):
        self.terms, self.X = tuple(terms), X


def term(rng, factor, n_levels, k, correlated=True):
    index = np.concatenate([np.arange(n_levels), rng.integers(0, n_levels, N - n_levels)])
    Z = np.column_stack([np.ones(N), rng.normal(3, 2, (N, k - 1))]) if k > 1 else np.ones((N, 1))
    names = tuple(f"e{i}" for i in range(k))
    return RandomTerm(
        factor, names, tuple(map(str, range(n_levels))), index, Z, correlated and k > 1
    )


def same_factor(rng, other):
    return RandomTerm(
        other.factor, ("x",), other.levels, other.index, rng.normal(size=(N, 1)), False
    )


def designs():
    rng = np.random.default_rng(3)
    subject = term(rng, "subject", 12, 1)
    slopes = term(rng, "subject", 12, 2)
    site = term(rng, "site", 4, 2)
    yield "one factor", [subject]
    yield "crossed, slopes in both", [slopes, site]
    yield "two terms of the absorbed factor", [subject, same_factor(rng, subject), site]
    yield "absorbed factor last", [site, term(rng, "scanner", 6, 1), slopes]
    yield "no slope covariance", [term(rng, "subject", 12, 2, correlated=False), site]


@pytest.fixture(params=list(designs()), ids=lambda case: case[0])
def dense(request):
    """The module's object beside Z, H and the G of each parameter."""
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    structure = VarianceStructure(SmallDesign(request.param[1], X))
    factors = []
    for one in request.param[1]:
        factor = np.tril(rng.normal(size=(len(one.effects),) * 2))
        factors.append(factor if one.correlated else np.diag(np.diag(factor)))
    Z = [structure.columns(a).toarray() for a in range(len(structure.effects))]
    V = np.eye(N)
    H = ScaledPrecision(structure, factors)
    G = {}
    for a, b in structure.parameters:
        G[a, b] = Z[a] @ Z[b].T if a == b else Z[a] @ Z[b].T + Z[b] @ Z[a].T
        V += H.relative_variance((a, b)) * G[a, b]
    return H, structure, Z, np.linalg.inv(V), G


def test_variance_is_rebuilt_from_its_parameters(dense):
    H, _, _, inverse, _ = dense
    assert H.log_determinant == pytest.approx(-np.linalg.slogdet(inverse)[1])


def test_products_with_columns(dense):
    H, structure, Z, inverse, _ = dense
    X, _ = structure.basis
    assert H.inner(structure.fixed, np.eye(3), structure.fixed) == pytest.approx(X.T @ inverse @ X)
    for ours, block in zip(H.random_part(structure.fixed), Z, strict=True):
        assert ours == pytest.approx(block.T @ inverse @ X, abs=1e-10)


def test_products_with_random_effects(dense):
    H, _, Z, inverse, _ = dense
    rng = np.random.default_rng(8)
    blocks = [rng.normal(size=(block.shape[1], 2)) for block in Z]
    total = sum(block @ values for block, values in zip(Z, blocks, strict=True))
    for ours, block in zip(H.apply(blocks), Z, strict=True):
        assert ours == pytest.approx(block.T @ inverse @ total, abs=1e-9)


def test_traces(dense):
    H, structure, _, inverse, G = dense
    for first in structure.parameters:
        assert H.trace(first) == pytest.approx(np.trace(inverse @ G[first]))
        for second in structure.parameters:
            expected = np.trace(inverse @ G[first] @ inverse @ G[second])
            assert H.trace_of_product(first, second) == pytest.approx(expected)
