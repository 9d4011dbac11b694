"""Against the dense inverse, which the module never forms."""

import numpy as np
import pytest

from multipet.inference import dense_products
from multipet.inference.dense_products import DenseProducts
from multipet.inference.scaled_precision import ScaledPrecision
from multipet.mixed_model.cross_products import design_products
from multipet.mixed_model.design import Design, RandomTerm

N = 40


def small_design(terms, X):
    """As much of a design as cross-products need."""
    return Design("", X, ("a", "b", "c"), (), tuple(terms), np.arange(N), None)


def term(rng, factor, n_levels, k):
    index = np.concatenate([np.arange(n_levels), rng.integers(0, n_levels, N - n_levels)])
    Z = np.column_stack([np.ones(N), rng.normal(3, 2, (N, k - 1))]) if k > 1 else np.ones((N, 1))
    names = tuple(f"e{i}" for i in range(k))
    return RandomTerm(factor, names, tuple(map(str, range(n_levels))), index, Z, k > 1)


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
    yield "slopes by two factors", [site, term(rng, "scanner", 6, 2)]


@pytest.fixture(params=[True, False], ids=["in groups", "level by level"])
def grouped(request, monkeypatch):
    """Also where sums over groups of levels would be too large to be kept."""
    if not request.param:
        monkeypatch.setattr(dense_products, "_LARGEST_GROUPED", 0)


@pytest.fixture(params=list(designs()), ids=lambda case: case[0])
def dense(request, grouped):
    """The module's object beside [Q e], the dense inverse and the G of each parameter."""
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    products = design_products(small_design(request.param[1], X))
    Y = rng.normal(size=(N, 2))
    cross = DenseProducts(products, Y)
    structure = cross.structure
    blocks = [np.tril(rng.normal(size=(2, *[len(t.effects)] * 2))) for t in request.param[1]]
    H = ScaledPrecision(cross, [T @ b for T, b in zip(products.scales, blocks, strict=True)])
    Z = [structure.columns(a).toarray() for a in range(len(structure.effects))]
    V, G = np.tile(np.eye(N), (2, 1, 1)), []
    for (a, b), (t, i, j) in zip(structure.parameters, structure.places, strict=True):
        G.append(Z[a] @ Z[b].T if a == b else Z[a] @ Z[b].T + Z[b] @ Z[a].T)
        V += np.einsum("ra,ra->r", blocks[t][:, i], blocks[t][:, j])[:, None, None] * G[-1]
    rest = Y - products.Q @ (products.Q.T @ Y)
    columns = [np.column_stack([products.Q, e]) for e in rest.T]
    return H, columns, np.linalg.inv(V), G


def test_determinant_and_precision(dense):
    H, columns, inverse, _ = dense
    assert H.log_determinant == pytest.approx(-np.linalg.slogdet(inverse)[1])
    for ours, M, one in zip(H.precision, columns, inverse, strict=True):
        assert ours == pytest.approx(M.T @ one @ M, abs=1e-10)


def test_products_with_one_parameter(dense):
    H, columns, inverse, G = dense
    for r, (M, one) in enumerate(zip(columns, inverse, strict=True)):
        for i, first in enumerate(G):
            assert H.single[r, i] == pytest.approx(np.trace(one @ first))
            assert H.once[r, i] == pytest.approx(M.T @ one @ first @ one @ M, abs=1e-9)


def test_products_with_two_parameters(dense):
    H, columns, inverse, G = dense
    for r, (M, one) in enumerate(zip(columns, inverse, strict=True)):
        for i, first in enumerate(G):
            for j, second in enumerate(G):
                middle = one @ first @ one @ second @ one
                assert H.traces[r, i, j] == pytest.approx(np.trace(one @ first @ one @ second))
                symmetric = M.T @ (middle + middle.T) @ M / 2
                assert H.twice[r, i, j] == pytest.approx(symmetric, abs=1e-8)
