"""The fitted outcome over a number whose slope is asked, at each level of the other variables."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import Question, RegionEstimate
from multipet.analysis.contrast.shared_structure import approximations
from multipet.analysis.robustness.partial_lines import deviation_margin
from multipet.analysis.robustness.splines import Splines
from multipet.core.columns import names
from multipet.core.columns.robustness import CURVES
from multipet.core.problems import UserError
from multipet.formulas.expression import names_in
from multipet.formulas.formula import parse_formula
from multipet.inference.estimability import NotEstimable, weight_row
from multipet.inference.marginal_means import weights_at
from multipet.inference.small_sample import SmallSample
from multipet.mixed_model.fit import MixedFit

POINTS = 31
MOST_CURVES = 4
CENTRE = frozenset({"site", "scanner", "region"})
LINE, SPLINE = "model", "spline"
Levels = tuple[tuple[str, str], ...]


def curves_table(
    question: Question,
    shown: Sequence[RegionEstimate],
    splines: Splines,
    scans: pd.DataFrame,
) -> pd.DataFrame:
    """The mean outcome over the number (columns ``robustness_columns.CURVES``).

    There is a curve a combination of the levels of all level variables of the model where there
    are four at most; else of those that the slope may differ between; else they are averaged.
    Each goes over the ages, say, that were seen at its levels.

    Parameters
    ----------
    question, shown
        What was asked, and the answers that are shown; of several in a region the first.
    splines
        ``splines.spline_fits``: nothing is drawn where the contrast asks no slope.
    scans
        The table that was fitted.
    """
    rows: list[dict[str, Any]] = []
    first = {answer.region: answer for answer in reversed(shown)}
    for answer in reversed(first.values()) if splines.variable else []:
        fits = {LINE: answer.fit, SPLINE: splines.fits.get(answer.fit.outcome)}
        for shape, fit in fits.items():
            if isinstance(fit, MixedFit):
                rows.extend(_curves(question, answer, fit, splines, scans, shape))
    return pd.DataFrame(rows, columns=names(CURVES))


def curve_levels(fit: MixedFit, variable: str) -> list[Levels]:
    """Settings of level variables that get a curve each."""
    matrix = fit.design.fixed.matrix
    factors = [n for n, v in matrix.variables.items() if v.is_factor and n not in CENTRE]
    terms = list(_terms(fit.formula))
    crossed = [f for f in factors if any({f, variable} <= term for term in terms)]
    for chosen in (factors, crossed):
        if prod(len(matrix.variables[f].levels) for f in chosen) <= MOST_CURVES:
            every = product(*(matrix.variables[f].levels for f in chosen))
            return [tuple(zip(chosen, levels, strict=True)) for levels in every]
    return [()]


def _terms(formula: str) -> Iterator[set[str]]:
    for term in parse_formula(formula).fixed:
        yield {name for node in term for name in names_in(node)}


def _curves(
    question: Question,
    answer: RegionEstimate,
    fit: MixedFit,
    splines: Splines,
    scans: pd.DataFrame,
    shape: str,
) -> Iterator[dict[str, Any]]:
    model = approximations([fit], question.inference["df"])[fit.outcome]
    table = scans.iloc[fit.rows]
    for levels in curve_levels(answer.fit, splines.variable):
        seen = np.ones(len(table), dtype=bool)
        for name, level in levels:
            seen &= (table[name].astype(str) == level).to_numpy()
        if not seen.any():
            continue
        own = table[splines.variable].to_numpy(float)[seen]
        places = np.linspace(own.min(), own.max(), POINTS)
        settings = [dict(levels) | _at(answer, fit, splines, shape, float(x)) for x in places]
        ends = _with_band(question, fit, model, settings, places, own)
        for x, (fitted, low, high) in zip(places, ends, strict=True):
            yield {
                "region": answer.region,
                "comparison": answer.comparison,
                "variable": splines.variable,
                **_level_cells(levels),
                "shape": shape,
                "x": x,
                "fitted": fitted,
                "low": low,
                "high": high,
            }


def _level_cells(levels: Levels) -> dict[str, str]:
    pairs = [*levels, ("", ""), ("", "")]
    return {
        f"{key}_{i}": text
        for i, pair in enumerate(pairs[:2], 1)
        for key, text in zip(("factor", "level"), pair, strict=True)
    }


def _at(
    answer: RegionEstimate, fit: MixedFit, splines: Splines, shape: str, x: float
) -> dict[str, str | float]:
    """Settings of the number, its bends, and the region of a joint model."""
    settings: dict[str, str | float] = {splines.variable: x}
    if "region" in fit.design.fixed.matrix.variables:
        settings["region"] = answer.region
    if shape == SPLINE:
        bends = splines.bend.columns(np.array([x]))[0].tolist()
        settings |= dict(zip(splines.bend.names, bends, strict=True))
    return settings


def _with_band(
    question: Question,
    fit: MixedFit,
    model: SmallSample,
    settings: Sequence[Mapping[str, str | float]],
    places: np.ndarray,
    own: np.ndarray,
) -> np.ndarray:
    """Mean outcome at every setting with the ends of its band, in the outcome's own unit, (m, 3).

    The band is that of the change from the middle of ``own``, as in ``partial_lines``.
    """
    rows = np.array([_row(fit, at) for at in settings])
    middle = np.array([np.mean(np.interp(own, places, column)) for column in rows.T])
    confidence = question.inference["confidence"]
    margin = [deviation_margin(fit, row - middle, model, confidence) for row in rows]
    fitted = rows @ fit.beta
    ends = np.column_stack([fitted, fitted - margin, fitted + margin])
    return np.exp(ends) if question.scale == "log" else ends


def _row(fit: MixedFit, settings: Mapping[str, str | float]) -> np.ndarray:
    try:
        return weight_row(fit, weights_at(fit, settings))
    except (NotEstimable, UserError):
        return np.full(len(fit.beta), np.nan)
