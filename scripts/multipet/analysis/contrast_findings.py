"""What a reader must know of a contrast: confounding with site, and p-values that are naive."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from multipet.analysis.answers import Answer
from multipet.analysis.naive_error import type_one_error
from multipet.config.comparisons import variables_of
from multipet.findings import Finding
from multipet.formulas.formula import parse_formula
from multipet.inference.contrast_level import share_between
from multipet.problems import Problem, UserError, listed

CENTRE = {"site", "scanner"}


def contrast_findings(
    spec: Mapping[str, Any], found: Sequence[Answer], people: pd.DataFrame
) -> list[Finding]:
    """Findings of one contrast.

    Parameters
    ----------
    spec
        The contrast's spec: ``checks``, ``harmonisation``, ``contrast``.
    found
        Its answers.
    people
        The table that was fitted.

    Raises
    ------
    UserError
        If a check whose action is ``stop`` fires.
    """
    return [
        *_confounding(spec, found, people),
        *_naive(spec, found, people),
        *_small_samples(found),
    ]


def _shares(found: Sequence[Answer], labels: pd.Series) -> list[tuple[float, Answer]]:
    return [
        (share_between(a.fit, a.weights, labels.iloc[a.fit.rows].to_numpy()), a)
        for a in found
        if a.weights and a.estimate is not None
    ]


def _confounding(
    spec: Mapping[str, Any], found: Sequence[Answer], people: pd.DataFrame
) -> Iterator[Finding]:
    check = spec["checks"]["confounded_site"]
    compared = variables_of(spec["settings"])
    if check["action"] == "ignore" or people["site"].nunique() < 2 or compared & CENTRE:
        return
    shares = _shares(found, people["site"])
    fired = [(share, answer) for share, answer in shares if share >= check["r_squared"]]
    if not fired:
        return
    share, answer = max(fired, key=lambda pair: pair[0])
    message = _confounding_words(answer.comparison, share, len(fired), len(shares))
    if check["action"] == "stop":
        where = f"contrast {spec['contrast']}"
        raise UserError(Problem(where, message, "checks.confounded_site.action is stop"))
    yield Finding(
        stage="contrast",
        check="confounded_site",
        action="noted",
        region=answer.region,
        value=f"{share:.2f}",
        message=message,
    )


def _confounding_words(comparison: str, share: float, n: int, of: int) -> str:
    if share > 1 - 1e-6:
        return (
            f"{comparison}: what is compared differs between sites only; the answer rests on"
            " differences between sites, of which there are few."
        )
    return (
        f"{comparison}: {100 * share:.0f} % of what is compared lies between sites"
        f" ({n} of {of} estimates), so that it is hard to tell from differences between them."
    )


def _naive(
    spec: Mapping[str, Any], found: Sequence[Answer], people: pd.DataFrame
) -> Iterator[Finding]:
    harmonisation = spec["harmonisation"]
    if harmonisation is None:
        return
    lost = _not_preserved(spec)
    if lost:
        message = (
            f"The values were harmonised over {harmonisation['batch']} without preserving"
            f" {listed(lost)}: part of what is compared was removed with the differences between"
            " them, so that the estimate is too small. Its p-values are naive."
        )
        yield Finding(stage="contrast", check="naive_p", action="noted", message=message)
        return
    shares = [share for share, _ in _shares(found, people[harmonisation["batch"]])]
    if shares:
        error = type_one_error(max(shares))
        yield Finding(
            stage="contrast",
            check="naive_p",
            action="noted",
            value=f"{error:.3f}",
            message=(
                f"The values were harmonised over {harmonisation['batch']} before the fit, and"
                " the p-values do not know it: they are naive. A test at 5 % is predicted to"
                f" reject a true null in {100 * error:.1f} % of studies of this design."
            ),
        )


def _not_preserved(spec: Mapping[str, Any]) -> list[str]:
    """Covariates that the contrast compares and the harmonisation did not preserve."""
    preserved = parse_formula(spec["harmonisation"]["preserve"]).variables
    return sorted(variables_of(spec["settings"]) - {*preserved, *CENTRE, "region"})


def _small_samples(found: Sequence[Answer]) -> Iterator[Finding]:
    notes = [(a.estimate.note, a.region) for a in found if a.estimate and a.estimate.note]
    for note in dict.fromkeys(note for note, _ in notes):
        regions = list(dict.fromkeys(region for n, region in notes if n == note))
        yield Finding(
            stage="contrast",
            check="degrees_of_freedom",
            action="noted",
            region=regions[0] if len(regions) == 1 else "",
            value=f"{len(regions)} regions",
            message=note,
        )
