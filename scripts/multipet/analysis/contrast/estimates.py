"""A contrast asked of every fit: its weights, its estimate, or why there is none."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.shared_structure import approximations
from multipet.analysis.model.fit_file import Fit
from multipet.analysis.model.fitted_specification import ALL_REGIONS, JOINT
from multipet.config.kinds import Comparison, Term, comparisons, variables_of
from multipet.core.columns.contrast import BETWEEN
from multipet.core.problems import UserError
from multipet.inference import estimate
from multipet.inference.contrast_level import (
    NotTestable,
    Variation,
    site_means_test,
    variation,
)
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.estimability import NotEstimable, told_row
from multipet.inference.marginal_means import slope_weights, weights_at
from multipet.inference.small_sample import SmallSample
from multipet.mixed_model.fit import FailedFit, MixedFit

#: Below this many degrees of freedom an interval says nothing that is worth printing.
FEWEST_DF = 2.0
NO_ERROR = "not testable: the data do not determine a standard error"
SCANNERS_ONLY = (
    "not answered: within sites, what is compared differs between scanners only, so that it cannot"
    " be told from a difference between scanners"
)
CENTRE = frozenset({"site", "scanner"})
Weights = dict[str, float]
Placed = tuple[Variation | None, Variation | None]


@dataclass(frozen=True)
class Question:
    """What is asked of every fit.

    Attributes
    ----------
    contrast
        Its id.
    comparisons
        One, or one a pair of levels.
    compared
        Variables that differ between its terms.
    scale
        ``identity`` or ``log``.
    inference
        ``df``, ``confidence``, ``adjust`` as configured.
    """

    contrast: str
    comparisons: Sequence[Comparison]
    compared: frozenset[str]
    scale: str
    inference: Mapping[str, Any]


@dataclass(frozen=True)
class RegionEstimate:
    """One comparison in one region.

    Attributes
    ----------
    weights
        Coefficient name to weight; empty where the comparison means nothing to the model.
    estimate
        None where there is none; ``status`` says why.
    varies
        ``within``, ``between`` or ``mixed``: where what is compared varies, by site.
    between_sites
        Share of what is compared that lies between sites, 0 to 1; NaN with one site.
    between_scanners
        Share of what is left within sites that lies between their scanners, 0 to 1; NaN where
        no site has two, or nothing is left.
    """

    region: str
    comparison: str
    fit: Fit
    weights: Weights
    estimate: ContrastEstimate | None
    status: str
    varies: str = ""
    between_sites: float = math.nan
    between_scanners: float = math.nan


def question_of(spec: Mapping[str, Any], table: pd.DataFrame) -> Question:
    """The question of a contrast's spec, its levels as they occur in ``table``."""
    used = {
        str(name): [str(level) for level in column.cat.categories if (column == level).any()]
        for name, column in table.items()
        if isinstance(column.dtype, pd.CategoricalDtype)
    }
    asked = comparisons(spec["settings"], used, spec["variables"])
    compared = frozenset(variables_of(spec["settings"]))
    return Question(spec["contrast"], asked, compared, spec["scale"], spec["inference"])


def comparison_weights(fit: MixedFit, comparison: Comparison, region: str | None = None) -> Weights:
    """Weights of the fixed effects, by coefficient name; those of 0 are left out.

    Parameters
    ----------
    fit
        A fitted model.
    comparison
        What is compared, in levels.
    region
        Region at which it is taken, in a joint model with region as fixed effect.
    """
    total: dict[str, float] = {}
    for term in comparison.terms:
        for name, weight in _term_weights(fit, term, region).items():
            total[name] = total.get(name, 0.0) + term.weight * weight
    return {name: weight for name, weight in total.items() if abs(weight) > 1e-12}


def contrast_estimates(
    question: Question, fits: Sequence[Fit], scans: pd.DataFrame
) -> list[RegionEstimate]:
    """Estimate every comparison in every region, failed fits included with their reason.

    Parameters
    ----------
    question
        What is asked.
    fits
        One a region.
    scans
        The table that was fitted; its ``site`` tells where a contrast varies.
    """
    models = approximations(fits, question.inference["df"])
    found = (
        answer
        for fit in fits
        for answer in _region_estimates(question, fit, models.get(fit.outcome))
    )
    places: dict[tuple, Placed] = {}
    return [_judged(question, answer, scans, places) for answer in found]


def site_means_estimates(
    question: Question, found: Sequence[RegionEstimate], scans: pd.DataFrame
) -> list[RegionEstimate]:
    """The between-site answers once more, by a t test on one mean a site.

    Contrasts over site or scanner themselves have no such test.
    """
    if question.compared & CENTRE:
        return []
    between = [a for a in found if a.varies == BETWEEN and a.estimate is not None]
    return [_by_site_means(question, answer, scans) for answer in between]


def _term_weights(fit: MixedFit, term: Term, region: str | None) -> Weights:
    settings = dict(term.settings)
    if region is not None:
        settings.setdefault("region", region)
    if term.slope is None:
        return weights_at(fit, settings)
    return slope_weights(fit, *term.slope, settings)


def _region_estimates(
    question: Question, fit: Fit, model: SmallSample | None
) -> Iterator[RegionEstimate]:
    if isinstance(fit, FailedFit):
        for comparison in question.comparisons:
            yield RegionEstimate(fit.outcome, comparison.label, fit, {}, None, fit.reason)
        return
    for region, comparison in _asked(question, fit):
        weights, found, status = _estimated(question, fit, comparison, region, model)
        name = _region_name(fit, region, comparison)
        yield RegionEstimate(name, comparison.label, fit, weights, found, status)


def _judged(
    question: Question, answer: RegionEstimate, scans: pd.DataFrame, places: dict[tuple, Placed]
) -> RegionEstimate:
    """Add where the contrast varies, and whether scanners or so few sites can answer it."""
    if answer.estimate is None:
        return answer
    sites = _sites(answer, scans)
    key = (id(answer.fit.design), *sorted(answer.weights.items()))
    if key not in places:
        places[key] = _placed(question, answer, scans, sites)
    site, scanner = places[key]
    varies = "" if site is None else site.level()
    answer = replace(
        answer,
        varies=varies,
        between_sites=math.nan if site is None else site.share,
        between_scanners=math.nan if scanner is None else scanner.share,
    )
    if scanner is not None and not scanner.identifiable:
        return replace(answer, estimate=None, status=SCANNERS_ONLY)
    if _rests_on_site_means(question, answer, varies):
        few = _lacks_sites(answer, sites)
    else:
        few = _has_few_df(answer.estimate)
    status = _few(varies, len(np.unique(sites))) if few else answer.status
    return replace(answer, status=status)


def _placed(
    question: Question, answer: RegionEstimate, scans: pd.DataFrame, sites: np.ndarray
) -> Placed:
    """Where a contrast varies: by site, and by scanner within site where that can be asked."""
    row = told_row(answer.fit, answer.weights)
    scanners = scans["scanner"].iloc[answer.fit.rows].astype(str).to_numpy()
    n_sites, n_scanners = len(np.unique(sites)), len(np.unique(scanners))
    site = variation(row, sites) if n_sites > 1 else None
    if n_scanners <= n_sites or question.compared & CENTRE:
        return site, None
    scanner = variation(row, scanners, given=[sites])
    return site, None if math.isnan(scanner.share) else scanner


def _rests_on_site_means(question: Question, answer: RegionEstimate, varies: str) -> bool:
    """Does the answer rest on differences between randomly chosen sites alone?"""
    random = any(term.factor == "site" for term in answer.fit.design.terms)
    return varies == BETWEEN and random and not question.compared & CENTRE


def _lacks_sites(answer: RegionEstimate, sites: np.ndarray) -> bool:
    """Do sites leave fewer than 2 degrees of freedom to what varies between them alone?

    Counted from the design: the variance of a random site is hardly identified there, and
    the df that a method finds is noise.
    """
    try:
        site_means_test(answer.fit, answer.weights, sites)
    except NotTestable:
        return True
    return False


def why_untestable(found: ContrastEstimate, varies: str, n_sites: int) -> str:
    """Why an estimate has no test that is worth printing; empty where it has one."""
    if not np.isfinite(found.standard_error) or not np.isfinite(found.df):
        return NO_ERROR
    return _few(varies, n_sites) if _has_few_df(found) else ""


def _has_few_df(found: ContrastEstimate) -> bool:
    return found.df < FEWEST_DF - 1e-6  # 2 less a rounding error is 2


def _few(varies: str, n_sites: int) -> str:
    if varies == BETWEEN:
        return f"not testable with {n_sites} sites"
    return f"not testable: fewer than {FEWEST_DF:g} degrees of freedom"


def _by_site_means(
    question: Question, answer: RegionEstimate, scans: pd.DataFrame
) -> RegionEstimate:
    confidence = question.inference["confidence"]
    try:
        sites = _sites(answer, scans)
        found = site_means_test(answer.fit, answer.weights, sites, confidence)
    except NotTestable as error:
        return replace(answer, estimate=None, status=str(error))
    return replace(answer, estimate=found, status="ok")


def _sites(answer: RegionEstimate, scans: pd.DataFrame) -> np.ndarray:
    return scans["site"].iloc[answer.fit.rows].astype(str).to_numpy()


def _asked(question: Question, fit: MixedFit) -> Iterator[tuple[str | None, Comparison]]:
    """What a fit is asked: every comparison at every region among its fixed effects.

    A comparison that names regions in all its terms is asked once.
    """
    region = fit.design.fixed.matrix.variables.get("region")
    own = [c for c in question.comparisons if all(_named_regions(c))] if region else []
    yield from ((None, comparison) for comparison in own)
    for level in region.levels if region else [None]:
        yield from ((level, c) for c in question.comparisons if c not in own)


def _named_regions(comparison: Comparison) -> list[str]:
    return [str(dict(term.settings).get("region", "")) for term in comparison.terms]


def _region_name(fit: MixedFit, region: str | None, comparison: Comparison) -> str:
    if fit.outcome != JOINT:
        return fit.outcome
    named = set(_named_regions(comparison)) if region is None else {region}
    return named.pop() if len(named) == 1 and all(named) else ALL_REGIONS


def _estimated(
    question: Question,
    fit: MixedFit,
    comparison: Comparison,
    region: str | None,
    approximation: SmallSample,
) -> tuple[Weights, ContrastEstimate | None, str]:
    weights: Weights = {}
    confidence = question.inference["confidence"]
    try:
        weights = comparison_weights(fit, comparison, region)
        if not weights:
            return weights, None, "The model has no effect for what is compared."
        found = estimate(fit, weights, confidence=confidence, approximation=approximation)
    except NotEstimable as error:
        return weights, None, str(error)
    except UserError as error:
        return weights, None, error.problems[0].message
    if not np.isfinite(found.standard_error) or not np.isfinite(found.df):
        return weights, found, NO_ERROR
    return weights, found, "ok"
