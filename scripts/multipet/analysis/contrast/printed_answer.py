"""What is printed as the answer of a contrast, and what stands beside it.

The rule, chosen by the rates of ``benchmarks/hard_grid.py``:

1. A contrast that varies within sites and scanners is answered within them.
2. Its standard error is cluster-robust: CR2 by person with Satterthwaite df. It stays right where
   what is compared, people or regions differ in spread, and where people differ in their slopes.
3. Where there is no robust answer (a contrast between random sites, a person alone in a cell), the
   model's own is printed. ``df_method`` says which of the two it is.

The model's own test stands beside it, and how far the two standard errors lie apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import chdtr, chdtrc

from multipet.analysis.contrast.estimates import (
    FEWEST_DF,
    Question,
    RegionEstimate,
    contrast_estimates,
)
from multipet.analysis.contrast.refits import CENTRE_MEAN, rests_on_centres, within_estimates
from multipet.analysis.contrast.shared_structure import approximations
from multipet.analysis.model.fit_file import Fit
from multipet.inference import estimate
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.estimability import NotEstimable, told_row
from multipet.inference.small_sample import SmallSample
from multipet.inference.working_model import WorkingDesign, robust_estimates


@dataclass(frozen=True)
class Printed:
    """The printed answer of one comparison in one region, and others beside it.

    Attributes
    ----------
    answer
        What is printed. Its fit is that of the model as it stands.
    as_fitted
        The answer of the model as it stands, differences between random sites included.
    model
        The model's own test within sites: that of ``as_fitted`` where they do not matter.
    difference
        The effect between sites, or scanners, less that within them; None without it.
    """

    answer: RegionEstimate
    as_fitted: RegionEstimate
    model: RegionEstimate
    difference: ContrastEstimate | None = None

    @property
    def is_robust(self) -> bool:
        """Whether the printed test is the cluster-robust one."""
        return self.answer.estimate is not self.model.estimate

    @property
    def error_ratio(self) -> float:
        """Robust standard error over the model's; NaN without one."""
        if not self.is_robust or self.model.estimate is None:
            return float("nan")
        return self.answer.estimate.standard_error / self.model.estimate.standard_error

    @property
    def p_spread(self) -> float:
        """Two-sided p that the two standard errors are the same but for chance.

        If the model is right, the robust variance is about its variance times χ² over its df.
        """
        df = self.answer.estimate.df if self.is_robust else np.nan
        value = df * self.error_ratio**2
        return float(2 * min(chdtr(df, value), chdtrc(df, value)))


def printed_answers(question: Question, fits: Sequence[Fit], scans: pd.DataFrame) -> list[Printed]:
    """The printed answer of every comparison in every region.

    Parameters
    ----------
    question
        What is asked.
    fits
        One a region.
    scans
        The table that was fitted, with ``participant_id``, ``site`` and ``scanner``.
    """
    found = contrast_estimates(question, fits, scans)
    within = _within(question, found, scans)
    differences = _differences(question, found, within)
    robust = _robust(question, found, scans)
    return [
        Printed(_chosen(answer, model, own), answer, model, difference)
        for answer, model, own, difference in zip(found, within, robust, differences, strict=True)
    ]


def printed_estimates(
    question: Question, fits: Sequence[Fit], scans: pd.DataFrame
) -> list[RegionEstimate]:
    """The printed answers alone."""
    return answers_of(printed_answers(question, fits, scans))


def answers_of(printed: Sequence[Printed]) -> list[RegionEstimate]:
    """What is printed, without what stands beside it."""
    return [one.answer for one in printed]


def _chosen(
    answer: RegionEstimate, model: RegionEstimate, robust: ContrastEstimate | None
) -> RegionEstimate:
    if robust is not None:
        return replace(answer, estimate=robust, status="ok")
    return replace(answer, estimate=model.estimate, status=model.status)


def _within(
    question: Question, found: Sequence[RegionEstimate], scans: pd.DataFrame
) -> list[RegionEstimate]:
    """The model's own answers within sites, in the order of ``found``."""
    places = [k for k, answer in enumerate(found) if rests_on_centres(question, answer)]
    answers = list(found)
    for k, answer in zip(
        places, within_estimates(question, [found[k] for k in places], scans), strict=True
    ):
        answers[k] = answer if answer.estimate is not None else found[k]
    return answers


def _differences(
    question: Question, found: Sequence[RegionEstimate], within: Sequence[RegionEstimate]
) -> list[ContrastEstimate | None]:
    """The effect between less that within sites, where a refit tells it."""
    pairs = zip(found, within, strict=True)
    refits = {id(b.fit): b.fit for a, b in pairs if b.fit is not a.fit}
    models: dict[int, SmallSample] = {}
    for key, fit in refits.items():
        models[key] = approximations([fit], question.inference["df"])[fit.outcome]
    return [
        _difference(answer, models[id(answer.fit)], question.inference["confidence"])
        if id(answer.fit) in models
        else None
        for answer in within
    ]


def _difference(
    answer: RegionEstimate, model: SmallSample, confidence: float
) -> ContrastEstimate | None:
    names = [name for name in answer.fit.coefficients if name.startswith(CENTRE_MEAN)]
    if not names:
        return None
    try:
        found = estimate(answer.fit, {names[0]: 1.0}, confidence=confidence, approximation=model)
    except NotEstimable:
        return None
    return found if np.isfinite(found.standard_error) and found.df >= FEWEST_DF else None


def _robust(
    question: Question, found: Sequence[RegionEstimate], scans: pd.DataFrame
) -> list[ContrastEstimate | None]:
    """Cluster-robust answers by person; None where there is none."""
    together: dict[int, list[int]] = {}
    for k, answer in enumerate(found):
        if answer.estimate is not None:
            together.setdefault(id(answer.fit.design), []).append(k)
    answers: list[ContrastEstimate | None] = [None] * len(found)
    for places in together.values():
        first = found[places[0]].fit
        people = scans["participant_id"].iloc[first.rows].astype(str).to_numpy()
        working = WorkingDesign(first.design, people, weighted=False)
        fits = list({found[k].fit.outcome: found[k].fit for k in places}.values())
        weights = list({tuple(sorted(found[k].weights.items())): k for k in places}.values())
        rows = [told_row(first, found[k].weights) for k in weights]
        tested = robust_estimates(working, fits, rows, question.inference["confidence"])
        keys = [tuple(sorted(found[k].weights.items())) for k in weights]
        table = {
            (fit.outcome, key): own
            for fit, of_fit in zip(fits, tested, strict=True)
            for key, own in zip(keys, of_fit, strict=True)
        }
        for k in places:
            own = table[found[k].fit.outcome, tuple(sorted(found[k].weights.items()))]
            answers[k] = own if own is not None and _sound(own) else None
    return answers


def _sound(robust: ContrastEstimate) -> bool:
    return robust.df >= FEWEST_DF and robust.standard_error > 0
