"""Linear mixed models of regional values: one formula, one outcome or many at once."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from multipet.core.problems import Problem, UserError
from multipet.formulas.formula import Formula, parse_formula
from multipet.formulas.functions import check_functions
from multipet.mixed_model.design import Design, build_design, complete_rows
from multipet.mixed_model.fit import FailedFit, MixedFit
from multipet.mixed_model.patterns import Patterns, WholeDesign
from multipet.mixed_model.region_fits import fit_at, fit_design, fit_with_gaps
from multipet.mixed_model.variables import is_number, require_columns

_MANY = 8  # outcomes with the same rows that are worth cross-products of their own
_MOST_READ = 2000  # outcomes read from the table at once


def fit_model(
    formula: str, table: pd.DataFrame, reml: bool = True, residual_by: str | None = None
) -> MixedFit:
    """Fit one model, as lme4's ``lmer`` does.

    Parameters
    ----------
    formula
        lme4's notation with the outcome on the left:
        ``bp_nd ~ age + sex + (1 | site/scanner) + (1 | participant_id)``. Functions: see
        ``multipet.formulas.functions``. Without random terms it is ordinary least squares.
    table
        One row a scan. Text and categorical columns have levels, the first being the reference;
        rows that lack a variable of the formula are left out.
    reml
        Restricted maximum likelihood; else maximum likelihood.
    residual_by
        Column by whose levels the residual variance differs, as nlme's ``varIdent`` has it:
        ``scanner``. The residual SD of a level is δ times that of the first level.

    Raises
    ------
    UserError
        If the formula cannot be read, or the table cannot tell its effects apart.

    Examples
    --------
    >>> import pandas as pd
    >>> scans = pd.DataFrame(
    ...     {
    ...         "participant_id": ["a", "a", "b", "b", "c", "c"],
    ...         "visit": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0],
    ...         "bp_nd": [2.0, 2.2, 2.9, 3.0, 2.4, 2.7],
    ...     }
    ... )
    >>> fit = fit_model("bp_nd ~ visit + (1 | participant_id)", scans)
    >>> [round(float(value), 3) for value in fit.beta]
    [2.233, 0.2]
    """
    parsed = _parsed(formula)
    if not parsed.outcome:
        raise UserError(Problem(f'formula "{formula}"', "it names no outcome: outcome ~ terms"))
    design, values = _design_and_values(parsed, table, parsed.outcome, residual_by)
    return _or_error(fit_design(design, {parsed.outcome: values}, reml)[parsed.outcome])


def fit_regions(
    formula: str,
    table: pd.DataFrame,
    outcomes: Sequence[str],
    reml: bool = True,
    residual_by: str | None = None,
) -> list[MixedFit | FailedFit]:
    """Fit the same model to many outcomes, in one go for those with the same rows.

    Parameters
    ----------
    formula
        As in ``fit_model``, but without an outcome: ``age + sex + (1 | site)``.
    table
        One row a scan, one column an outcome.
    outcomes
        Columns to fit. Rows that miss an outcome are left out of its fit only.
    reml, residual_by
        As in ``fit_model``.

    Returns
    -------
    list
        One fit an outcome, in the order asked for. An outcome that cannot be fitted has a
        ``FailedFit`` with the reason.

    Raises
    ------
    UserError
        If the formula cannot be read or a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> scans = pd.DataFrame(
    ...     {
    ...         "age": [30.0, 40.0, 50.0, 60.0],
    ...         "caudate": [2.9, 2.7, 2.6, 2.4],
    ...         "putamen": [3.6, 3.6, 3.3, None],
    ...     }
    ... )
    >>> fits = fit_regions("age", scans, ["caudate", "putamen"])
    >>> [(fit.outcome, len(fit.rows), round(float(fit.beta[1]), 3)) for fit in fits]
    [('caudate', 4, -0.016), ('putamen', 3, -0.015)]
    """
    parsed = _parsed(formula)
    if parsed.outcome:
        message = f'the outcome "{parsed.outcome}" does not belong here: outcomes are named apart'
        raise UserError(Problem(f'formula "{formula}"', message))
    return _fit_columns(parsed, table, list(outcomes), reml, residual_by)


def evaluate_at(
    formula: str,
    table: pd.DataFrame,
    outcome: str,
    theta: Sequence[float],
    reml: bool = True,
    residual_by: str | None = None,
    residual_ratios: Mapping[str, float] | None = None,
) -> MixedFit:
    """Fit with θ given: everything is computed, nothing optimised.

    Parameters
    ----------
    residual_by, residual_ratios
        The factor of the residual variance and δ of each of its levels; all 1 where None.

    Raises
    ------
    UserError
        As ``fit_model``, or if ``theta`` has the wrong length or a level no ratio.
    """
    design, values = _design_and_values(_parsed(formula), table, outcome, residual_by)
    if residual_ratios and not residual_by:
        message = "residual ratios are given, but not the factor they belong to"
        raise UserError(Problem(f'formula "{formula}"', message))
    at = np.asarray(theta, dtype=float)
    return _or_error(fit_at(design, outcome, values, at, reml, residual_ratios))


def _parsed(formula: str) -> Formula:
    parsed = parse_formula(formula)
    check_functions(parsed.nodes, f'formula "{formula}"')
    return parsed


def _design_and_values(
    formula: Formula, table: pd.DataFrame, outcome: str, residual_by: str | None
) -> tuple[Design, np.ndarray]:
    """Design in the complete rows of one outcome, and its values there."""
    values = _outcome_values(table, [outcome])[:, 0]
    rows = np.flatnonzero(complete_rows(formula, table, residual_by) & ~np.isnan(values))
    return build_design(formula, table, rows, residual_by), values[rows]


def _or_error(fit: MixedFit | FailedFit) -> MixedFit:
    if isinstance(fit, FailedFit):
        raise UserError(Problem(f'formula "{fit.formula}"', fit.reason))
    return fit


def _outcome_values(table: pd.DataFrame, outcomes: Sequence[str]) -> np.ndarray:
    """Columns of ``table`` as numbers, shape (rows, outcomes), NaN where missing."""
    require_columns(outcomes, table, "outcomes")
    found = table[list(outcomes)]
    unusable = {kind for kind in set(found.dtypes) if not is_number(kind)}
    if unusable:
        first = next(name for name, kind in found.dtypes.items() if kind in unusable)
        raise UserError(Problem("outcomes", f'column "{first}" is not a number'))
    return found.to_numpy(dtype=float, na_value=np.nan, copy=True)  # fits outlive the table


def _fit_columns(
    formula: Formula,
    table: pd.DataFrame,
    outcomes: list[str],
    reml: bool,
    residual_by: str | None,
) -> list[MixedFit | FailedFit]:
    """Fits of ``outcomes``, those with the same complete rows together, some thousand a time."""
    complete = complete_rows(formula, table, residual_by)
    designs: dict[bytes, Design | str] = {}
    fits: dict[str, MixedFit | FailedFit] = {}
    for start in range(0, len(outcomes), _MOST_READ):
        names = list(dict.fromkeys(outcomes[start : start + _MOST_READ]))
        Y = _outcome_values(table, names)
        present = ~np.isnan(Y) & complete[:, None]
        patterns = Patterns.of(names, Y, present)
        if formula.random and not residual_by:
            fits.update(_fit_gaps(formula, table, patterns, designs, reml))
        for pattern, together in patterns.outcomes.items():
            if together[0] in fits:
                continue
            rows = patterns.rows(pattern)
            if pattern not in designs:
                designs[pattern] = _design_or_reason(formula, table, rows, residual_by)
            fits.update(_fitted(designs[pattern], formula, patterns.values(pattern), reml))
    return [fits[outcome] for outcome in outcomes]


def _fitted(
    design: Design | str, formula: Formula, outcomes: Mapping[str, np.ndarray], reml: bool
) -> Mapping[str, MixedFit | FailedFit]:
    """Fits of outcomes with the same rows; ``design`` may be the reason why there are none."""
    if isinstance(design, Design):
        return fit_design(design, outcomes, reml)
    return {name: FailedFit(outcome=name, formula=formula.text, reason=design) for name in outcomes}


def _fit_gaps(
    formula: Formula,
    table: pd.DataFrame,
    patterns: Patterns,
    designs: dict[bytes, Design | str],
    reml: bool,
) -> dict[str, MixedFit | FailedFit]:
    """Fits of outcomes that share most of their rows; their designs are put into ``designs``."""
    few = [one for one, names in patterns.outcomes.items() if len(names) < _MANY]
    if len(few) < 2:
        return {}
    rows = patterns.any_rows(few)
    whole = WholeDesign.of(formula, table, rows)
    if whole is None:
        return {}
    values, of_outcome = {}, {}
    for pattern in few:
        design = designs.get(pattern) or whole.kept(patterns.present(pattern)[rows])
        if isinstance(design, Design):
            designs[pattern] = design
            for name in patterns.outcomes[pattern]:
                values[name], of_outcome[name] = patterns.column(name)[rows], design
    return fit_with_gaps(whole.design, values, of_outcome, reml)


def _design_or_reason(
    formula: Formula, table: pd.DataFrame, rows: np.ndarray, residual_by: str | None
) -> Design | str:
    """Design in these rows, or why there is none."""
    try:
        return build_design(formula, table, rows, residual_by)
    except UserError as error:
        return "; ".join(problem.message for problem in error.problems)
