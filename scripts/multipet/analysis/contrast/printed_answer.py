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
from multipet.analysis.contrast.within_between import Split, within_people, within_sites
from multipet.analysis.model.fit_file import Fit
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.estimability import told_row
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
    sites, people
        The answer within and between sites or scanners, and people; None where it is not apart.
    """

    answer: RegionEstimate
    as_fitted: RegionEstimate
    model: RegionEstimate
    sites: Split | None = None
    people: Split | None = None

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
    sites = within_sites(question, found, scans)
    people = within_people(question, found, scans)
    return [
        _printed(answer, own, *splits)
        for answer, own, *splits in zip(
            found, _robust(question, found, scans), sites, people, strict=True
        )
    ]


def printed_estimates(
    question: Question, fits: Sequence[Fit], scans: pd.DataFrame
) -> list[RegionEstimate]:
    """The printed answers alone: the model's own tests are made where there is no other."""
    found = contrast_estimates(question, fits, scans)
    robust = _robust(question, found, scans)
    alone = [k for k, own in enumerate(robust) if own is None]
    splits = within_sites(question, [found[k] for k in alone], scans)
    sites = dict(zip(alone, splits, strict=True))
    return [
        _printed(answer, own, sites.get(k), None).answer
        for k, (answer, own) in enumerate(zip(found, robust, strict=True))
    ]


def answers_of(printed: Sequence[Printed]) -> list[RegionEstimate]:
    """What is printed, without what stands beside it."""
    return [one.answer for one in printed]


def _printed(
    answer: RegionEstimate,
    robust: ContrastEstimate | None,
    sites: Split | None,
    people: Split | None,
) -> Printed:
    model = answer if sites is None else sites.within
    if robust is None:
        chosen = replace(answer, estimate=model.estimate, status=model.status)
    else:
        chosen = replace(answer, estimate=robust, status="ok")
    return Printed(chosen, answer, model, sites, people)


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
