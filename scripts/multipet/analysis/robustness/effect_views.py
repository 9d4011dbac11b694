"""How an answer is plotted: which scans, over which variable, from which model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipet.analysis.contrast.direction import contrast_direction
from multipet.analysis.contrast.effect_by_site import RegionBySite
from multipet.analysis.contrast.estimates import Question, RegionEstimate
from multipet.config.kinds import Comparison
from multipet.inference.estimability import NotEstimable
from multipet.mixed_model.fit import MixedFit

#: Points beyond which an answer is not shown: a joint model of many regions.
MOST_POINTS = 5000


@dataclass(frozen=True, eq=False)
class EffectView:
    """One answer as a plot sees it.

    Attributes
    ----------
    answer
        What is shown.
    comparison
        Its comparison.
    fit, weights
        The model whose residuals are shown, and the contrast there: with an effect a site
        where there is one, else the main one.
    by_site
        The answer taken apart by site; None where it is not.
    variable
        The variable on the x axis; empty where it is the contrast's direction.
    levels
        Levels of that variable, in the order of the plot; empty for a number.
    rows
        Positions in ``fit.rows`` of the scans that are shown.
    x
        Their place on the x axis, shape (rows,).
    """

    answer: RegionEstimate
    comparison: Comparison
    fit: MixedFit
    by_site: RegionBySite | None
    variable: str
    levels: tuple[str, ...]
    rows: np.ndarray
    x: np.ndarray

    @property
    def region(self) -> dict[str, str]:
        """The setting of the region, in a joint model with region as fixed effect."""
        has = "region" in self.fit.design.fixed.matrix.variables
        return {"region": self.answer.region} if has else {}

    def level(self, x: float) -> str:
        """Level at a place on the x axis; empty for a number."""
        return self.levels[int(x) - 1] if self.levels else ""


def smallest_p(found: Sequence[RegionEstimate], most: int) -> list[RegionEstimate]:
    """The answers with the smallest p, at most ``most``, those first."""
    tested = [a for a in found if a.status == "ok"]
    return sorted(tested, key=lambda a: a.estimate.p_value)[:most]


def effect_views(
    question: Question,
    shown: Sequence[RegionEstimate],
    by_site: Sequence[RegionBySite],
    scans: pd.DataFrame,
) -> list[EffectView]:
    """Views of answers, in their order.

    Parameters
    ----------
    question, shown
        What was asked, and the answers that are shown, see ``smallest_p``.
    by_site
        Answers taken apart by site.
    scans
        The table that was fitted.

    Returns
    -------
    list of EffectView
        Without those that have more points than ``MOST_POINTS``.
    """
    parts = {(p.answer.region, p.answer.comparison): p for p in by_site if p.fit is not None}
    views = (_view(question, a, parts.get((a.region, a.comparison)), scans) for a in shown)
    return [view for view in views if view is not None]


def _view(
    question: Question, answer: RegionEstimate, part: RegionBySite | None, scans: pd.DataFrame
) -> EffectView | None:
    comparison = next(c for c in question.comparisons if c.label == answer.comparison)
    fit = part.fit if part is not None else answer.fit
    table = scans.iloc[fit.rows]
    shown = np.ones(len(table), dtype=bool)
    if "region" in fit.design.fixed.matrix.variables and answer.region in set(table["region"]):
        shown &= (table["region"] == answer.region).to_numpy()
    variable, levels = _axis(comparison, question.compared)
    for name, value in _taken_at(comparison, variable).items():
        if isinstance(value, str):
            shown &= (table[name].astype(str) == value).to_numpy()
    if levels:
        shown &= table[variable].astype(str).isin(levels).to_numpy()
        place = {level: float(i) for i, level in enumerate(levels, 1)}
        x = table[variable].astype(str).map(place).to_numpy(float)
    elif variable:
        x = table[variable].to_numpy(float)
    else:
        try:
            x = _direction(question, answer, fit)
        except NotEstimable:
            return None
    rows = np.flatnonzero(shown)
    if len(rows) > MOST_POINTS:
        return None
    return EffectView(answer, comparison, fit, part, variable, levels, rows, x[rows])


def _direction(question: Question, answer: RegionEstimate, fit: MixedFit) -> np.ndarray:
    """The contrast's direction in the main model, at the rows of ``fit``."""
    main = answer.fit
    x = contrast_direction(main, answer.weights, question.compared)
    return x[np.searchsorted(main.rows, fit.rows)]


def _axis(comparison: Comparison, compared: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """Variable on the x axis with its levels in the order of the comparison, last first."""
    terms = comparison.terms
    if len(terms) == 1 and terms[0].slope is not None:
        return terms[0].slope[0], ()
    if len(compared) == 1 and len(terms) == 2 and not any(term.slope for term in terms):
        (name,) = compared
        levels = [dict(term.settings)[name] for term in reversed(terms)]
        if all(isinstance(level, str) for level in levels):
            return name, tuple(levels)
    return "", ()


def _taken_at(comparison: Comparison, variable: str) -> dict[str, str | float]:
    """Settings that all terms share; none where the x axis is the contrast's direction."""
    if not variable:
        return {}
    return {k: v for k, v in comparison.terms[0].settings if k != variable}
