"""Random effects in parts that no row joins, as the scanners of one site, and their matrices.

Cross-products between parts are 0: matrices of the random effects are block-diagonal but for
the border, which is the fixed effects and the outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse

from multipet.mixed_model.design import RandomTerm


@dataclass(frozen=True, eq=False)
class Parts:
    """B parts with c slots each; a slot holds a column of Z or, in smaller parts, nothing.

    Attributes
    ----------
    place
        Column of Z in each slot, shape (B, c); 0 where there is none.
    used
        Whether there is one, shape (B, c).
    columns
        Slots of each term; they are the same in every part.
    border
        Columns of the border, f.
    """

    place: np.ndarray
    used: np.ndarray
    columns: dict[int, slice]
    border: int

    @property
    def slot_of_column(self) -> np.ndarray:
        """Slot of each column of Z, the parts one after the other, shape (q,)."""
        slot = np.zeros(int(self.used.sum()), dtype=int)
        slot[self.place[self.used]] = np.flatnonzero(self.used)
        return slot

    def slots(self, values: np.ndarray) -> np.ndarray:
        """``values`` of columns of [Z Q], the last axis, in the order of the slots."""
        q = int(self.used.sum())
        in_slots = values[..., self.place.ravel()] * self.used.ravel() if q else values[..., :0]
        return np.concatenate([in_slots, values[..., q:]], axis=-1)

    def columns_of(self, values: np.ndarray) -> np.ndarray:
        """``values`` of slots, shape (R, B, c), in the order of the columns of Z, (R, q)."""
        result = np.empty((len(values), int(self.used.sum())))
        result[:, self.place[self.used]] = values[:, self.used]
        return result

    def flat_place(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Where ``Arrow.flat`` has elements of a matrix of [Z Q outcome]; -1 where it has not.

        Elements between parts, which must be 0, are not told apart.
        """
        (B, c), f, q = self.place.shape, self.border, int(self.used.sum())
        slot = np.concatenate([self.slot_of_column, np.zeros(f, dtype=int)])
        place = (slot * c)[row] + (slot % max(c, 1))[column]
        edge = np.flatnonzero(column >= q)
        place[edge] = B * c * c + slot[row[edge]] * f + column[edge] - q
        border = np.flatnonzero(row >= q)
        i, j = row[border] - q, column[border] - q
        place[border] = np.where(j < 0, -1, B * c * (c + f) + i * f + j)
        return place

    def arrow(self, whole: np.ndarray) -> "Arrow":
        """The part of ``whole``, symmetric and of shape (R, q + f, q + f), that is not 0."""
        result = self.empty(len(whole))
        q = int(self.used.sum())
        both = self.used[:, :, None] & self.used[:, None, :]
        if q:
            blocks = whole[:, self.place[:, :, None], self.place[:, None, :]]
            result.blocks[:] = blocks * both
            result.edge[:] = whole[:, self.place, q:] * self.used[:, :, None]
        result.corner[:] = whole[:, q:, q:]
        return result

    def whole(self, arrow: "Arrow") -> np.ndarray:
        """The way back from ``arrow``."""
        q = int(self.used.sum())
        result = np.zeros((len(arrow.flat), q + self.border, q + self.border))
        part, left, right = np.nonzero(self.used[:, :, None] & self.used[:, None, :])
        rows, columns = self.place[part, left], self.place[part, right]
        result[:, rows, columns] = arrow.blocks[:, part, left, right]
        result[:, self.place[self.used], q:] = arrow.edge[:, self.used]
        result[:, q:, :q] = np.swapaxes(result[:, :q, q:], 1, 2)
        result[:, q:, q:] = arrow.corner
        return result

    def empty(self, R: int) -> "Arrow":
        """R matrices not filled in yet."""
        (B, c), f = self.place.shape, self.border
        return Arrow(np.empty((R, B * c * (c + f) + f * f)), B, c, f)


@dataclass(frozen=True, eq=False)
class Arrow:
    """R symmetric matrices of parts and a border, one row of ``flat`` each."""

    flat: np.ndarray
    B: int
    c: int
    f: int

    @property
    def blocks(self) -> np.ndarray:
        """Within the parts, shape (R, B, c, c)."""
        return self.flat[:, : self.B * self.c**2].reshape(len(self.flat), self.B, self.c, self.c)

    @property
    def edges(self) -> slice:
        """Where the edge is in ``flat``."""
        return slice(self.B * self.c**2, self.B * self.c * (self.c + self.f))

    @property
    def doubled(self) -> np.ndarray:
        """``flat`` with the edges counted twice: the trace of a product is a scalar product."""
        flat = self.flat.copy()
        flat[:, self.edges] *= 2
        return flat

    @property
    def edge(self) -> np.ndarray:
        """Between the parts and the border, shape (R, B, c, f)."""
        return self.flat[:, self.edges].reshape(len(self.flat), self.B, self.c, self.f)

    @property
    def corner(self) -> np.ndarray:
        """Within the border, shape (R, f, f)."""
        return self.flat[:, self.edges.stop :].reshape(len(self.flat), self.f, self.f)


def find_parts(
    terms: Sequence[RandomTerm], absorbed: Sequence[int], others: Sequence[int], border: int
) -> Parts:
    """Parts of the terms ``others``; rows of one level of an ``absorbed`` term join them."""
    q = sum(len(terms[k].levels) * len(terms[k].effects) for k in others)
    parts = _laid_out(terms, others, _labels(terms, absorbed, others), border)
    if parts.place.size * parts.place.shape[1] < q**2:
        return parts
    together = [np.zeros(len(terms[k].levels), dtype=int) for k in others]
    return _laid_out(terms, others, together, border)


def _labels(
    terms: Sequence[RandomTerm], absorbed: Sequence[int], others: Sequence[int]
) -> list[np.ndarray]:
    """Part of each level of each of the terms ``others``."""
    if not others:
        return []
    joined = [*others, absorbed[0]]
    ends = np.cumsum([0, *(len(terms[k].levels) for k in joined)])
    nodes = [terms[k].index + start for k, start in zip(joined, ends[:-1], strict=True)]
    rows, columns = np.tile(nodes[-1], len(others)), np.concatenate(nodes[:-1])
    graph = sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=(ends[-1], ends[-1]))
    label = sparse.csgraph.connected_components(graph, directed=False)[1]
    label = np.unique(label, return_inverse=True)[1].ravel()
    return [label[start:end] for start, end in pairwise(ends[:-1])]


def _laid_out(
    terms: Sequence[RandomTerm], others: Sequence[int], labels: list[np.ndarray], border: int
) -> Parts:
    B = max((int(label.max()) for label in labels), default=0) + 1
    place, columns, slot, at = [np.zeros((B, 0), dtype=int)], {}, 0, 0
    for term, label in zip(others, labels, strict=True):
        k, sizes = len(terms[term].effects), np.bincount(label, minlength=B)
        order = np.argsort(label, kind="stable")
        rank = np.arange(len(label)) - (np.cumsum(sizes) - sizes)[label[order]]
        levels = np.full((B, sizes.max()), -1)
        levels[label[order], rank] = order
        starts = np.where(levels < 0, -1, at + levels * k)
        filled = np.where(starts[:, :, None] < 0, -1, starts[:, :, None] + np.arange(k))
        place.append(filled.reshape(B, -1))
        columns[term] = slice(slot, slot + place[-1].shape[1])
        slot, at = columns[term].stop, at + len(label) * k
    places = np.hstack(place)
    return Parts(np.maximum(places, 0), places >= 0, columns, border)
