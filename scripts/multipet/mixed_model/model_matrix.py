"""Columns of a design from the terms of a formula, with R's rules of coding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from math import prod

import numpy as np

from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.formulas.expression import Call, Name, Node, Number, Operation, names_in
from multipet.formulas.formula import INTERCEPT, Term
from multipet.formulas.functions import Learnt, numbers
from multipet.mixed_model.variables import Variable

_MOST_COLUMNS = 5000
INTERCEPT_NAME = "(Intercept)"


@dataclass(frozen=True)
class Piece:
    """One variable or function in one term.

    Attributes
    ----------
    full
        For a factor: one column a level; else the reference level has none.
    """

    node: Node
    full: bool


@dataclass(frozen=True, eq=False)
class ModelMatrix:
    """How the columns of a design are made, from data or at chosen settings.

    Attributes
    ----------
    terms
        Terms with the coding of their factors.
    variables
        The variables, with levels and means in the rows used.
    learnt
        What functions such as ``poly`` learnt from the first values they were given: those in
        the rows used.
    """

    terms: tuple[tuple[Piece, ...], ...]
    variables: Mapping[str, Variable]
    learnt: Learnt = field(default_factory=dict)

    def columns(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Design columns, shape (n, columns).

        Parameters
        ----------
        values
            Numbers, shape (n,), or shares of the levels of a factor, shape (n, levels).
        """
        n = len(next(iter(values.values()))) if values else 1
        blocks = [
            reduce(_products, (self._piece(piece, values) for piece in term), np.ones((n, 1)))
            for term in self.terms
        ]
        return np.hstack(blocks) if blocks else np.empty((n, 0))

    def names(self, values: Mapping[str, np.ndarray]) -> tuple[str, ...]:
        """Names of the columns at ``values``: ``(Intercept)``, ``age:group[patient]``."""
        return tuple(
            name or INTERCEPT_NAME
            for term in self.terms
            for name in reduce(_joined, (self._labels(piece, values) for piece in term), [""])
        )

    def row(self, settings: Mapping[str, str | float]) -> np.ndarray:
        """Columns at ``settings``; other factors averaged, other numbers at their mean."""
        unknown = [name for name in settings if name not in self.variables]
        if unknown:
            hint = did_you_mean(unknown[0], self.variables)
            raise UserError(Problem("settings", f'the model has no variable "{unknown[0]}"', hint))
        values = {
            name: _setting(variable, settings.get(name))
            for name, variable in self.variables.items()
        }
        return self.columns(values)[0]

    def _is_factor(self, node: Node) -> bool:
        return isinstance(node, Name) and self.variables[node.name].is_factor

    def _piece(self, piece: Piece, values: Mapping[str, np.ndarray]) -> np.ndarray:
        if isinstance(piece.node, Name) and self._is_factor(piece.node):
            return values[piece.node.name][:, 0 if piece.full else 1 :]
        columns = numbers(piece.node, values, self.learnt)
        if not np.isfinite(columns).all():
            raise UserError(Problem("formula", f"{_text(piece.node)} is not a number in every row"))
        return columns if columns.ndim == 2 else columns[:, None]

    def _labels(self, piece: Piece, values: Mapping[str, np.ndarray]) -> list[str]:
        if isinstance(piece.node, Name) and self._is_factor(piece.node):
            levels = self.variables[piece.node.name].levels
            return [f"{piece.node.name}[{level}]" for level in levels[0 if piece.full else 1 :]]
        text = _text(piece.node)
        basis = numbers(piece.node, values, self.learnt)
        return [f"{text}[{k + 1}]" for k in range(basis.shape[1])] if basis.ndim == 2 else [text]


def coded_terms(
    terms: tuple[Term, ...], is_factor: Callable[[Node], bool]
) -> tuple[tuple[Piece, ...], ...]:
    """Coding of each factor in each term, by the rule of R's ``model.matrix``.

    A factor has no column for its reference level where the term without it is in the model
    too. A model without intercept codes the first factor in full instead.
    """
    present = {frozenset(term) for term in terms} | {frozenset()}
    full_first = INTERCEPT not in terms
    coded = []
    for term in terms:
        pieces = []
        for node in term:
            full = frozenset(term) - {node} not in present
            if is_factor(node) and full_first:
                full, full_first = True, False
            pieces.append(Piece(node, full and is_factor(node)))
        coded.append(tuple(pieces))
    return tuple(coded)


def build_matrix(
    terms: tuple[Term, ...], variables: Mapping[str, Variable], where: str = "formula"
) -> ModelMatrix:
    """Recipe for the columns of ``terms``.

    Raises
    ------
    UserError
        If a function is applied to a factor, or a factor has a single level.
    """
    used = {name: variables[name] for t in terms for node in t for name in names_in(node)}
    for term in terms:
        for node in term:
            _refuse_unusable(node, used, where)
    factor = {name for name, variable in used.items() if variable.is_factor}
    sizes = [[len(used[n.name].levels) or 1 for n in t if isinstance(n, Name)] for t in terms]
    if sum(map(prod, sizes)) > _MOST_COLUMNS:
        raise UserError(Problem(where, f"it stands for more than {_MOST_COLUMNS} columns"))
    coded = coded_terms(terms, lambda node: isinstance(node, Name) and node.name in factor)
    return ModelMatrix(coded, used)


def _refuse_unusable(node: Node, variables: Mapping[str, Variable], where: str) -> None:
    factors = [name for name in names_in(node) if variables[name].is_factor]
    if isinstance(node, Name):
        if factors and len(variables[node.name].levels) == 1:
            only = variables[node.name].levels[0]
            message = f'"{node.name}" has one level only ("{only}") in the rows used'
            raise UserError(Problem(where, message))
    elif factors:
        raise UserError(Problem(where, f'{_text(node)}: "{factors[0]}" is not a number'))


def filled(columns: np.ndarray, n: int) -> np.ndarray:
    """Columns with ``n`` rows, where they hold nothing but an intercept."""
    return np.broadcast_to(columns, (n, columns.shape[1])).copy() if len(columns) == 1 else columns


def _products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Every column of ``left`` times every column of ``right``, the left running fastest."""
    return (right[:, :, None] * left[:, None, :]).reshape(len(left), -1)


def _joined(left: list[str], right: list[str]) -> list[str]:
    return [f"{a}:{b}" if a else b for b in right for a in left]


def _setting(variable: Variable, wanted: str | float | None) -> np.ndarray:
    """A variable at one setting, in the shape ``ModelMatrix.columns`` takes (n = 1)."""
    if not variable.is_factor:
        return np.array([variable.mean if wanted is None else float(wanted)])
    if wanted is None:
        return np.full((1, len(variable.levels)), 1 / len(variable.levels))
    if str(wanted) not in variable.levels:
        hint = did_you_mean(str(wanted), variable.levels)
        raise UserError(Problem("settings", f'"{variable.name}" has no level "{wanted}"', hint))
    return np.eye(len(variable.levels))[[variable.levels.index(str(wanted))]]


def _text(node: Node) -> str:
    match node:
        case Name(name):
            return name
        case Call(text=text):
            return text
        case Number(value):
            return f"{value:g}"
        case Operation(symbol, operands):
            return symbol.join(map(_text, operands))
    return ""
