"""Outcomes that lack different rows: which designs their rows have, and which fit together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress, pairwise

import numpy as np
import pandas as pd

from multipet.core.problems import UserError
from multipet.formulas.expression import Call, Node, Operation, names_in
from multipet.formulas.formula import Formula
from multipet.formulas.functions import BASES
from multipet.mixed_model.design import Design, FixedPart, build_design
from multipet.mixed_model.random_terms import RandomTerm
from multipet.mixed_model.variables import factor_codes, is_number

_INDEPENDENT = 1e-5  # share of a column that the others must leave over, well above ``design``'s


@dataclass(frozen=True, eq=False)
class Patterns:
    """Outcomes by the rows they have.

    Attributes
    ----------
    outcomes
        Names of the outcomes of each pattern; a pattern is its rows, a bit each.
    Y
        Values, shape (rows, outcomes).
    is_present
        Which rows can be used, shape (rows, outcomes).
    place
        Column of each outcome.
    """

    outcomes: Mapping[bytes, list[str]]
    Y: np.ndarray
    is_present: np.ndarray
    place: Mapping[str, int]

    @classmethod
    def of(cls, names: Sequence[str], Y: np.ndarray, present: np.ndarray) -> "Patterns":
        """Patterns of the columns of ``Y``."""
        outcomes: dict[bytes, list[str]] = {}
        for name, bits in zip(names, np.packbits(present, axis=0).T, strict=True):
            outcomes.setdefault(bits.tobytes(), []).append(name)
        return cls(outcomes, Y, present, {name: k for k, name in enumerate(names)})

    def present(self, pattern: bytes) -> np.ndarray:
        """Whether each row is in ``pattern``."""
        return self.is_present[:, self.place[self.outcomes[pattern][0]]]

    def rows(self, pattern: bytes) -> np.ndarray:
        """Positions of the rows of ``pattern``."""
        return np.flatnonzero(self.present(pattern))

    def any_rows(self, patterns: Sequence[bytes]) -> np.ndarray:
        """Positions of the rows of any of ``patterns``."""
        columns = [self.place[self.outcomes[pattern][0]] for pattern in patterns]
        return np.flatnonzero(self.is_present[:, columns].any(axis=1))

    def column(self, name: str) -> np.ndarray:
        """Values of one outcome."""
        return self.Y[:, self.place[name]]

    def values(self, pattern: bytes) -> dict[str, np.ndarray]:
        """Values of the outcomes of ``pattern`` in its rows."""
        present, names = self.present(pattern), self.outcomes[pattern]
        some = slice(None) if present.all() else present
        return {name: self.column(name)[some] for name in names}


@dataclass(frozen=True, eq=False)
class WholeDesign:
    """A design from which that of fewer rows is made without reading the table again.

    Attributes
    ----------
    design
        Of all rows.
    numbers
        The numeric variables in these rows.
    codes
        Level of each row for the factors that have effects.
    """

    design: Design
    numbers: Mapping[str, np.ndarray]
    codes: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, formula: Formula, table: pd.DataFrame, rows: np.ndarray) -> "WholeDesign | None":
        """The design of ``rows``; None where fewer rows may have other columns."""
        if any(map(_learns, formula.nodes)):
            return None
        try:
            design = build_design(formula, table, rows)
        except UserError:
            return None
        if not _ordered(design.terms):
            return None
        names = dict.fromkeys(name for node in formula.nodes for name in names_in(node))
        columns = {name: table[name].iloc[rows] for name in names}
        numbers = {
            name: column.to_numpy(dtype=float)
            for name, column in columns.items()
            if is_number(column)
        }
        codes = {
            name: factor_codes(column)[0] for name, column in columns.items() if name not in numbers
        }
        return cls(design, numbers, codes)

    def kept(self, keep: np.ndarray) -> Design | None:
        """The design of the rows ``keep``, as ``build_design`` makes it; None if not sure."""
        whole = self.design
        X = whole.X[keep]
        terms = tuple(_kept_term(term, keep) for term in whole.terms)
        complete = all(
            np.bincount(codes[keep], minlength=codes.max() + 1).all()
            for codes in self.codes.values()
        )
        if not (complete and _independent(X) and _ordered(terms) and _usable(terms)):
            return None
        return replace(whole, X=X, terms=terms, rows=whole.rows[keep], fixed=self._fixed(keep))

    def _fixed(self, keep: np.ndarray) -> FixedPart:
        matrix = self.design.fixed.matrix
        variables = {
            name: replace(variable, mean=float(self.numbers[name][keep].mean()))
            if name in self.numbers
            else variable
            for name, variable in matrix.variables.items()
        }
        return replace(self.design.fixed, matrix=replace(matrix, variables=variables))


def kept_levels(term: RandomTerm, keep: np.ndarray) -> np.ndarray:
    """Which levels of ``term`` occur in the rows ``keep``, shape (levels,)."""
    return np.bincount(term.index[keep], minlength=len(term.levels)) > 0


def _kept_term(term: RandomTerm, keep: np.ndarray) -> RandomTerm:
    kept, index, levels = kept_levels(term, keep), term.index[keep], term.levels
    if not kept.all():
        levels, index = tuple(compress(levels, kept)), (np.cumsum(kept) - 1)[index]
    return replace(term, levels=levels, index=index, Z=term.Z[keep])


def _independent(X: np.ndarray) -> bool:
    """Whether the columns determine none of each other, beyond doubt."""
    if len(X) <= X.shape[1]:
        return False
    left = np.abs(np.diag(np.linalg.qr(X, mode="r")))
    return bool((left > _INDEPENDENT * np.linalg.norm(X, axis=0)).all())


def _ordered(terms: Sequence[RandomTerm]) -> bool:
    """Whether the order of the terms follows from their numbers of levels alone."""
    return all(a.factor == b.factor or len(a.levels) > len(b.levels) for a, b in pairwise(terms))


def _usable(terms: Sequence[RandomTerm]) -> bool:
    return all(
        len(term.levels) > 1
        and term.Z.shape[1] * len(term.levels) < len(term.Z)
        and term.Z.any(axis=0).all()
        for term in terms
    )


def _learns(node: Node) -> bool:
    """Whether the columns of ``node`` depend on the rows it is given."""
    match node:
        case Call(function, arguments):
            return function in BASES or any(map(_learns, arguments))
        case Operation(_, operands):
            return any(map(_learns, operands))
    return False
