"""Information on the variance parameters where each residual level has a variance of its own.

V = Σ γ_i G_i + Σ_s σ_s² I_s is linear in its parameters too, so that Kenward & Roger (1997,
doi:10.2307/2533558) holds as it is. The rows are divided by δ first; then σ_s² counts in units of
itself and its G is the identity in the rows of level s. Everything goes through the columns of
the random effects: H = I − ZKZᵀ with K = Λ(I + ΛᵀZᵀZΛ)⁻¹Λᵀ.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy import sparse

from multipet.inference.variance_information import VarianceInformation, projected_traces
from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model.fit import MixedFit


class ResidualInformation:
    """What ``VarianceInformation`` has, of one fit whose residual variance differs (R = 1).

    The parameters are those of the random effects, then σ_s² of each residual level.

    Parameters
    ----------
    fit
        A model with residual ratios, with or without random terms.

    Attributes
    ----------
    phi, P, Q, traces
        As in ``VarianceInformation``.
    """

    def __init__(self, fit: MixedFit) -> None:
        self.fit = fit
        self.structure = VarianceStructure(fit.design)
        self._index = fit.spread.levels.index
        self._levels = range(len(fit.spread.levels.levels))
        X, self._R = np.linalg.qr(fit.weighted_design.X)
        self._set_columns()
        moved = self._weighed(X)
        self._HX = moved
        self.phi = np.linalg.inv(X.T @ moved)[None]
        pulled = self._pulled(moved)
        heavy = [self._weighed(block) for block in pulled]
        self.P = -np.array([[moved.T @ block for block in pulled]])
        Q = np.array([[[first.T @ second for second in heavy] for first in pulled]])
        self.Q = (Q + np.swapaxes(Q, -1, -2)) / 2
        self.traces = self._traces()[None]

    def _set_columns(self) -> None:
        """Z in units of δ, where the columns of each effect are, and K."""
        weights = sparse.diags_array(1 / self.fit.spread.of_rows)
        blocks = [weights @ self.structure.columns(a) for a in self._effects]
        ends = np.cumsum([0, *(block.shape[1] for block in blocks)])
        self._places = [slice(ends[a], ends[a + 1]) for a in self._effects]
        none = sparse.csr_array((len(self.fit.y), 0))
        self._Z = sparse.hstack(blocks, format="csr") if blocks else none
        factor = self._factor()
        whole = factor.T @ (self._Z.T @ self._Z) @ factor
        inverse = np.linalg.inv(np.eye(factor.shape[0]) + whole.toarray())
        self._K = factor @ (factor @ inverse).T

    def _grams(self) -> list[tuple[np.ndarray, sparse.csr_array]]:
        """ZᵀZ in the rows of each residual level, for the random effects that occur there."""
        grams = []
        for level in self._levels:
            Z = self._Z[self._index == level]
            there = np.unique(Z.indices)
            grams.append((there, sparse.csr_array(Z[:, there].T @ Z[:, there])))
        return grams

    @property
    def _effects(self) -> range:
        return range(len(self.structure.effects))

    def _factor(self) -> sparse.csr_array:
        """Λ of all random effects, the levels of an effect side by side."""
        if not self.fit.design.terms:
            return sparse.csr_array((0, 0))
        pairs = zip(self.fit.lambda_blocks, self.fit.design.terms, strict=True)
        blocks = [sparse.kron(block, sparse.eye_array(len(term.levels))) for block, term in pairs]
        return sparse.csr_array(sparse.block_diag(blocks))

    def _weighed(self, columns: np.ndarray) -> np.ndarray:
        """H times (n, m) columns."""
        return columns - self._Z @ (self._K @ (self._Z.T @ columns))

    def _pulled(self, columns: np.ndarray) -> list[np.ndarray]:
        """G_i times (n, m) columns, for every parameter."""
        seen = self._Z.T @ columns
        pulled = []
        for pair in self.structure.parameters:
            back = np.zeros_like(seen)
            for a, b in _orders(pair):
                back[self._places[a]] += seen[self._places[b]]
            pulled.append(self._Z @ back)
        own = [np.where((self._index == level)[:, None], columns, 0) for level in self._levels]
        return pulled + own

    def _traces(self) -> np.ndarray:
        """tr(HG_iHG_j) of all parameters."""
        grams, gram = self._grams(), sparse.csr_array(self._Z.T @ self._Z)
        left = np.eye(len(self._K)) - self._K @ gram  # HZ = Z left
        whole = gram @ left  # ZᵀHZ
        around = [(left[there], one @ left[there]) for there, one in grams]
        pairs, own = self.structure.parameters, self._residual_traces(grams)
        m, S = len(pairs), len(own)
        inner = [self._pair_trace(whole, i, j) for i in pairs for j in pairs]
        side = [self._level_trace(*one, i) for i in pairs for one in around]
        inner, side = np.reshape(inner, (m, m)), np.reshape(side, (m, S))
        return np.block([[inner, side], [side.T, own]])

    def _pair_trace(self, whole: np.ndarray, first: Sequence[int], second: Sequence[int]) -> float:
        at = self._places
        return sum(
            float(np.sum(whole[at[a], at[d]] * whole[at[b], at[c]]))
            for a, b in _orders(first)
            for c, d in _orders(second)
        )

    def _level_trace(self, left: np.ndarray, moved: np.ndarray, pair: Sequence[int]) -> float:
        """tr(HI_sHG), ``moved`` being A_s times ``left`` in the effects of level s."""
        at = self._places
        return sum(float(np.sum(left[:, at[a]] * moved[:, at[b]])) for a, b in _orders(pair))

    def _residual_traces(self, grams: list[tuple[np.ndarray, sparse.csr_array]]) -> np.ndarray:
        """tr(HI_sHI_t) = tr KA_sKA_t, for s = t and n_s − 2 tr KA_s; A_s = Z_sᵀZ_s."""
        moved = [(there, gram @ self._K[there]) for there, gram in grams]
        own = [
            [np.sum(first[:, there] * second[:, here].T) for there, second in moved]
            for here, first in moved
        ]
        lost = np.array([np.trace(block[:, there]) for there, block in moved])
        return np.array(own) + np.diag(self.fit.spread.levels.sizes - 2 * lost)

    def of_coefficients(self, matrices: np.ndarray) -> np.ndarray:
        """Covariances, (…, p, p), of the coefficients in units of the outcome."""
        back = np.linalg.inv(self._R)
        return self.fit.sigma**2 * (back @ matrices @ back.T)

    @cached_property
    def projected_traces(self) -> np.ndarray:
        """(1, m, m): tr(PG_iPG_j), P = H − HXΦXᵀH."""
        return projected_traces(self.traces, self.phi, self.P, self.Q)

    @property
    def expected(self) -> np.ndarray:
        """Twice the expected information of the variance parameters."""
        return self.projected_traces if self.fit.reml else self.traces

    @cached_property
    def observed(self) -> np.ndarray:
        """Twice the observed information: the Hessian of the criterion."""
        residual = self.fit.y - self.fit.design.X @ self.fit.beta
        scaled = (residual / self.fit.residual_sds)[:, None]
        pulled = [block[:, 0] for block in self._pulled(self._weighed(scaled))]
        moved = [self._projected(block) for block in pulled]
        forms = np.array([[first @ second for second in moved] for first in pulled])
        return 2 * forms[None] - self.expected

    def _projected(self, column: np.ndarray) -> np.ndarray:
        return self._weighed(column) - self._HX @ (self.phi[0] @ (self._HX.T @ column))

    @cached_property
    def phi_gradient(self) -> np.ndarray:
        """(1, m, p, p): derivative of Φ by each parameter."""
        return -self.phi[:, None] @ self.P @ self.phi[:, None]


Information = VarianceInformation | ResidualInformation


def _orders(pair: Sequence[int]) -> tuple[Sequence[int], ...]:
    """G of a covariance is Z_aZ_bᵀ + Z_bZ_aᵀ, of a variance Z_aZ_aᵀ."""
    a, b = pair
    return ((a, b),) if a == b else ((a, b), (b, a))
