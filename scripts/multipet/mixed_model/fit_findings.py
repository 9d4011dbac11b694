"""What a reader must know about a fit: dropped columns, variances of 0, a search that failed."""

from dataclasses import replace

import numpy as np

from multipet.core.findings import Finding
from multipet.core.problems import listed
from multipet.mixed_model.design import RandomTerm
from multipet.mixed_model.fit import MixedFit
from multipet.mixed_model.residual_levels import FEW_SCANS, ResidualSpread, is_zero

SINGULAR = 1e-4  # relative standard deviation that counts as 0; lme4's tolerance
_PLURALS = {"site": "sites", "scanner": "scanners", "participant_id": "people"}


def with_findings(fit: MixedFit, found: bool) -> MixedFit:
    """``fit`` with its findings; ``found`` says whether the search reached a minimum."""
    findings = []
    for column in fit.dropped_columns:
        message = f"left out, because the other fixed effects determine it: {column}"
        findings.append(_finding(fit, "rank_deficient", "dropped", message, term=column))
    if fit.singular:
        findings += _singular(fit)
    if fit.spread:
        findings += _few_scans(fit, fit.spread)
    if not found:
        norm = fit.converged.gradient_norm
        message = f"the search for the variances did not end at a minimum (gradient {norm:.2g})"
        findings.append(_finding(fit, "not_converged", "noted", message))
    return replace(fit, findings=tuple(findings)) if findings or fit.findings else fit


def zero_spread(spread: ResidualSpread | None) -> list[str]:
    """Levels whose residual spread is estimated as 0."""
    if spread is None:
        return []
    return [
        level
        for level, none in zip(spread.levels.levels, is_zero(spread.delta), strict=True)
        if none
    ]


def _singular(fit: MixedFit) -> list[Finding]:
    """One finding a random effect without variance, and a term whose effects move together."""
    blocks = zip(fit.weighted_design.terms, fit.lambda_blocks, strict=True)
    fields = [about for term, factor in blocks for about in _about(term, factor)]
    zero = zero_spread(fit.spread)
    if zero:
        message = _no_spread(fit.residual_by, zero)
        fields.append(
            {"factor": fit.residual_by, "statistic": "residual variance", "message": message}
        )
    if not fields:
        message = "a relative variance is estimated as 0"
        fields.append({"statistic": "relative variance", "message": message})
    return [_finding(fit, "singular_fit", "noted", **about) for about in fields]


def _few_scans(fit: MixedFit, spread: ResidualSpread) -> list[Finding]:
    """Levels with too few scans for a spread of their own, or none left."""
    few = [
        f'"{level}" ({n} scans)'
        for level, n in zip(spread.levels.levels, spread.levels.sizes, strict=True)
        if n < FEW_SCANS
    ]
    messages = [_no_spread(fit.residual_by, zero_spread(spread))]
    if few:
        names = f"{fit.residual_by} {listed(few)}"
        messages.append(
            f"the residual spread rests on few scans of {names}: tests reject too often"
        )
    return [_finding(fit, "few_scans_for_spread", "noted", text) for text in messages if text]


def _no_spread(factor: str, levels: list[str]) -> str:
    if not levels:
        return ""
    names = listed(f'"{level}"' for level in levels)
    return f"the residual spread of {factor} {names} is estimated as 0"


def _finding(fit: MixedFit, check: str, action: str, message: str, **fields: str) -> Finding:
    return Finding(
        stage="model", check=check, action=action, message=message, region=fit.outcome, **fields
    )


def _about(term: RandomTerm, factor: np.ndarray) -> list[dict[str, str]]:
    """Fields of findings on a singular covariance factor of ``term``; none if it is regular."""
    sizes = np.sqrt((term.Z**2).mean(axis=0))
    factor = factor * sizes[:, None]
    sds = np.sqrt((factor**2).sum(axis=1))
    if len(sds) > 1 and (sds >= SINGULAR).all() and np.linalg.svd(factor)[1].min() < SINGULAR:
        effects = " and ".join(term.effects)
        message = f"{effects} of {term.factor} are estimated as perfectly correlated"
        return [
            {"factor": term.factor, "term": effects, "statistic": "correlation", "message": message}
        ]
    return [
        {
            "factor": term.factor,
            "term": effect,
            "statistic": "variance",
            "value": "0",
            "message": _no_difference(term.factor, effect),
        }
        for effect, sd in zip(term.effects, sds, strict=True)
        if sd < SINGULAR
    ]


def _no_difference(factor: str, effect: str) -> str:
    levels = _PLURALS.get(factor, f"levels of {factor}")
    if effect == "(Intercept)":
        return (
            f"{levels} do not differ detectably in this region: "
            f"the variance of {factor} is estimated as 0"
        )
    return (
        f"the effect of {effect} does not differ detectably between {levels} in this region: "
        f"its variance is estimated as 0"
    )
