"""The table of a contrast: one row a region and comparison."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import Question, RegionEstimate
from multipet.analysis.contrast.printed_answer import Printed
from multipet.analysis.model.fitted_specification import ALL_REGIONS, JOINT
from multipet.core.columns import BESIDE, CONTRAST, WEIGHTS, names
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.detectable_effect import detectable_effect
from multipet.inference.multiplicity import adjust
from multipet.mixed_model.fit import FailedFit, MixedFit

#: Factors whose variance is not part of it: between-centre differences are no biology.
CENTRE_FACTORS = frozenset({"site", "scanner", "site:scanner", "scanner:site"})


def within_site_sd(fit: MixedFit) -> float:
    """SD of the outcome between scans of different people at one site and scanner.

    √(σ² + Σ mean of zᵢᵀ Σ_term zᵢ), summed over the random terms whose factor is not site
    or scanner and averaged over the rows, so that random slopes count at the covariates seen.

    Returns
    -------
    float
        Analysis scale; the residual SD where only site and scanner are random.
    """
    variance = float(np.mean(fit.residual_sds**2))
    for term, block in zip(fit.design.terms, fit.lambda_blocks, strict=True):
        if term.factor not in CENTRE_FACTORS:
            scaled = term.Z @ (fit.sigma * block)
            variance += float(np.mean(np.sum(scaled**2, axis=1)))
    return float(np.sqrt(variance))


#: What is not printed where there is no test.
TEST = (
    "standard_error", "t", "p_value", "ci_low", "ci_high", "percent_low", "percent_high",
    "detectable", "percent_detectable",
)  # fmt: skip


def contrast_table(
    question: Question, found: Sequence[RegionEstimate], scans: pd.DataFrame
) -> pd.DataFrame:
    """Table of the answers (columns ``columns.CONTRAST``).

    Parameters
    ----------
    question, found
        What was asked, and ``contrast_estimates`` to it.
    scans
        The table that was fitted, with ``participant_id`` and ``site``.
    """
    rows = [_row(question, answer, scans) for answer in found]
    table = pd.DataFrame(rows, columns=names(CONTRAST))
    table["p_adjusted"] = adjust(table["p_value"].to_numpy(float), question.inference["adjust"])
    return table


def beside_table(
    table: pd.DataFrame, printed: Sequence[Printed], question: Question
) -> pd.DataFrame:
    """The table with the model's own test beside what is printed (columns ``columns.BESIDE``)."""
    rows = [_beside(one) for one in printed]
    beside = pd.DataFrame(rows, columns=names(BESIDE), index=table.index)
    beside["p_model_adjusted"] = adjust(
        beside["p_model"].to_numpy(float), question.inference["adjust"]
    )
    return table.assign(**{name: beside[name] for name in beside})


def _beside(printed: Printed) -> dict[str, Any]:
    row: dict[str, Any] = {
        "df_method_model": "",
        "error_ratio": printed.error_ratio,
        "p_spread": printed.p_spread,
    }
    model = printed.model
    if model.estimate is not None and model.status == "ok":
        found = model.estimate
        row |= {"estimate_model": found.estimate, "standard_error_model": found.standard_error}
        row |= {"df_model": found.df, "df_method_model": found.df_method, "p_model": found.p_value}
    if printed.sites and printed.sites.difference:
        row |= {"difference_sites": printed.sites.difference.estimate}
        row |= {"p_difference_sites": printed.sites.difference.p_value}
    if printed.people and printed.people.difference:
        row |= {"difference_people": printed.people.difference.estimate}
        row |= {"p_difference_people": printed.people.difference.p_value}
    return row


def weights_table(found: Sequence[RegionEstimate]) -> pd.DataFrame:
    """Weights of every answer (columns ``columns.WEIGHTS``)."""
    rows = [
        (answer.region, answer.comparison, name, weight)
        for answer in found
        for name, weight in answer.weights.items()
    ]
    return pd.DataFrame(rows, columns=names(WEIGHTS))


def _row(question: Question, answer: RegionEstimate, scans: pd.DataFrame) -> dict[str, Any]:
    row = {"contrast": question.contrast, "region": answer.region}
    row |= {"comparison": answer.comparison, "varies": answer.varies, "status": answer.status}
    row |= {"share_between_sites": answer.between_sites}
    row |= {"share_between_scanners": answer.between_scanners, "df_method_model": ""}
    if isinstance(answer.fit, FailedFit):
        return row
    used = scans.iloc[answer.fit.rows]
    if answer.fit.outcome == JOINT and answer.region != ALL_REGIONS:
        used = used[used["region"] == answer.region]
    row["n_subjects"] = used["participant_id"].nunique()
    row["n_scans"] = len(used[["participant_id", "session", "scanner"]].drop_duplicates())
    row["n_sites"] = used["site"].nunique()
    if answer.estimate is not None:
        row |= numbers(answer.estimate, question.scale) | {"p_method": "t"}
        row |= detectable(answer.estimate, question)
        if answer.status != "ok":
            row |= dict.fromkeys(TEST, np.nan)
        row["standardised_by_sd"] = within_site_sd(answer.fit)
        row["standardised"] = answer.estimate.estimate / row["standardised_by_sd"]
    return row


def detectable(
    found: ContrastEstimate, question: Question, critical: float | None = None
) -> dict[str, float]:
    """Cells of the smallest effect that the design detects; ``critical`` as calibrated."""
    effect = detectable_effect(
        found.standard_error, found.df, question.inference["alpha"], critical=critical
    )
    return detectable_cells(effect, question.scale)


def detectable_cells(effect: float, scale: str) -> dict[str, float]:
    """The same effect as cells of a row."""
    cells = {"detectable": effect}
    return cells | {"percent_detectable": 100 * np.expm1(effect)} if scale == "log" else cells


def numbers(found: ContrastEstimate, scale: str) -> dict[str, Any]:
    """Cells of one estimate; in percent too where ``scale`` is ``log``."""
    keys = ("estimate", "standard_error", "df", "df_method", "t", "p_value", "ci_low", "ci_high")
    row = {key: getattr(found, key) for key in keys}
    if scale == "log":
        for key, name in (
            ("estimate", "percent"),
            ("ci_low", "percent_low"),
            ("ci_high", "percent_high"),
        ):
            row[name] = 100 * np.expm1(row[key])
    return row
