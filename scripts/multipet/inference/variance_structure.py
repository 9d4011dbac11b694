"""The variance parameters of a design: which effects they belong to, and which way they move V."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from multipet.mixed_model.design import Design, RandomTerm


@dataclass(frozen=True, eq=False)
class VarianceStructure:
    """Variances and covariances of the random effects of one design.

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
    def places(self) -> tuple[tuple[int, int, int], ...]:
        """Term, row and column within its covariance matrix, of each variance parameter."""
        return tuple((*self.effects[a], self.effects[b][1]) for a, b in self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """``sd_(Intercept)|site``, ``cor_age.(Intercept)|site``, …, ``sigma``, as in lme4."""
        names = []
        for t, i, j in self.places:
            term = self.design.terms[t]
            what = f"sd_{term.effects[i]}" if i == j else f"cor_{term.effects[i]}.{term.effects[j]}"
            names.append(f"{what}|{term.factor}")
        return (*names, "sigma") if names else ()

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

    def directions(self, scales: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """How each parameter moves the covariance matrix of its term's standardised columns.

        ``scales`` are T of each term, Z = Z_s T: with 1s in E at the places of the parameter,
        G = Z E Zᵀ = Z_s (T E Tᵀ) Z_sᵀ.
        """
        moved = []
        for t, i, j in self.places:
            E = np.zeros(scales[t].shape)
            E[i, j] = E[j, i] = 1.0
            moved.append(scales[t] @ E @ scales[t].T)
        return tuple(moved)
