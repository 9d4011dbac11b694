"""The effect of a contrast at each site, from a model in which it may differ between them.

In that model every term with a compared variable is crossed with site, and site is fixed, so that
each site has an effect of its own; other covariates and the other random effects are shared. It is
what emmeans gives for the comparison within each level of site (Lenth 2016,
doi:10.18637/jss.v069.i01).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from multipet.analysis.contrast.by_site_formula import effect_at_each_site
from multipet.analysis.contrast.estimates import (
    Question,
    RegionEstimate,
    comparison_weights,
    why_untestable,
)
from multipet.analysis.contrast.shared_structure import approximations
from multipet.analysis.model.fit_file import Fit
from multipet.analysis.model.fits import fit_each
from multipet.analysis.model.fitted_specification import JOINT
from multipet.config.kinds import Comparison
from multipet.core.columns.contrast import BETWEEN, WITHIN
from multipet.core.problems import UserError
from multipet.inference import estimate
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.estimability import NotEstimable, weight_row
from multipet.inference.small_sample import SmallSample
from multipet.mixed_model.fit import FailedFit, MixedFit

CENTRE = frozenset({"site", "scanner"})
#: Regions x sites beyond which a joint model is not crossed with site: one dense design.
MOST_CROSSED = 300


@dataclass(frozen=True)
class SiteEffect:
    """The effect at one site.

    Attributes
    ----------
    weights
        Coefficient name to weight; empty where the site does not tell the effect.
    estimate
        None where there is none; ``status`` says why.
    """

    site: str
    n_subjects: int
    n_scans: int
    weights: Mapping[str, float]
    estimate: ContrastEstimate | None
    status: str


@dataclass(frozen=True)
class RegionBySite:
    """One comparison in one region, site by site.

    Attributes
    ----------
    answer
        Its answer over all sites.
    fit
        The model with an effect a site; None where ``status`` says why it was not fitted.
    approximation
        Its degrees of freedom; None without fit.
    sites
        In the order of the sites; empty without fit.
    status
        ``ok``, or why there is nothing.
    """

    answer: RegionEstimate
    fit: MixedFit | None = None
    approximation: SmallSample | None = None
    sites: tuple[SiteEffect, ...] = ()
    status: str = "ok"

    @property
    def estimated(self) -> tuple[SiteEffect, ...]:
        """Sites with an effect and its test."""
        return tuple(site for site in self.sites if site.status == "ok")


def has_effects_by_site(question: Question) -> bool:
    """Whether a contrast can be asked of each site: it neither compares sites nor names one."""
    terms = [term for comparison in question.comparisons for term in comparison.terms]
    named = {name for term in terms for name, _ in term.settings}
    return not (question.compared | named) & CENTRE


def effects_by_site(
    question: Question, found: Sequence[RegionEstimate], scans: pd.DataFrame
) -> list[RegionBySite]:
    """The effect at each site, for every answer of a contrast.

    Parameters
    ----------
    question, found
        What was asked, and its answers over all sites.
    scans
        The table that was fitted.

    Returns
    -------
    list of RegionBySite
        One an answer; empty for a contrast that compares sites or scanners, or is taken at one.
    """
    if not has_effects_by_site(question):
        return []
    reasons = [_reason(answer, found, scans) for answer in found]
    asked = [answer for answer, reason in zip(found, reasons, strict=True) if not reason]
    fits = _fits(asked, question, scans)
    models = approximations(fits.values(), question.inference["df"])
    return [
        RegionBySite(answer, status=reason)
        if reason
        else _by_site(question, answer, fits[answer.fit.outcome], models, scans)
        for answer, reason in zip(found, reasons, strict=True)
    ]


def _reason(answer: RegionEstimate, found: Sequence[RegionEstimate], scans: pd.DataFrame) -> str:
    """Why an answer is not taken apart by site; empty where it is."""
    if answer.estimate is None:
        return answer.status
    if answer.varies == BETWEEN:
        return "What is compared differs between sites only."
    if not answer.varies:
        return "There is one site only."
    if answer.fit.outcome == JOINT:
        crossed = len({a.region for a in found}) * scans["site"].nunique()
        if crossed > MOST_CROSSED:
            return "A joint model of so many regions is not taken apart by site."
    return ""


def _fits(
    asked: Sequence[RegionEstimate], question: Question, scans: pd.DataFrame
) -> dict[str, Fit]:
    if not asked:
        return {}
    formulas = {
        answer.fit.outcome: effect_at_each_site(answer.fit.formula, question.compared)
        for answer in asked
    }
    fits = fit_each(formulas, scans, asked[0].fit.residual_by or None)
    return dict(zip(formulas, fits, strict=True))


def _by_site(
    question: Question,
    answer: RegionEstimate,
    fit: Fit,
    models: Mapping[str, SmallSample],
    scans: pd.DataFrame,
) -> RegionBySite:
    if isinstance(fit, FailedFit):
        return RegionBySite(answer, status=fit.reason)
    model = models[fit.outcome]
    comparison = next(c for c in question.comparisons if c.label == answer.comparison)
    used = scans.iloc[fit.rows]
    sites = [str(s) for s in used["site"].cat.categories if (used["site"] == s).any()]
    effects = tuple(
        _at_site(question, answer, comparison, fit, model, used[used["site"] == site], site)
        for site in sites
    )
    return RegionBySite(answer, fit, model, effects)


def _at_site(
    question: Question,
    answer: RegionEstimate,
    comparison: Comparison,
    fit: MixedFit,
    model: SmallSample,
    scans: pd.DataFrame,
    site: str,
) -> SiteEffect:
    n_subjects = scans["participant_id"].nunique()
    n_scans = len(scans[["participant_id", "session", "scanner"]].drop_duplicates())
    region = answer.region if "region" in fit.design.fixed.matrix.variables else None
    try:
        weights = comparison_weights(fit, _at(comparison, site), region)
        weight_row(fit, weights)
        found = estimate(
            fit, weights, confidence=question.inference["confidence"], approximation=model
        )
    except (NotEstimable, UserError):
        status = _why_not(comparison, scans)
        return SiteEffect(site, n_subjects, n_scans, {}, None, status)
    status = why_untestable(found, WITHIN, 1) or "ok"
    return SiteEffect(site, n_subjects, n_scans, weights, found, status)


def _at(comparison: Comparison, site: str) -> Comparison:
    """The comparison within one site."""
    terms = tuple(
        replace(term, settings=tuple(sorted({**dict(term.settings), "site": site}.items())))
        for term in comparison.terms
    )
    return Comparison(comparison.label, terms)


def _why_not(comparison: Comparison, scans: pd.DataFrame) -> str:
    """Levels that the site lacks, or that what is compared does not vary there."""
    asked = {pair for term in comparison.terms for pair in term.settings}
    lacking = [
        f"{name} {level}"
        for name, level in sorted(asked, key=str)
        if isinstance(scans[name].dtype, pd.CategoricalDtype) and not (scans[name] == level).any()
    ]
    if lacking:
        return f"The site has no scans of {' or '.join(lacking)}."
    return "What is compared does not vary enough within this site."
