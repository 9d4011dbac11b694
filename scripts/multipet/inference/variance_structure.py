"""What the random part of a design contributes to inference, whatever the outcome.

The largest grouping factor (usually the subject) is absorbed: its levels are independent given
the other factors, so all that is kept of it are small blocks, one a level. Everything else is a
cross-product. Made once for a design and shared by the fits of all regions.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from multipet.mixed_model.design import Design, RandomTerm


@dataclass(frozen=True)
class CrossProducts:
    """Random-effects columns times some columns M of n rows.

    Attributes
    ----------
    absorbed
        (k, L, m): for each of the k effects of the absorbed factor, sums over its L levels.
    remaining
        (q, m): Z_restᵀ M.
    """

    absorbed: np.ndarray
    remaining: np.ndarray


@dataclass(frozen=True, eq=False)
class VarianceStructure:
    """Cross-products of the random-effects columns of one design.

    An *effect* is one column of a random term (its intercept, a slope); effects are counted
    through all terms. A *variance parameter* is the variance of an effect, or the covariance
    of two correlated effects of one term; the residual variance comes last and is not listed.

    Attributes
    ----------
    design
        The design described.
    """

    design: Design

    @cached_property
    def effects(self) -> tuple[tuple[int, int], ...]:
        """(term, effect within the term) of every effect."""
        terms = enumerate(self.design.terms)
        return tuple((t, k) for t, term in terms for k in range(len(term.effects)))

    @cached_property
    def parameters(self) -> tuple[tuple[int, int], ...]:
        """Pairs of effects, one pair a variance parameter."""
        return tuple(
            (a, b)
            for a, (term, _) in enumerate(self.effects)
            for b, (other, _) in enumerate(self.effects)
            if b <= a and other == term and (a == b or self.design.terms[term].correlated)
        )

    @cached_property
    def absorbed(self) -> tuple[int, ...]:
        """Effects of the grouping factor with most levels."""
        largest = max(self.design.terms, key=lambda term: len(term.levels))
        return tuple(
            a
            for a, (t, _) in enumerate(self.effects)
            if len(self.design.terms[t].levels) == len(largest.levels)
            and np.array_equal(self.design.terms[t].index, largest.index)
        )

    @cached_property
    def remaining(self) -> tuple[int, ...]:
        """Effects of all other factors."""
        return tuple(a for a in range(len(self.effects)) if a not in self.absorbed)

    @cached_property
    def positions(self) -> dict[int, slice]:
        """Columns of Z_rest that belong to each remaining effect."""
        sizes = [len(self.term(a).levels) for a in self.remaining]
        ends = np.cumsum([0, *sizes])
        return {a: slice(ends[i], ends[i + 1]) for i, a in enumerate(self.remaining)}

    def term(self, effect: int) -> RandomTerm:
        """The random term of an effect."""
        return self.design.terms[self.effects[effect][0]]

    def columns(self, effect: int) -> sparse.csr_array:
        """(n, levels) random-effects columns of one effect."""
        term = self.term(effect)
        n = len(term.index)
        values = np.asarray(term.Z, float)[:, self.effects[effect][1]]
        entries = (values, (np.arange(n), term.index))
        return sparse.csr_array(entries, shape=(n, len(term.levels)))

    @cached_property
    def absorbed_columns(self) -> tuple[sparse.csr_array, ...]:
        """Z of the absorbed factor, (n, L) for each of its k effects."""
        return tuple(self.columns(a) for a in self.absorbed)

    @cached_property
    def remaining_columns(self) -> sparse.csr_array:
        """Z of the other factors, (n, q)."""
        blocks = [self.columns(a) for a in self.remaining]
        if not blocks:
            return sparse.csr_array((self.design.X.shape[0], 0))
        return sparse.hstack(blocks, format="csr")

    @cached_property
    def level_grams(self) -> np.ndarray:
        """(L, k, k): ZᵀZ within each level of the absorbed factor."""
        columns = self.absorbed_columns
        blocks = [[(a * b).sum(axis=0) for b in columns] for a in columns]
        return np.moveaxis(np.asarray(blocks, float), -1, 0)

    @cached_property
    def coupling(self) -> tuple[sparse.csr_array, ...]:
        """Z_absorbedᵀ Z_rest, (L, q) for each absorbed effect; few entries where nested."""
        return tuple(sparse.csr_array(Z.T @ self.remaining_columns) for Z in self.absorbed_columns)

    @cached_property
    def remaining_gram(self) -> np.ndarray:
        """Z_restᵀ Z_rest, (q, q)."""
        return (self.remaining_columns.T @ self.remaining_columns).toarray()

    @cached_property
    def basis(self) -> tuple[np.ndarray, np.ndarray]:
        """X = QR: orthonormal columns, (n, p), so that units and centring of X do not matter."""
        Q, R = np.linalg.qr(self.design.X)
        return Q, R

    @cached_property
    def fixed(self) -> CrossProducts:
        """Cross-products with the orthonormal fixed-effects columns Q."""
        return self.cross(self.basis[0])

    def cross(self, columns: np.ndarray) -> CrossProducts:
        """Cross-products with any (n, m) columns."""
        absorbed = np.stack([Z.T @ columns for Z in self.absorbed_columns])
        return CrossProducts(absorbed, self.remaining_columns.T @ columns)
