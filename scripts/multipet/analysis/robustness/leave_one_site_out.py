"""The contrast without each site, and without each scanner: does one of them drive it?

Every refit has the formula of the plan, also where fewer sites or scanners than a random effect
wants are left: it is said, not changed. A factor that has one level left is dropped. What the
contrast is averaged over stays what it was: other numbers at their mean over all scans.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from multipet.analysis.contrast.by_site_formula import without_factors
from multipet.analysis.contrast.estimates import Question, RegionEstimate, contrast_estimates
from multipet.analysis.contrast.printed_answer import printed_estimates
from multipet.analysis.contrast.sensitivity import takes_from_data
from multipet.analysis.model.fit_file import Fit
from multipet.analysis.model.fits import fit_each
from multipet.analysis.model.fitted_specification import usable
from multipet.analysis.model.site_terms import site_mean_names, with_site_means
from multipet.formulas.formula import parse_formula
from multipet.mixed_model.fit import FailedFit, MixedFit

FACTORS = ("site", "scanner")
HARMONISED = "The values stay as harmonised with all sites: p is naive, and there is no interval."


@dataclass(frozen=True)
class LeftOut:
    """The answers of a contrast without the scans of one site or scanner.

    Attributes
    ----------
    factor, level
        What is left out.
    estimates
        As ``contrast_estimates`` gives them, in the order of the main ones.
    note
        What a reader must know of the model; mostly empty.
    """

    factor: str
    level: str
    estimates: tuple[RegionEstimate, ...]
    note: str = ""


def left_out_estimates(
    spec: Mapping[str, Any],
    question: Question,
    found: Sequence[RegionEstimate],
    scans: pd.DataFrame,
) -> list[LeftOut]:
    """Refit the model of a contrast without each site, and then without each scanner.

    A scanner that is the only one of its site is that site, and is not left out again.

    Parameters
    ----------
    spec
        The contrast's spec: ``site_means``, ``few_levels`` and ``harmonisation``.
    question, found
        What was asked, and its answers from all scans.
    scans
        The table that was fitted.

    Returns
    -------
    list of LeftOut
        Sites first, each factor in the order of its levels; none where no model could be
        fitted or a single site or scanner has all scans.
    """
    fits = _distinct(found)
    if not any(isinstance(fit, MixedFit) for fit in fits):
        return []
    return [
        _without(spec, question, found, scans, factor, level)
        for factor in FACTORS
        for level in _levels(scans, fits, factor)
    ]


def held(question: Question, fit: MixedFit) -> Question:
    """The question with every number that is averaged over set to its mean in ``fit``."""
    variables = fit.design.fixed.matrix.variables
    means = {name: v.mean for name, v in variables.items() if not v.is_factor}
    asked = []
    for comparison in question.comparisons:
        terms = tuple(
            replace(term, settings=tuple(sorted({**means, **dict(term.settings)}.items())))
            for term in comparison.terms
        )
        asked.append(replace(comparison, terms=terms))
    return replace(question, comparisons=asked)


def _distinct(found: Sequence[RegionEstimate]) -> list[Fit]:
    return list({answer.fit.outcome: answer.fit for answer in found}.values())


def _levels(scans: pd.DataFrame, fits: Sequence[Fit], factor: str) -> list[str]:
    """Levels that a fit uses; none where there is one only, or where they are another's."""
    used = sorted({row for fit in fits if isinstance(fit, MixedFit) for row in fit.rows.tolist()})
    table = scans.iloc[used]
    levels = [level for level in scans[factor].cat.categories if (table[factor] == level).any()]
    if factor == "scanner":
        owners = table.groupby("scanner", observed=True)["site"].first()
        levels = [level for level in levels if (owners == owners[level]).sum() > 1]
    return [str(level) for level in levels] if len(levels) > 1 else []


def _without(
    spec: Mapping[str, Any],
    question: Question,
    found: Sequence[RegionEstimate],
    scans: pd.DataFrame,
    factor: str,
    level: str,
) -> LeftOut:
    fits = _distinct(found)
    table = scans[scans[factor].astype(str) != level].reset_index(drop=True)
    if spec["site_means"]:
        means = list(site_mean_names(scans, spec["site_means"]))
        table = with_site_means(table.drop(columns=means), spec["site_means"])
        # a mean that nothing is left of is a constant, and is dropped from the fit
        table = table.assign(**{name: 0.0 for name in means if name not in table})
    main = next(fit for fit in fits if isinstance(fit, MixedFit))
    formulas = {fit.outcome: _formula(fit, question, table) for fit in fits}
    refits = fit_each(formulas, table, main.residual_by or None)
    note = " ".join(filter(None, [_note(spec, main, table), _naive(spec)]))
    estimates = _asked(spec, question, found, refits, table)
    return LeftOut(factor, level, tuple(estimates), note)


def _asked(
    spec: Mapping[str, Any],
    question: Question,
    found: Sequence[RegionEstimate],
    refits: Sequence[Fit],
    table: pd.DataFrame,
) -> list[RegionEstimate]:
    """Answers of the refits, those held at the same means together."""
    fits = _distinct(found)
    answered_by = (
        contrast_estimates if takes_from_data(spec["harmonisation"]) else printed_estimates
    )
    groups: dict[tuple, list[int]] = {}
    for i, fit in enumerate(fits):
        key = (fit.rows.tobytes(),) if isinstance(fit, MixedFit) else ()
        groups.setdefault(key, []).append(i)
    answered: dict[str, list[RegionEstimate]] = {}
    for places in groups.values():
        first = fits[places[0]]
        same = held(question, first) if isinstance(first, MixedFit) else question
        for answer in answered_by(same, [refits[i] for i in places], table):
            answered.setdefault(answer.fit.outcome, []).append(answer)
    return [
        answer
        for fit, refit in zip(fits, refits, strict=True)
        for answer in (
            answered[fit.outcome] if isinstance(refit, MixedFit) else _failed(found, refit)
        )
    ]


def _failed(found: Sequence[RegionEstimate], refit: FailedFit) -> list[RegionEstimate]:
    """What was asked of a model that could not be refitted."""
    return [
        replace(answer, fit=refit, weights={}, estimate=None, status=refit.reason, varies="")
        for answer in found
        if answer.fit.outcome == refit.outcome
    ]


def _formula(fit: Fit, question: Question, table: pd.DataFrame) -> str:
    """The formula of ``fit`` without factors that are not compared and have one level left."""
    rows = usable(fit.formula, table, [fit.outcome])
    variables = set(parse_formula(fit.formula).variables) - question.compared - {"region"}
    names = {name for name in variables if isinstance(table[name].dtype, pd.CategoricalDtype)}
    return without_factors(fit.formula, {name for name in names if rows[name].nunique() < 2})


def _note(spec: Mapping[str, Any], main: MixedFit, table: pd.DataFrame) -> str:
    """What is odd about the plan with these scans alone."""
    minimum = spec["few_levels"]["minimum"]
    random = {term.factor for term in main.design.terms} & set(FACTORS)
    counts = {factor: table[factor].nunique() for factor in FACTORS}
    notes = [
        f"{factor} stays a random effect with {counts[factor]} levels, fewer than {minimum}."
        for factor in FACTORS
        if factor in random and counts[factor] < minimum
    ]
    if random == set(FACTORS) and counts["scanner"] == counts["site"]:
        notes.append("No site has a second scanner left: their variances cannot be told apart.")
    return " ".join(notes)


def _naive(spec: Mapping[str, Any]) -> str:
    return HARMONISED if takes_from_data(spec["harmonisation"]) else ""
