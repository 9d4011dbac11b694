"""Why data cannot tell a contrast, in levels of the table: nobody is patient, MAB and M."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

import numpy as np

from multipet.core.problems import listed
from multipet.formulas.expression import Name, names_in
from multipet.inference.estimability.contrast_row import ROUNDING, TOLERANCE, ContrastRow
from multipet.mixed_model.design import Design
from multipet.mixed_model.model_matrix import ModelMatrix, Piece

_MOST_CELLS = 500
_MOST_NAMED = 3
_PLACES = {"site": "at", "scanner": "on", "session": "in session", "region": "in"}
Term = tuple[Piece, ...]


@dataclass(frozen=True)
class _Gap:
    """What the scans lack: a cell of levels, or other values of a number in it."""

    cell: Mapping[str, str]
    number: str = ""

    @property
    def words(self) -> str:
        if self.number:
            return f"{_who(self.cell, 'everybody', 'every')} has the same {self.number}"
        return _who(self.cell, "nobody", "nobody is")


@dataclass(frozen=True, eq=False)
class _Table:
    """The variables of a model in the rows used, read back from the columns of its design."""

    design: Design

    @cached_property
    def matrix(self) -> ModelMatrix:
        return self.design.fixed.matrix

    @cached_property
    def columns(self) -> np.ndarray:
        """The whole model matrix, dropped columns in their places, shape (n, columns)."""
        fixed = self.design.fixed
        whole = np.empty((len(self.design.X), len(fixed.kept) + len(fixed.dropped)))
        whole[:, fixed.kept], whole[:, fixed.dropped] = self.design.X, self.design.X @ fixed.aliases
        return whole

    @cached_property
    def term_of(self) -> np.ndarray:
        """Position of the term that each column belongs to."""
        sizes = [self._part([term]).row({}).size for term in self.matrix.terms]
        return np.repeat(np.arange(len(sizes)), sizes)

    def factors(self, term: Term) -> tuple[str, ...]:
        """Variables with levels in a term."""
        return tuple(n for n in self.names(term) if self.matrix.variables[n].is_factor)

    def numbers(self, term: Term) -> tuple[str, ...]:
        """Numbers in a term."""
        return tuple(n for n in self.names(term) if not self.matrix.variables[n].is_factor)

    def names(self, term: Term) -> tuple[str, ...]:
        """Variables of a term."""
        return tuple(dict.fromkeys(name for piece in term for name in names_in(piece.node)))

    def values(self, name: str) -> np.ndarray | None:
        """A number, or positions of levels, in each row (n,); None if no column shows it."""
        if self.matrix.variables[name].is_factor:
            return self._codes(name)
        for k, term in enumerate(self.matrix.terms):
            if len(term) == 1 and term[0].node == Name(name):
                return self.columns[:, self.term_of == k][:, 0]
        return None

    def _codes(self, name: str) -> np.ndarray | None:
        pure = [term for term in self.matrix.terms if not self.numbers(term)]
        own = [term for term in pure if name in self.names(term)]
        if not own:
            return None
        cell = self.names(min(own, key=len))
        block = [term for term in pure if set(self.names(term)) <= set(cell)]
        counts = [len(self.matrix.variables[factor].levels) for factor in cell]
        places = np.indices(counts).reshape(len(counts), -1)
        shares = {f: np.eye(count)[at] for f, count, at in zip(cell, counts, places, strict=True)}
        patterns = self._part(block).columns(shares)
        seen = self.columns[:, [self.matrix.terms[k] in block for k in self.term_of]]
        closest = np.argmax(seen @ patterns.T - (patterns**2).sum(axis=1) / 2, axis=1)
        return places[cell.index(name)][closest]

    def _part(self, terms: Sequence[Term]) -> ModelMatrix:
        return ModelMatrix(tuple(terms), self.matrix.variables, self.matrix.learnt)


def why_not(row: ContrastRow) -> str:
    """Why ``row`` cannot be estimated: half a sentence, in levels of the table where it can be."""
    table = _Table(row.space.design)
    guilty = np.abs(row.mismatch) > TOLERANCE
    terms = dict.fromkeys(table.term_of[row.space.design.fixed.dropped[guilty]])
    for k in terms:
        words = [gap.words for gap in _gaps(table, row, table.matrix.terms[k], guilty)]
        if words:
            rest = len(words) - _MOST_NAMED
            return "; ".join(words[:_MOST_NAMED]) + (f" (and {rest} more)" if rest > 0 else "")
    asked = _asked(table, row)
    others = [n for k in terms for n in table.names(table.matrix.terms[k])]
    return _never_together(table, asked, others) or _not_apart(asked, others)


def _asked(table: _Table, row: ContrastRow) -> tuple[str, ...]:
    """Variables of the columns that the contrast weighs."""
    fixed = row.space.design.fixed
    weights = np.empty(len(table.term_of))
    weights[fixed.kept], weights[fixed.dropped] = row.kept, row.dropped
    terms = dict.fromkeys(table.term_of[weights != 0])
    return tuple(dict.fromkeys(n for k in terms for n in table.names(table.matrix.terms[k])))


def _gaps(table: _Table, row: ContrastRow, term: Term, guilty: np.ndarray) -> list[_Gap]:
    """The fewest scans of levels in ``term`` that would make ``row`` estimable; mostly none."""
    candidates = list(_lacking(table, term))
    aliases, fixed = table.design.fixed.aliases, table.design.fixed
    rows = [np.array(list(_rows(table, gap, term))) for gap in candidates]
    effects = [(one[:, fixed.dropped] - one[:, fixed.kept] @ aliases)[:, guilty] for one in rows]
    wanted = (row.dropped - row.kept @ aliases)[guilty]
    needed = list(range(len(candidates)))
    if not _spanned(wanted, effects):
        return []
    for k in range(len(candidates)):
        without = [j for j in needed if j != k]
        if _spanned(wanted, [effects[j] for j in without]):
            needed = without
    return [candidates[k] for k in needed]


def _spanned(wanted: np.ndarray, effects: Sequence[np.ndarray]) -> bool:
    if not effects:
        return False
    rows = np.vstack(effects)
    size = np.maximum(np.abs(rows).max(axis=0), np.abs(wanted))
    rows, wanted = rows / size, wanted / size
    left = wanted - rows.T @ np.linalg.lstsq(rows.T, wanted, rcond=None)[0]
    return bool(np.linalg.norm(left) <= TOLERANCE * np.linalg.norm(wanted))


def _lacking(table: _Table, term: Term) -> Iterator[_Gap]:
    """Cells of the term's factors that are empty, or where one of its numbers is constant."""
    factors = table.factors(term)
    variables = table.matrix.variables
    counts = [len(variables[name].levels) for name in factors]
    codes = [table.values(name) for name in factors]
    if prod(counts) > _MOST_CELLS or any(code is None for code in codes):
        return
    for places in product(*map(range, counts)):
        cell = {f: variables[f].levels[k] for f, k in zip(factors, places, strict=True)}
        there = np.ones(len(table.columns), dtype=bool)
        for code, place in zip(codes, places, strict=True):
            there &= code == place
        if not there.any():
            yield _Gap(cell)
            continue
        for number in table.numbers(term):
            values = table.values(number)
            if values is not None and _alike(values[there], values):
                yield _Gap(cell, number)


def _rows(table: _Table, gap: _Gap, term: Term) -> Iterator[np.ndarray]:
    """Rows of the model matrix that scans in the gap would have."""
    yield table.matrix.row(gap.cell)
    for number in [gap.number] if gap.number else table.numbers(term):
        mean = table.matrix.variables[number].mean
        for value in (mean - 1, mean + 1):
            yield table.matrix.row({**gap.cell, number: value})


def _never_together(table: _Table, asked: Sequence[str], others: Sequence[str]) -> str:
    """Levels of what is asked that no level of another variable has together; empty if none."""
    variables = table.matrix.variables
    factors = [n for n in dict.fromkeys([*others, *variables]) if variables[n].is_factor]
    for name, other in product(asked, factors):
        values, codes = table.values(name), table.values(other)
        if other == name or values is None or codes is None:
            continue
        if variables[name].is_factor:
            parts = _components(values, codes)
            if len(parts) > 1:
                return f"no {other} has {_apart(variables[name].levels, parts)}"
        elif all(_alike(values[codes == k], values) for k in np.unique(codes)):
            return f"{name} does not vary within any {other}"
    return ""


def _alike(some: np.ndarray, every: np.ndarray) -> bool:
    """Whether a number is the same in ``some`` rows, but for rounding."""
    return bool(np.ptp(some) <= TOLERANCE * np.ptp(every) + ROUNDING * np.abs(every).max())


def _components(values: np.ndarray, codes: np.ndarray) -> list[list[int]]:
    """Sets of levels that the levels of the other variable link, the smallest first."""
    parts: list[set[int]] = []
    for code in np.unique(codes):
        linked = set(values[codes == code].tolist())
        apart = [part for part in parts if not part & linked]
        parts = [*apart, linked.union(*(part for part in parts if part & linked))]
    return sorted((sorted(part) for part in parts), key=lambda part: (len(part), part))


def _apart(levels: Sequence[str], parts: Sequence[Sequence[int]]) -> str:
    if all(len(part) == 1 for part in parts) and len(parts) > 2:
        return f"more than one of {listed(levels[part[0]] for part in parts)}"
    alone, *rest = [[levels[k] for k in part] for part in parts]
    others = [level for part in rest for level in part]
    return f"{' or '.join(alone)} together with {' or '.join(others)}"


def _not_apart(asked: Sequence[str], others: Sequence[str]) -> str:
    apart = [name for name in dict.fromkeys(others) if name not in asked]
    if apart:
        return f"the data do not tell {listed(asked)} from {listed(apart)}"
    return f"the scans do not hold every combination of {listed(asked)} that it needs"


def _who(cell: Mapping[str, str], all_words: str, with_kind: str) -> str:
    """``nobody is patient and M at oslo``, ``everybody at oslo``, ``every patient at oslo``."""
    kinds = [level for name, level in cell.items() if name not in _PLACES]
    places = [f"{word} {cell[name]}" for name, word in _PLACES.items() if name in cell]
    *most, last = kinds or [""]
    kind = f"{', '.join(most)} and {last}" if most else last
    return " ".join(filter(None, [with_kind if kinds else all_words, kind, *places]))
