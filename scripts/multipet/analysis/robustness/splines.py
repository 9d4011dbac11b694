"""Is a straight line enough for a number whose slope is asked?

Beside the model as fitted stands one with a natural cubic spline (3 df) of the number in place of
its straight line: the two columns that the spline has beyond the line are added, the same for all
levels, and their joint test is that of linearity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.by_site_formula import with_covariates
from multipet.analysis.contrast.estimates import Question, RegionEstimate
from multipet.analysis.contrast.refits import free_name
from multipet.analysis.contrast.shared_structure import approximations
from multipet.analysis.model.fit_file import Fit
from multipet.analysis.model.fits import fit_each
from multipet.config.kinds import Comparison
from multipet.core.columns import names
from multipet.core.columns.robustness import LINEARITY
from multipet.formulas.expression import Call, names_in
from multipet.formulas.formula import parse_formula
from multipet.formulas.functions import BASES
from multipet.inference import joint_test
from multipet.inference.estimability import NotEstimable
from multipet.inference.multiplicity import adjust
from multipet.inference.small_sample import SmallSample
from multipet.mixed_model.fit import FailedFit, MixedFit

SPLINE_DF = 3
BENDS = SPLINE_DF - 1
#: Fewer different values than this tell no curve from a line.
FEWEST_VALUES = 6


@dataclass(frozen=True, eq=False)
class Bend:
    """The columns that a natural cubic spline has beyond a straight line.

    Attributes
    ----------
    names
        What they are called in the table and the formula.
    learnt
        Knots of the spline, and the combinations of its B-splines.
    line
        Least-squares coefficients of the spline's columns on (1, x), shape (2, 3).
    axes
        The combinations of what is left over, shape (3, 2).
    """

    names: tuple[str, ...]
    learnt: tuple[np.ndarray, ...]
    line: np.ndarray
    axes: np.ndarray

    def columns(self, x: np.ndarray) -> np.ndarray:
        """Values at ``x``, shape (n, 2)."""
        return (BASES["ns"].apply(x, self.learnt) - _straight(x) @ self.line) @ self.axes


@dataclass(frozen=True)
class Splines:
    """Models with a spline of the number whose slope a contrast asks.

    Attributes
    ----------
    variable
        That number; empty where the contrast asks no slope, or those of several.
    status
        ``ok``, or why there is no spline.
    bend
        What was added; None without spline.
    fits, models
        Fit and degrees of freedom of each outcome; empty without spline.
    """

    variable: str
    status: str = "ok"
    bend: Bend | None = None
    fits: Mapping[str, Fit] = field(default_factory=dict)
    models: Mapping[str, SmallSample] = field(default_factory=dict)


def spline_fits(
    question: Question, found: Sequence[RegionEstimate], scans: pd.DataFrame
) -> Splines:
    """Fit the model of a slope with a spline, in every region.

    Parameters
    ----------
    question, found
        What was asked, and its answers.
    scans
        The table that was fitted.
    """
    variable = slope_variable(question.comparisons)
    fits = list({a.fit.outcome: a.fit for a in found if isinstance(a.fit, MixedFit)}.values())
    if not variable or not fits:
        return Splines("")
    if _is_curved(fits[0].formula, variable):
        return Splines(variable, f"The model has a curve of {variable} itself.")
    used = np.unique(np.concatenate([fit.rows for fit in fits]))
    x = scans[variable].to_numpy(float)
    if len(np.unique(x[used])) < FEWEST_VALUES:
        return Splines(variable, f"{variable} has fewer than {FEWEST_VALUES} different values.")
    bend = _bend(scans, x[used])
    known = np.isfinite(x)
    columns = np.full((len(x), BENDS), np.nan)
    columns[known] = bend.columns(x[known])
    table = scans.assign(**dict(zip(bend.names, columns.T, strict=True)))
    formulas = {fit.outcome: with_covariates(fit.formula, list(bend.names)) for fit in fits}
    splines = fit_each(formulas, table, fits[0].residual_by or None)
    models = approximations(splines, question.inference["df"])
    return Splines(variable, "ok", bend, dict(zip(formulas, splines, strict=True)), models)


def slope_variable(asked: Sequence[Comparison]) -> str:
    """The number whose slope is asked, alone or at several levels; empty where there is none."""
    slopes = {term.slope[0] if term.slope else "" for c in asked for term in c.terms}
    return slopes.pop() if len(slopes) == 1 else ""


def linearity_table(
    question: Question, found: Sequence[RegionEstimate], splines: Splines
) -> pd.DataFrame:
    """Tests that the number's effect is a straight line (columns ``LINEARITY``).

    One row an answer; empty where the contrast asks no slope.
    """
    rows = [_linearity(answer, splines) for answer in found] if splines.variable else []
    table = pd.DataFrame(rows, columns=names(LINEARITY))
    table["p_adjusted"] = adjust(table["p_value"].to_numpy(float), question.inference["adjust"])
    return table


def _linearity(answer: RegionEstimate, splines: Splines) -> dict[str, Any]:
    row = {"region": answer.region, "comparison": answer.comparison, "variable": splines.variable}
    if splines.status != "ok":
        return row | {"status": splines.status}
    fit = splines.fits.get(answer.fit.outcome, answer.fit)
    if isinstance(fit, FailedFit):
        return row | {"status": fit.reason}
    try:
        rows = [{name: 1.0} for name in splines.bend.names]
        test = joint_test(fit, rows, approximation=splines.models[fit.outcome])
    except NotEstimable as error:
        return row | {"status": str(error)}
    if not np.isfinite(test.p_value):
        return row | {"status": "not testable: the data do not determine the degrees of freedom"}
    keys = ("f", "numerator_df", "denominator_df", "df_method", "p_value")
    return row | {key: getattr(test, key) for key in keys} | {"status": "ok"}


def _is_curved(formula: str, variable: str) -> bool:
    """Does the number stand within a function, as in ``ns(age, 3)``?"""
    nodes = {node for term in parse_formula(formula).fixed for node in term}
    return any(isinstance(node, Call) and variable in names_in(node) for node in nodes)


def _straight(x: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones_like(x), x])


def _bend(scans: pd.DataFrame, x: np.ndarray) -> Bend:
    learnt = BASES["ns"].learn(x, SPLINE_DF)
    basis = BASES["ns"].apply(x, learnt)
    line = np.linalg.lstsq(_straight(x), basis, rcond=None)[0]
    axes = np.linalg.svd(basis - _straight(x) @ line, full_matrices=False)[2][:BENDS].T
    wanted = tuple(free_name(f"bend_{k}", scans) for k in range(1, SPLINE_DF))
    return Bend(wanted, learnt, line, axes)
