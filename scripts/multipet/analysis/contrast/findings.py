"""What a reader must know of a contrast: confounding with site, and what harmonising did."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import RegionEstimate
from multipet.analysis.contrast.printed_answer import Printed
from multipet.analysis.contrast.sensitivity import takes_from_data
from multipet.config.checks.harmonisations import batch_columns
from multipet.config.kinds import variables_of
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, listed
from multipet.formulas.formula import parse_formula
from multipet.inference.contrast_level import Variation, share_between
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.multiplicity import adjust
from multipet.inference.naive_error import type_one_error

CENTRE = {"site", "scanner"}


def contrast_findings(
    spec: Mapping[str, Any],
    found: Sequence[RegionEstimate],
    scans: pd.DataFrame,
    naive_error: float = math.nan,
) -> list[Finding]:
    """Findings of one contrast.

    Parameters
    ----------
    spec
        The contrast's spec: ``checks``, ``harmonisation``, ``contrast``.
    found
        Its answers.
    scans
        The table that was fitted.
    naive_error
        Share of the calibrating draws in which a naive test rejects at 5 %, the largest over
        the rows; NaN where nothing was calibrated.

    Raises
    ------
    UserError
        If a check whose action is ``stop`` fires.
    """
    return [
        *_confounding(spec, found, scans),
        *_between_scanners(spec, found),
        *_harmonised(spec, found, scans, naive_error),
        *_small_samples(found),
    ]


def printed_findings(printed: Sequence[Printed], alpha: float) -> list[Finding]:
    """Where the effect differs within and between sites or people, and where spread differs.

    Parameters
    ----------
    printed
        What is printed, see ``printed_answer.printed_answers``.
    alpha
        Level of the tests, adjusted over the rows (Benjamini and Hochberg).
    """
    sites = [(one, one.sites.difference) for one in printed if one.sites]
    people = [(one, one.people.difference) for one in printed if one.people]
    return [
        *_apart("site", [(one, d) for one, d in sites if d], alpha),
        *_apart("participant_id", [(one, d) for one, d in people if d], alpha),
        *_spread(printed, alpha),
    ]


def _apart(
    factor: str, tested: Sequence[tuple[Printed, ContrastEstimate]], alpha: float
) -> Iterator[Finding]:
    """The effect differs within and between the levels of a factor."""
    p_adjusted = adjust([found.p_value for _, found in tested], "bh")
    for (one, found), p in zip(tested, p_adjusted, strict=True):
        if not p < alpha:
            continue
        split = one.sites if factor == "site" else one.people
        within = split.within.estimate.estimate
        where = "sites" if factor == "site" else "people"
        printed = (
            "the answer is the one within."
            if factor == "site"
            else "the printed answer mixes both; each stands among the other analyses."
        )
        yield Finding(
            stage="contrast",
            check="within_between",
            action="noted",
            region=one.answer.region,
            comparison=one.answer.comparison,
            factor=factor,
            statistic="difference between less within",
            value=f"{found.estimate:.3g}",
            message=f"the effect is {within:.3g} within {where} and {within + found.estimate:.3g}"
            f" between them (p of the difference {found.p_value:.2g}): {printed}",
        )


def _spread(printed: Sequence[Printed], alpha: float) -> Iterator[Finding]:
    """The robust standard error differs from that of the model beyond chance."""
    p_adjusted = adjust([one.p_spread for one in printed], "bh")
    fired = [one for one, p in zip(printed, p_adjusted, strict=True) if p < alpha]
    for comparison in dict.fromkeys(one.answer.comparison for one in fired):
        own = [one for one in fired if one.answer.comparison == comparison]
        worst = max(own, key=lambda one: abs(math.log(one.error_ratio)))
        yield Finding(
            stage="contrast",
            check="spread_differs",
            action="noted",
            region=worst.answer.region if len(own) == 1 else "",
            comparison=comparison,
            statistic="robust over model standard error",
            value=f"{worst.error_ratio:.2f}",
            message="what is compared, people or regions differ in spread, so that the standard"
            f" error is {worst.error_ratio:.1f} times that of a model with one variance"
            f" ({worst.answer.region}; so in {len(own)} of {len(printed)} estimates). The printed"
            " answer counts it.",
        )


def _shares(
    found: Sequence[RegionEstimate], labels: pd.Series
) -> list[tuple[float, RegionEstimate]]:
    return [
        (share_between(a.fit, a.weights, labels.iloc[a.fit.rows].to_numpy()), a)
        for a in found
        if a.weights and a.estimate is not None
    ]


def _confounding(
    spec: Mapping[str, Any], found: Sequence[RegionEstimate], scans: pd.DataFrame
) -> Iterator[Finding]:
    check = spec["checks"]["confounded_site"]
    compared = variables_of(spec["settings"])
    if check["action"] == "ignore" or scans["site"].nunique() < 2 or compared & CENTRE:
        return
    shares = _shares(found, scans["site"])
    fired = [(share, answer) for share, answer in shares if share >= check["r_squared"]]
    if not fired:
        return
    share, answer = max(fired, key=lambda pair: pair[0])
    message = _confounding_words(share, len(fired), len(shares))
    if check["action"] == "stop":
        where, told = f"contrast {spec['contrast']}", f"{answer.comparison}: {message}"
        raise UserError(Problem(where, told, "checks.confounded_site.action is stop"))
    yield Finding(
        stage="contrast",
        check="confounded_site",
        action="noted",
        region=answer.region,
        comparison=answer.comparison,
        factor="site",
        statistic="share between sites",
        value=f"{share:.2f}",
        limit=f"{check['r_squared']:g}",
        message=message,
    )


def _between_scanners(
    spec: Mapping[str, Any], found: Sequence[RegionEstimate]
) -> Iterator[Finding]:
    """What is compared differs between the scanners of sites, wholly or for the most part."""
    limit = spec["checks"]["confounded_site"]["r_squared"]
    asked = [answer for answer in found if not math.isnan(answer.between_scanners)]
    fired = [answer for answer in asked if answer.between_scanners >= limit]
    for comparison in dict.fromkeys(answer.comparison for answer in fired):
        own = [answer for answer in fired if answer.comparison == comparison]
        worst = max(own, key=lambda answer: answer.between_scanners)
        n = f"{len(own)} of {sum(answer.comparison == comparison for answer in asked)} regions"
        yield Finding(
            stage="contrast",
            check="confounded_scanner",
            action="noted",
            region=worst.region if len(own) == 1 else "",
            comparison=comparison,
            factor="scanner",
            statistic="share between scanners of a site",
            value=f"{worst.between_scanners:.2f}",
            limit=f"{limit:g}",
            message=_scanner_words(Variation(worst.between_scanners), n),
        )


def _scanner_words(scanner: Variation, n: str) -> str:
    if not scanner.identifiable:
        return (
            f"within sites, what is compared differs between scanners only ({n}): it"
            " cannot be told from a difference between scanners, and is not answered."
        )
    return (
        f"{100 * scanner.share:.0f} % of what is compared within sites lies between"
        f" their scanners ({n}). With scanners held fixed its standard error would be"
        f" {scanner.standard_error_ratio:.1f} times as large."
    )


def _confounding_words(share: float, n: int, of: int) -> str:
    if share > 1 - 1e-6:
        return (
            "what is compared differs between sites only; the answer rests on"
            " differences between sites, of which there are few."
        )
    return (
        f"{100 * share:.0f} % of what is compared lies between sites"
        f" ({n} of {of} estimates), so that it is hard to tell from differences between them."
    )


def _harmonised(
    spec: Mapping[str, Any], found: Sequence[RegionEstimate], scans: pd.DataFrame, error: float
) -> Iterator[Finding]:
    harmonisation = spec["harmonisation"]
    if not takes_from_data(harmonisation):
        return
    batch = " and ".join(batch_columns(harmonisation))
    lost = _not_preserved(spec)
    if lost:
        message = (
            f"The values were harmonised over {batch} without preserving {listed(lost)}: part of"
            " what is compared was removed with the differences between them, so that the"
            " estimate is too small."
        )
        yield Finding(
            stage="contrast", check="contrast_not_preserved", action="noted", message=message
        )
        return  # the prediction is for a contrast that keeps its whole size
    shares = _shares(found, _batches(harmonisation, scans))
    if shares:
        predicted = type_one_error(max(share for share, _ in shares))
        yield Finding(
            stage="contrast",
            check="naive_p",
            action="noted",
            statistic="predicted type-I error",
            value=f"{predicted:.3f}",
            message=_error_words(batch, predicted, error),
        )


def _batches(harmonisation: Mapping[str, Any], scans: pd.DataFrame) -> pd.Series:
    """Batch of every row as text."""
    columns = scans[batch_columns(harmonisation)].astype(str)
    return columns.agg(" + ".join, axis=1)


def _error_words(batch: str, predicted: float, error: float) -> str:
    text = (
        f"The values were harmonised over {batch} before the fit. A 5 % test that takes them for"
        f" raw data is predicted to reject a true null in {100 * predicted:.1f} % of studies of"
        " this design"
    )
    if np.isnan(error):
        return f"{text}. The p-values here are such naive ones: they could not be calibrated."
    return (
        f"{text}; in the draws that calibrate the p-values it did so in {100 * error:.1f} %."
        " Those naive p-values stand beside the calibrated ones in the results files."
    )


def _not_preserved(spec: Mapping[str, Any]) -> list[str]:
    """Covariates that the contrast compares and the harmonisation did not preserve."""
    preserved = parse_formula(spec["harmonisation"]["preserve"]).variables
    return sorted(variables_of(spec["settings"]) - {*preserved, *CENTRE, "region"})


def _small_samples(found: Sequence[RegionEstimate]) -> Iterator[Finding]:
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
