"""Models with a column made for one contrast: its direction, or the site means of that.

The column depends on the comparison and on the rows used, so that regions with the same rows are
fitted together and others apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.by_site_formula import (
    has_random_site,
    has_slope_by_site,
    varying_slope,
    with_covariates,
)
from multipet.analysis.contrast.direction import contrast_direction
from multipet.analysis.contrast.effect_by_site import RegionBySite
from multipet.analysis.contrast.estimates import (
    Question,
    RegionEstimate,
    why_untestable,
)
from multipet.analysis.contrast.shared_structure import approximations
from multipet.analysis.model.fit_file import Fit
from multipet.analysis.model.site_terms import means_by_site
from multipet.inference import estimate
from multipet.inference.estimability import NotEstimable
from multipet.inference.small_sample import SmallSample
from multipet.mixed_model import fit_regions
from multipet.mixed_model.fit import FailedFit

#: Fewest sites that a variance between them, or a mean of theirs, is estimated from.
FEWEST_SITES = 3
DIRECTION = "contrast_direction"
SITE_MEAN = "site_mean_of_contrast"
Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """What a refit adds to the model.

    Attributes
    ----------
    name
        Column that is added to the table.
    values
        From one of the answers and the rows used to that column, (n,); None adds nothing.
    formula
        From the formula as fitted to the one with the column.
    """

    name: str
    values: Callable[[RegionEstimate, pd.DataFrame], np.ndarray | None]
    formula: Callable[[str], str]


@dataclass(frozen=True)
class Refits:
    """The answers of a contrast from the models that were refitted for it.

    Attributes
    ----------
    slopes
        With a random slope of the contrast by site, see ``varying_slope_estimates``.
    already_varies
        Whether the main model has such a slope itself: its answer is then no variant.
    site_means_added
        With the site means of what is compared, see ``site_means_added_estimates``.
    """

    slopes: tuple[RegionEstimate, ...]
    already_varies: bool
    site_means_added: tuple[RegionEstimate, ...]


def refits_of(
    spec: Mapping[str, Any],
    question: Question,
    by_site: Sequence[RegionBySite],
    scans: pd.DataFrame,
) -> Refits:
    """Refit the model of a contrast with its columns added.

    Parameters
    ----------
    spec
        The contrast's spec; a model with ``site_means`` has these already.
    question
        What was asked.
    by_site
        Its answers, taken apart by site.
    scans
        The table that was fitted.
    """
    formulas = {part.answer.fit.formula for part in by_site}
    already = any(has_slope_by_site(formula, question.compared) for formula in formulas)
    slopes = varying_slope_estimates(question, by_site, scans)
    added = [] if spec["site_means"] else site_means_added_estimates(question, by_site, scans)
    return Refits(tuple(slopes), already, tuple(added))


def varying_slope_estimates(
    question: Question, by_site: Sequence[RegionBySite], scans: pd.DataFrame
) -> list[RegionEstimate]:
    """The answers once more, the effect varying at random between sites.

    (0 + x | site) is added to the model, x being the contrast's direction. What is tested is then
    the mean effect over sites like these, and its error counts that the effect differs between
    them (Barr et al. 2013, doi:10.1016/j.jml.2012.11.001).

    Parameters
    ----------
    question
        What was asked.
    by_site
        Its answers, taken apart by site; one with fewer than three sites with an effect has no
        such answer.
    scans
        The table that was fitted.
    """
    asked = [part.answer for part in by_site if len(part.estimated) >= FEWEST_SITES]
    name = free_name(DIRECTION, scans)

    def values(answer: RegionEstimate, _: pd.DataFrame) -> np.ndarray:
        return contrast_direction(answer.fit, answer.weights, question.compared)

    def formula(fitted: str) -> str:
        return varying_slope(fitted, name, question.compared)

    return refitted(question, asked, scans, Change(name, values, formula))


def site_means_added_estimates(
    question: Question, by_site: Sequence[RegionBySite], scans: pd.DataFrame
) -> list[RegionEstimate]:
    """The answers once more, beside the site means of what is compared.

    The effect is then that within sites, as with fixed sites, while site stays random
    (Mundlak 1978, doi:10.2307/1913646). Only for models in which site is random, with sites
    enough to leave some over.
    """
    asked = [
        part.answer
        for part in by_site
        if len(part.sites) >= FEWEST_SITES and has_random_site(part.answer.fit.formula)
    ]
    name = free_name(SITE_MEAN, scans)

    def values(answer: RegionEstimate, used: pd.DataFrame) -> np.ndarray:
        x = contrast_direction(answer.fit, answer.weights, question.compared)
        return means_by_site(x, used["site"].astype(str).to_numpy())

    change = Change(name, values, lambda fitted: with_covariates(fitted, [name]))
    return refitted(question, asked, scans, change)


def free_name(wanted: str, table: pd.DataFrame) -> str:
    """``wanted``, with underscores after it where the table has such a column."""
    while wanted in table.columns:
        wanted += "_"
    return wanted


def refitted(
    question: Question, asked: Sequence[RegionEstimate], scans: pd.DataFrame, change: Change
) -> list[RegionEstimate]:
    """Answers of the models with the column of ``change``, those of one design together."""
    groups: dict[tuple, list[RegionEstimate]] = {}
    for answer in asked:
        key = (answer.fit.rows.tobytes(), tuple(sorted(answer.weights.items())))
        groups.setdefault(key, []).append(answer)
    found: dict[Key, RegionEstimate] = {}
    for together in groups.values():
        found |= {_key(answer): answer for answer in _together(question, together, scans, change)}
    return [found[_key(answer)] for answer in asked]


def _together(
    question: Question, group: Sequence[RegionEstimate], scans: pd.DataFrame, change: Change
) -> list[RegionEstimate]:
    """Answers whose fits have the same rows and weights."""
    first = group[0]
    used = scans.iloc[first.fit.rows]
    try:
        column = change.values(first, used)
    except NotEstimable as error:
        return [replace(answer, estimate=None, status=str(error)) for answer in group]
    if column is None:
        return list(group)
    values = np.full(len(scans), np.nan)
    values[first.fit.rows] = column
    table = scans.assign(**{change.name: values})
    outcomes = [answer.fit.outcome for answer in group]
    formula, residual_by = change.formula(first.fit.formula), first.fit.residual_by or None
    fits = fit_regions(formula, table, outcomes, residual_by=residual_by)
    models = approximations(fits, question.inference["df"])
    n_sites = used["site"].nunique()
    return [
        _answered(question, answer, fit, models.get(fit.outcome), n_sites)
        for answer, fit in zip(group, fits, strict=True)
    ]


def _answered(
    question: Question, answer: RegionEstimate, fit: Fit, model: SmallSample | None, n_sites: int
) -> RegionEstimate:
    if isinstance(fit, FailedFit):
        return replace(answer, fit=fit, estimate=None, status=fit.reason)
    confidence = question.inference["confidence"]
    try:
        found = estimate(fit, answer.weights, confidence=confidence, approximation=model)
    except NotEstimable as error:
        return replace(answer, fit=fit, estimate=None, status=str(error))
    status = why_untestable(found, answer.varies, n_sites) or "ok"
    return replace(answer, fit=fit, estimate=found, status=status)


def _key(answer: RegionEstimate) -> Key:
    return answer.region, answer.comparison
