"""The inverse covariance of the observations, seen through the random-effects columns."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy import linalg, sparse

from multipet.inference.variance_structure import CrossProducts, VarianceStructure

Blocks = list[np.ndarray]
Pair = tuple[int, int]
LEVELS_AT_ONCE = 4096  # bounds the memory of the one dense levels x columns product


class ScaledPrecision:
    """H = (I + ZΛΛᵀZᵀ)⁻¹: what ZᵀHZ, ZᵀHM, MᵀHM and traces of H need, and no more.

    With u the absorbed factor and C, E, D = Z_restᵀH_uZ_rest, Z_uᵀH_uZ_rest, Z_uᵀH_uZ_u (the
    last one block a level), H = H_u − H_uZ_rest K Z_restᵀH_u and K = Λ(I + ΛᵀCΛ)⁻¹Λᵀ.

    Parameters
    ----------
    structure
        Cross-products of the design.
    lambda_blocks
        Relative covariance factor of each random term, (k, k).
    """

    def __init__(self, structure: VarianceStructure, lambda_blocks: Sequence[np.ndarray]) -> None:
        self.structure = structure
        self.factors = [np.asarray(block, float) for block in lambda_blocks]
        self._absorb()
        self._correct()

    def _absorb(self) -> None:
        terms = dict.fromkeys(self.structure.effects[a][0] for a in self.structure.absorbed)
        factor = linalg.block_diag(*(self.factors[t] for t in terms))
        grams = self.structure.level_grams
        inner = np.eye(len(factor)) + factor.T @ grams @ factor
        self._log_absorbed = float(np.linalg.slogdet(inner)[1].sum())
        solved = np.linalg.solve(inner, np.broadcast_to(factor.T, grams.shape))
        self._shrink = factor @ solved
        self._keep = np.eye(len(factor)) - grams @ self._shrink
        self._within = self._keep @ grams  # D

    def _correct(self) -> None:
        coupling = self.structure.coupling
        self._edges = [_combine(self._keep[:, a], coupling) for a in range(len(coupling))]  # E
        shrunk = [_combine(self._shrink[:, a], coupling) for a in range(len(coupling))]
        lost = sum((R.T @ S).toarray() for R, S in zip(coupling, shrunk, strict=True))
        self._gram = self.structure.remaining_gram - lost  # C
        factor = self._remaining_factor()
        inner = np.eye(len(factor)) + factor.T @ self._gram @ factor
        self._log_remaining = float(np.linalg.slogdet(inner)[1])
        self._correction = factor @ np.linalg.solve(inner, factor.T)  # K
        self._left = np.eye(len(factor)) - self._correction @ self._gram

    def _remaining_factor(self) -> np.ndarray:
        positions, effects = self.structure.positions, self.structure.effects
        factor = np.zeros(self._gram.shape)
        for a, rows in positions.items():
            for b, columns in positions.items():
                if effects[a][0] == effects[b][0]:
                    value = self.factors[effects[a][0]][effects[a][1], effects[b][1]]
                    factor[rows, columns] = value * np.eye(rows.stop - rows.start)
        return factor

    @property
    def log_determinant(self) -> float:
        """log |I + ZΛΛᵀZᵀ|."""
        return self._log_absorbed + self._log_remaining

    def relative_variance(self, parameter: Pair) -> float:
        """Variance, or covariance, of two effects in units of σ²."""
        (term, a), (_, b) = (self.structure.effects[effect] for effect in parameter)
        return float(self.factors[term][a] @ self.factors[term][b])

    def inner(self, first: CrossProducts, gram: np.ndarray, second: CrossProducts) -> np.ndarray:
        """MᵀHN from MᵀN and the cross-products of M and N."""
        shrunk = np.einsum("lab,blm->alm", self._shrink, second.absorbed)
        absorbed = np.einsum("alm,alk->mk", first.absorbed, shrunk)
        correction = self._remaining(first).T @ self._correction @ self._remaining(second)
        return gram - absorbed - correction

    def random_part(self, products: CrossProducts) -> Blocks:
        """ZᵀHM, one (levels, m) block an effect."""
        remaining = self._remaining(products)
        corrected = self._correction @ remaining
        kept = np.einsum("lab,blm->alm", self._keep, products.absorbed)
        absorbed = [block - E @ corrected for block, E in zip(kept, self._edges, strict=True)]
        return self._ordered(absorbed, remaining - self._gram @ corrected)

    def _remaining(self, products: CrossProducts) -> np.ndarray:
        shrunk = np.einsum("lab,blm->alm", self._shrink, products.absorbed)
        pairs = zip(self.structure.coupling, shrunk, strict=True)
        return products.remaining - sum(R.T @ block for R, block in pairs)

    def apply(self, blocks: Blocks) -> Blocks:
        """ZᵀHZ times columns given as one (levels, m) block an effect."""
        absorbed = np.stack([blocks[a] for a in self.structure.absorbed])
        rest = [blocks[a] for a in self.structure.remaining]
        remaining = np.concatenate(rest) if rest else np.zeros((0, absorbed.shape[2]))
        pulled = sum(E.T @ block for E, block in zip(self._edges, absorbed, strict=True))
        total = pulled + self._gram @ remaining
        corrected = self._correction @ total
        kept = np.einsum("lab,blm->alm", self._within, absorbed)
        pairs = zip(kept, self._edges, strict=True)
        moved = [block + E @ (remaining - corrected) for block, E in pairs]
        return self._ordered(moved, total - self._gram @ corrected)

    def _ordered(self, absorbed: Blocks, remaining: np.ndarray) -> Blocks:
        blocks = dict(zip(self.structure.absorbed, absorbed, strict=True))
        blocks |= {a: remaining[rows] for a, rows in self.structure.positions.items()}
        return [blocks[a] for a in range(len(self.structure.effects))]

    def trace(self, parameter: Pair) -> float:
        """tr(H G) of one variance parameter."""
        a, b = parameter
        if a in self.structure.positions:
            diagonal = np.diagonal(self._dense(a, b))
        else:
            i, j = self._places(a, b)
            diagonal = self._within[:, i, j] - self._bridges[i][j]
        return float(diagonal.sum()) * (1 if a == b else 2)

    def trace_of_product(self, first: Pair, second: Pair) -> float:
        """tr(H G_i H G_j) of two variance parameters."""
        orders = [(p, q) for p in _orders(first) for q in _orders(second)]
        return sum(self._paired(a, d, b, c) for (a, b), (c, d) in orders)

    def _paired(self, a: int, d: int, b: int, c: int) -> float:
        """Sum of Z_aᵀHZ_d ∘ Z_bᵀHZ_c; a and b are effects of one term, c and d of one."""
        rest = self.structure.positions
        if a in rest and c in rest:
            return float(np.sum(self._dense(a, d) * self._dense(b, c)))
        if a in rest:
            return self._paired(d, a, c, b)
        if c in rest:
            i, j = self._places(a, b)
            outer = self._left[:, rest[d]] @ self._left[:, rest[c]].T
            return float(np.sum(self._moments[i][j] * outer))
        return self._absorbed_pair(*self._places(a, d, b, c))

    def _absorbed_pair(self, a: int, d: int, b: int, c: int) -> float:
        first, second = self._within[:, a, d], self._within[:, b, c]
        crossed = first @ self._bridges[b][c] + second @ self._bridges[a][d]
        left = self._moments[b][a] @ self._correction
        right = self._moments[d][c] @ self._correction
        return float(first @ second - crossed + np.sum(left * right.T))

    def _places(self, *effects: int) -> list[int]:
        return [self.structure.absorbed.index(effect) for effect in effects]

    def _dense(self, a: int, b: int) -> np.ndarray:
        """Z_aᵀHZ_b of two remaining effects."""
        positions = self.structure.positions
        return self._gram[positions[a]] @ self._left[:, positions[b]]

    @cached_property
    def _moments(self) -> list[Blocks]:
        """EᵀE for every pair of absorbed effects."""
        return [[(first.T @ second).toarray() for second in self._edges] for first in self._edges]

    @cached_property
    def _bridges(self) -> list[Blocks]:
        """Diagonal of EKEᵀ, one number a level, for every pair of absorbed effects."""
        return [
            [_row_products(first, self._correction, second) for second in self._edges]
            for first in self._edges
        ]


def exchange(blocks: Blocks, parameter: Pair) -> Blocks:
    """G of a variance parameter, seen from the random effects: exchanges its two blocks."""
    a, b = parameter
    exchanged = [np.zeros_like(block) for block in blocks]
    exchanged[a], exchanged[b] = blocks[b], blocks[a]
    return exchanged


def product(first: Blocks, second: Blocks) -> np.ndarray:
    """Sum of the products of matching blocks."""
    return sum(a.T @ b for a, b in zip(first, second, strict=True))


def _orders(parameter: Pair) -> tuple[Pair, ...]:
    """G of a covariance is Z_aZ_bᵀ + Z_bZ_aᵀ, of a variance Z_aZ_aᵀ."""
    a, b = parameter
    return ((a, b),) if a == b else ((a, b), (b, a))


def _combine(weights: np.ndarray, blocks: Sequence[sparse.csr_array]) -> sparse.csr_array:
    """Sum of row-weighted (L, q) blocks; ``weights`` is (L, number of blocks)."""
    scaled = [sparse.diags_array(weights[:, b]) @ block for b, block in enumerate(blocks)]
    return sparse.csr_array(sum(scaled[1:], start=scaled[0]))


def _row_products(
    first: sparse.csr_array, middle: np.ndarray, second: sparse.csr_array
) -> np.ndarray:
    """Diagonal of first @ middle @ second.T without the full product."""
    starts = range(0, first.shape[0], LEVELS_AT_ONCE)
    parts = [slice(start, start + LEVELS_AT_ONCE) for start in starts]
    return np.concatenate(
        [
            np.asarray(second[part].multiply(first[part] @ middle).sum(axis=1)).ravel()
            for part in parts
        ]
    )
