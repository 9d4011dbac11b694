"""The effect within sites and within people, and how far that between them lies from it.

A random intercept takes for granted that the levels of sites (of people) have nothing to do with
what is compared. The means of what is compared by site (by person) stand beside it in the model
here: the contrast is then the one within, and the coefficient of the means is the effect between
less that within (Mundlak 1978, doi:10.2307/1913646), whose test is Hausman's.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipet.analysis.contrast.by_site_formula import random_centre, with_covariates
from multipet.analysis.contrast.estimates import CENTRE, FEWEST_DF, Question, RegionEstimate
from multipet.analysis.contrast.refits import Change, free_name, refitted
from multipet.core.columns.contrast import BETWEEN
from multipet.formulas.formula import INTERCEPT, parse_formula
from multipet.inference import estimate
from multipet.inference.contrast_level import variation, within_direction
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.estimability import NotEstimable, told_row
from multipet.inference.estimability.contrast_row import level_codes, level_means

MEAN = "mean_of_contrast"
PERSON = "participant_id"
#: Spread of the means of what is compared, relative to its own, below which they are alike.
BALANCED = 1e-6
#: Share of what is compared between people from which its effect within them is asked apart.
FEWEST_BETWEEN = 0.05


@dataclass(frozen=True)
class Split:
    """One answer taken apart.

    Attributes
    ----------
    within
        The answer within levels, from the model with the means beside it.
    between, difference
        The effect between levels, and that less the one within; None where nothing tells them.
    """

    within: RegionEstimate
    between: ContrastEstimate | None
    difference: ContrastEstimate | None


def within_sites(
    question: Question, answers: Sequence[RegionEstimate], scans: pd.DataFrame
) -> list[Split | None]:
    """Answers that rest on a random site or scanner in part, taken apart; None for the others.

    Parameters
    ----------
    question
        What was asked.
    answers
        Its answers from the model as it stands.
    scans
        The table that was fitted.
    """
    asked = [_rests_on_centres(question, answer) for answer in answers]
    return _splits(question, answers, asked, scans, lambda a: random_centre(a.fit.formula))


def within_people(
    question: Question, answers: Sequence[RegionEstimate], scans: pd.DataFrame
) -> list[Split | None]:
    """The same by person, for what varies both within and between people with several scans."""
    asked = [_varies_in_people(answer, scans) for answer in answers]
    return _splits(question, answers, asked, scans, lambda _: PERSON)


def _rests_on_centres(question: Question, answer: RegionEstimate) -> bool:
    told = answer.estimate is not None and answer.varies not in ("", BETWEEN)
    return told and not question.compared & CENTRE and bool(random_centre(answer.fit.formula))


def _varies_in_people(answer: RegionEstimate, scans: pd.DataFrame) -> bool:
    if answer.estimate is None or not _has_random_person(answer.fit.formula):
        return False
    people = scans[PERSON].iloc[answer.fit.rows].astype(str).to_numpy()
    share = variation(told_row(answer.fit, answer.weights), people)
    return share.identifiable and share.share >= FEWEST_BETWEEN


def _has_random_person(formula: str) -> bool:
    parts = parse_formula(formula).random
    return any(part.grouping == (PERSON,) and INTERCEPT in part.terms for part in parts)


def _splits(
    question: Question,
    answers: Sequence[RegionEstimate],
    asked: Sequence[bool],
    scans: pd.DataFrame,
    factor: Callable[[RegionEstimate], str],
) -> list[Split | None]:
    name = free_name(MEAN, scans)

    def values(answer: RegionEstimate, used: pd.DataFrame) -> np.ndarray | None:
        labels = used[factor(answer)].astype(str).to_numpy()
        x = within_direction(told_row(answer.fit, answer.weights), labels)
        means = level_means(x[:, None], level_codes(labels))[1][:, 0]
        means = means - means.mean()
        return means if np.std(means) > BALANCED * np.std(x) else None

    change = Change(name, values, lambda fitted: with_covariates(fitted, [name]))
    chosen = [answer for answer, wanted in zip(answers, asked, strict=True) if wanted]
    found = iter(refitted(question, chosen, scans, change))
    return [
        _split(question, answer, next(found), name) if wanted else None
        for answer, wanted in zip(answers, asked, strict=True)
    ]


def _split(
    question: Question, answer: RegionEstimate, within: RegionEstimate, name: str
) -> Split | None:
    if within.estimate is None or within.fit is answer.fit:
        return None
    between = _estimated(question, within, {**answer.weights, name: 1.0})
    return Split(within, between, _estimated(question, within, {name: 1.0}))


def _estimated(
    question: Question, answer: RegionEstimate, weights: dict[str, float]
) -> ContrastEstimate | None:
    how = {"df_method": question.inference["df"], "confidence": question.inference["confidence"]}
    try:
        found = estimate(answer.fit, weights, **how)
    except NotEstimable:
        return None
    told = math.isfinite(found.standard_error) and found.df >= FEWEST_DF
    return found if told else None
