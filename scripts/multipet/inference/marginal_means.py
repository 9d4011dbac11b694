"""Estimated marginal means, slopes and their pairwise differences, as emmeans has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np
from scipy.special import stdtr

from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.inference import multiplicity
from multipet.inference.estimates import ContrastEstimate, Weights, estimate, small_sample
from multipet.inference.small_sample import SmallSample
from multipet.mixed_model.fit import MixedFit

Settings = Mapping[str, str | float]
NONE: Settings = {}
Key = TypeVar("Key")
ADJUSTMENTS = ("tukey", "holm", "none")


@dataclass(frozen=True)
class PairwiseDifference:
    """Difference of two levels, ``first`` minus ``second``.

    Attributes
    ----------
    result
        Its estimate, interval and p-value, not adjusted.
    p_adjusted
        Adjusted over all pairs of the factor.
    """

    first: str
    second: str
    result: ContrastEstimate
    p_adjusted: float


def weights_at(fit: MixedFit, settings: Settings) -> dict[str, float]:
    """Coefficient weights of the mean outcome at ``settings``.

    Variables that are not set are averaged: a factor over its levels with equal weights, a
    number at its mean over the rows used. Weights of dropped coefficients are listed too:
    they decide whether a difference of two means can be estimated.

    Raises
    ------
    UserError
        If a variable or a level is unknown, or a number is set to a text.
    """
    fixed = fit.design.fixed
    _require_numbers(fit, settings)
    row = fixed.matrix.row(settings)
    names = (*fit.design.coefficients, *fit.design.dropped_columns)
    values = np.concatenate([row[fixed.kept], row[fixed.dropped]])
    return dict(zip(names, values.tolist(), strict=True))


def slope_weights(
    fit: MixedFit, variable: str, amount: float = 1, settings: Settings = NONE
) -> dict[str, float]:
    """Coefficient weights of the change over ``amount`` of a number.

    The change is centred at the mean of ``variable``, or at its value in ``settings``: for a
    straight line that does not matter, for a curve it is the central difference.

    Raises
    ------
    UserError
        As ``weights_at``; also if ``variable`` is a factor.
    """
    variables = fit.design.fixed.matrix.variables
    if variable not in variables or variables[variable].is_factor:
        allowed = [name for name, known in variables.items() if not known.is_factor]
        message = f"the model has no number {variable!r} to take a slope of"
        raise UserError(Problem(f"slope of {variable}", message, did_you_mean(variable, allowed)))
    _require_numbers(fit, settings)
    centre = float(settings.get(variable, variables[variable].mean))
    high, low = (
        weights_at(fit, {**settings, variable: centre + half}) for half in (amount / 2, -amount / 2)
    )
    return difference(high, low)


def difference(first: Weights, second: Weights) -> dict[str, float]:
    """Weights of ``first`` minus ``second``."""
    names = dict.fromkeys([*first, *second])
    return {name: first.get(name, 0) - second.get(name, 0) for name in names}


def means(
    fit: MixedFit,
    factor: str,
    settings: Settings = NONE,
    df_method: str = "kenward-roger",
    confidence: float = 0.95,
    approximation: SmallSample | None = None,
) -> dict[str, ContrastEstimate]:
    """Marginal mean of every level of ``factor``; arguments as ``pairwise``."""
    rows = _rows(fit, factor, None, settings)
    return _estimates(fit, rows, df_method, confidence, approximation)


def slopes(
    fit: MixedFit,
    variable: str,
    factor: str,
    settings: Settings = NONE,
    df_method: str = "kenward-roger",
    confidence: float = 0.95,
    approximation: SmallSample | None = None,
) -> dict[str, ContrastEstimate]:
    """Slope of ``variable``, per unit, at every level of ``factor``; arguments as ``pairwise``."""
    rows = _rows(fit, factor, variable, settings)
    return _estimates(fit, rows, df_method, confidence, approximation)


def pairwise(
    fit: MixedFit,
    factor: str,
    adjust: str = "tukey",
    slope: str | None = None,
    settings: Settings = NONE,
    df_method: str = "kenward-roger",
    confidence: float = 0.95,
    approximation: SmallSample | None = None,
) -> list[PairwiseDifference]:
    """Differences of all pairs of levels, in the order of the levels.

    Parameters
    ----------
    fit
        A fitted model.
    factor
        A variable with levels in the fixed part.
    adjust
        ``tukey`` (studentised range with each pair's own df), ``holm`` or ``none``.
    slope
        Compare the slopes of this number, not the means.
    settings
        Levels and numbers at which the others are held; what is left out is averaged.
    df_method, confidence, approximation
        As for ``inference.estimate``.

    Raises
    ------
    UserError
        If a variable or level is unknown.
    ValueError
        If ``adjust`` or ``df_method`` is unknown.
    NotEstimable
        If the design holds no information on a difference.
    """
    if adjust not in ADJUSTMENTS:
        raise ValueError(f"adjust is {adjust!r}; allowed: {', '.join(ADJUSTMENTS)}")
    rows = _rows(fit, factor, slope, settings)
    pairs = {(a, b): difference(rows[a], rows[b]) for a, b in combinations(rows, 2)}
    results = _estimates(fit, pairs, df_method, confidence, approximation)
    adjusted = _adjusted(list(results.values()), adjust, len(rows))
    return [
        PairwiseDifference(first, second, result, float(p))
        for ((first, second), result), p in zip(results.items(), adjusted, strict=True)
    ]


def tukey_p(t: float, df: float, n_means: int) -> float:
    """Chance that the largest of all differences of ``n_means`` equal means exceeds ``t``.

    Tukey's studentised range; exact for equal group sizes, conservative (Tukey-Kramer) else.
    """
    if n_means == 2:
        return float(2 * stdtr(df, -abs(t)))
    from scipy.stats import studentized_range  # 0.7 s to import, for pairs of levels only

    return float(studentized_range.sf(np.sqrt(2) * abs(t), n_means, df))


def _adjusted(results: list[ContrastEstimate], adjust: str, n_levels: int) -> list[float]:
    if adjust == "tukey":
        return [tukey_p(result.t, result.df, n_levels) for result in results]
    return list(multiplicity.adjust([result.p_value for result in results], adjust))


def _estimates(
    fit: MixedFit,
    rows: Mapping[Key, Weights],
    df_method: str,
    confidence: float,
    approximation: SmallSample | None,
) -> dict[Key, ContrastEstimate]:
    shared = approximation or small_sample(fit, df_method)
    return {
        name: estimate(fit, weights, confidence=confidence, approximation=shared)
        for name, weights in rows.items()
    }


def _rows(
    fit: MixedFit, factor: str, slope: str | None, settings: Settings
) -> dict[str, dict[str, float]]:
    rows = {}
    for level in _levels(fit, factor):
        at = {**settings, factor: level}
        rows[level] = slope_weights(fit, slope, 1, at) if slope else weights_at(fit, at)
    return rows


def _levels(fit: MixedFit, factor: str) -> tuple[str, ...]:
    variables = fit.design.fixed.matrix.variables
    if factor in variables and variables[factor].is_factor:
        return variables[factor].levels
    allowed = [name for name, known in variables.items() if known.is_factor]
    message = f"the model has no variable {factor!r} with levels in its fixed part"
    raise UserError(Problem(f"means of {factor}", message, did_you_mean(factor, allowed)))


def _require_numbers(fit: MixedFit, settings: Settings) -> None:
    variables = fit.design.fixed.matrix.variables
    for name, value in settings.items():
        if name in variables and not variables[name].is_factor and not _is_number(value):
            raise UserError(Problem("settings", f'"{name}" is a number, but is set to "{value}"'))


def _is_number(value: str | float) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except ValueError:
        return False
