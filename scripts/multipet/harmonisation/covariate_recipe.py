"""How preserved covariates become columns: learnt from some scans, the same for any others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.problems import Problem, UserError
from multipet.formulas.expression import Call, Node, Operation, names_in
from multipet.formulas.formula import INTERCEPT, Formula, Term, parse_formula
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.covariate_values import (
    Covariate,
    complete_rows,
    covariate_values,
    plain_numbers,
    read_covariate,
    spline_names,
    with_splines,
)
from multipet.mixed_model.model_matrix import ModelMatrix, build_matrix
from multipet.mixed_model.variables import Variable, require_columns


@dataclass(frozen=True, eq=False)
class CovariateRecipe:
    """Columns of preserved covariates for any table.

    Attributes
    ----------
    text
        The formula as written.
    names
        ``age``, ``sex[M]``, ``age:group[patient]``; no intercept, the batches span it.
    covariates
        Those that have a column.
    left_out
        Those with one value in the scans learnt from, whose effect is then unknown.
    splines
        Those that are natural cubic splines.
    straight
        Numbers beside splines that are not.
    matrix
        The columns' terms, with what functions learnt.
    """

    text: str
    names: tuple[str, ...]
    covariates: Mapping[str, Covariate]
    left_out: tuple[str, ...]
    splines: tuple[str, ...]
    straight: tuple[str, ...]
    matrix: ModelMatrix

    def usable(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """Which scans have every covariate, (scan,)."""
        return complete_rows(table, self.covariates)

    def columns(self, table: pd.DataFrame, where: str) -> Array:
        """Columns of scans that have every covariate, (scan, column).

        Raises
        ------
        UserError
            If a covariate is no number where one was learnt, or has an unknown level.
        """
        if not self.names or table.empty:
            return np.empty((len(table), len(self.names)))
        values = {n: covariate_values(c, table[n], where) for n, c in self.covariates.items()}
        return self.matrix.columns(values)[:, 1:]

    def as_parameters(self) -> dict[str, Any]:
        """Everything that ``recipe_from`` needs, JSON-able."""
        return {
            "formula": self.text,
            "columns": list(self.names),
            "left_out": list(self.left_out),
            "splines": list(self.splines),
            "variables": {n: c.as_parameters() for n, c in self.covariates.items()},
            "learnt": {
                call.text: [np.asarray(part).tolist() for part in parts]
                for call, parts in self.matrix.learnt.items()
            },
        }


def learn_recipe(
    table: pd.DataFrame,
    preserve: str | None,
    where: str = "preserve",
    fitted: NDArray[np.bool_] | None = None,
    splines: Sequence[str] | None = (),
) -> CovariateRecipe:
    """Learn the columns of a formula such as ``age + sex + group``; empty preserves nothing.

    Parameters
    ----------
    fitted
        Scans to learn from, (scan,); None: all. A covariate with one value there is left out.
    splines
        Numbers that become natural cubic splines; None: all with enough different values.

    Raises
    ------
    UserError
        If it is not a formula of fixed effects, names an outcome or an unknown column, no
        scan has all its covariates, or a spline is impossible.
    """
    text = (preserve or "").strip() or "1"
    formula = _fixed_formula(text, where)
    require_columns(formula.variables, table, where)
    rows = complete_rows(table, formula.variables) & (True if fitted is None else fitted)
    if not rows.any():
        which = "no scan" if fitted is None else "no scan of fit_on"
        raise UserError(Problem(where, f'{which} has every covariate of "{text}"'))
    read = {name: read_covariate(name, table[name], rows) for name in formula.variables}
    constant = tuple(n for n in read if fitted is not None and read[n].is_constant)
    terms = reduced_terms(formula.fixed, constant)
    used = {n: c for n, c in read.items() if any(n in names_in(x) for t in terms for x in t)}
    numbers = {
        name: covariate_values(covariate, table[name][rows], where)
        for name, covariate in used.items()
        if not covariate.levels
    }
    bent = spline_names(terms, numbers, splines) if splines is None or len(splines) else ()
    straight = [n for n in plain_numbers(terms, numbers) if bent and n not in bent]
    recipe = CovariateRecipe(
        text, (), used, constant, bent, tuple(straight), _matrix(terms, used, bent, where)
    )
    return replace(recipe, names=_learnt_names(recipe, table[rows], where))


@dataclass(frozen=True)
class Preserved:
    """Covariate columns of the scans that have every covariate.

    Attributes
    ----------
    recipe
        How they are made.
    columns
        (usable scan, column).
    usable
        Which scans of the table have every covariate, (scan,).
    """

    recipe: CovariateRecipe
    columns: NDArray[np.float64]
    usable: NDArray[np.bool_]

    @property
    def text(self) -> str:
        """The formula as written."""
        return self.recipe.text

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.recipe.names


def preserved_columns(
    table: pd.DataFrame,
    preserve: str | None,
    where: str = "preserve",
    fitted: NDArray[np.bool_] | None = None,
    splines: Sequence[str] | None = (),
) -> Preserved:
    """Read the covariates of a formula such as ``age + sex + group``; empty preserves nothing.

    Parameters
    ----------
    fitted, splines
        As for ``learn_recipe``, which also says what is refused.
    """
    recipe = learn_recipe(table, preserve, where, fitted, splines)
    usable = recipe.usable(table)
    return Preserved(recipe, recipe.columns(table[usable], where), usable)


def recipe_from(parameters: Mapping[str, Any]) -> CovariateRecipe:
    """Rebuild a recipe from ``CovariateRecipe.as_parameters``."""
    covariates = {n: Covariate(name=n, **c) for n, c in parameters["variables"].items()}
    left_out, bent = tuple(parameters["left_out"]), tuple(parameters["splines"])
    formula = _fixed_formula(parameters["formula"], "parameters")
    matrix = _matrix(reduced_terms(formula.fixed, left_out), covariates, bent, "parameters")
    for call in (c for term in matrix.terms for piece in term for c in _calls(piece.node)):
        if call.text in parameters["learnt"]:
            matrix.learnt[call] = tuple(map(np.asarray, parameters["learnt"][call.text]))
    names = tuple(parameters["columns"])
    return CovariateRecipe(parameters["formula"], names, covariates, left_out, bent, (), matrix)


def reduced_terms(terms: Sequence[Term], constant: Sequence[str]) -> tuple[Term, ...]:
    """Return ``terms`` without constant covariates, the intercept first: age:group is then age."""
    reduced: dict[frozenset[Node], Term] = {frozenset(): INTERCEPT}
    for term in terms:
        left = tuple(n for n in term if not names_in(n) or set(names_in(n)) - set(constant))
        reduced.setdefault(frozenset(left), left)
    return tuple(reduced.values())


def _matrix(
    terms: Sequence[Term], covariates: Mapping[str, Covariate], bent: Sequence[str], where: str
) -> ModelMatrix:
    variables = {n: Variable(n, c.levels, c.mean) for n, c in covariates.items()}
    return build_matrix(with_splines(terms, bent), variables, where)


def _learnt_names(recipe: CovariateRecipe, table: pd.DataFrame, where: str) -> tuple[str, ...]:
    values = {n: covariate_values(c, table[n], where) for n, c in recipe.covariates.items()}
    recipe.matrix.columns(values)
    return recipe.matrix.names(values)[1:]


def _calls(node: Node) -> Iterator[Call]:
    if isinstance(node, Call):
        yield node
    if isinstance(node, Call | Operation):
        parts = node.arguments if isinstance(node, Call) else node.operands
        for part in parts:
            yield from _calls(part)


def _fixed_formula(text: str, where: str) -> Formula:
    formula = parse_formula(text, where)
    if formula.random:
        message = f'"{text}" has a random effect'
        raise UserError(Problem(where, message, "name covariates only: age + sex"))
    if formula.outcome:
        raise UserError(Problem(where, f'"{text}" names an outcome', "leave out what is left of ~"))
    return formula
