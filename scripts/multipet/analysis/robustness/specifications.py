"""Every way in which a contrast was estimated, other covariates included, in one table."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from multipet.analysis.contrast.estimates import Question, contrast_estimates
from multipet.analysis.contrast.printed_answer import printed_estimates
from multipet.analysis.contrast.sensitivity import takes_from_data, without_calibration
from multipet.analysis.contrast.table import contrast_table
from multipet.analysis.model.fits import fit_each
from multipet.analysis.model.fitted_specification import model_table
from multipet.analysis.model.site_terms import Choice, full_formula, site_mean_names
from multipet.core.columns import contrast as variant_names
from multipet.core.columns import names
from multipet.core.columns.robustness import CHOICES, COVARIATE_SETS, SPECIFICATIONS


def covariate_sets_table(
    spec: Mapping[str, Any],
    question: Question,
    pooled: pd.DataFrame,
    plan: Mapping[str, Any],
) -> pd.DataFrame:
    """Table of the contrast with every covariate set (columns ``COVARIATE_SETS``).

    Parameters
    ----------
    spec
        The contrast's spec: ``sensitivity`` (name to formula, in the notation of the model's
        ``formula``: without outcome, site and scanner), ``regions``, ``scale``, ``residual``,
        ``site_means`` and ``harmonisation``.
    question
        What is asked.
    pooled
        The values that the model is fitted to, one row a scan x region.
    plan
        The record of how the model was fitted (``plan_record``): site and scanner enter every set
        as they enter the model.

    Returns
    -------
    DataFrame
        On harmonised values the p is ``p_naive`` and there is no interval: nothing calibrates it.
    """
    residual_by = "scanner" if spec["residual"] == "by_scanner" else None
    parts = [pd.DataFrame(columns=names(COVARIATE_SETS))]
    for name, formula in spec["sensitivity"].items():
        means = formula if spec["site_means"] else ""
        table, outcomes = model_table(pooled, spec["regions"], spec["scale"], means)
        columns = site_mean_names(table, means) if means else ()
        formulas = {
            outcome: full_formula(formula, _planned(plan, outcome), columns) for outcome in outcomes
        }
        fits = fit_each(formulas, table, residual_by)
        full = full_formula(formula, _planned(plan), columns)
        naive = takes_from_data(spec["harmonisation"])
        answered = contrast_estimates if naive else printed_estimates
        found = contrast_table(question, answered(question, fits, table), table)
        if naive:
            found = without_calibration(found)
        parts.append(found.assign(covariates=name, formula=full))
    filled = [part for part in parts if len(part)] or parts
    return pd.concat(filled, ignore_index=True)[names(COVARIATE_SETS)]


def _planned(plan: Mapping[str, Any], outcome: str = "") -> dict[str, Choice]:
    """How site and scanner enter the model of an outcome."""
    own = plan["regions"].get(outcome, plan)
    return {factor: Choice(**own[factor]) for factor in ("site", "scanner")}


MAIN = "main"
AS_PLANNED = "as planned"
NOTHING = "nothing"
RAW = "none"
#: What a variant of the sensitivity table chooses otherwise than the main analysis.
VARIANTS = {
    variant_names.SITE_FIXED: {"site": "fixed"},
    variant_names.SITE_RANDOM: {"site": "random"},
    variant_names.RAW_VALUES: {"harmonisation": RAW},
}
KEY = ["region", "comparison", *(choice.name for choice in CHOICES), "level"]


def specifications_table(
    plan: Mapping[str, Any],
    harmonisation: str,
    contrast: pd.DataFrame,
    sensitivity: pd.DataFrame,
    left_out: pd.DataFrame,
    covariate_sets: pd.DataFrame,
) -> pd.DataFrame:
    """Stack all answers of a contrast (columns ``robustness_columns.SPECIFICATIONS``).

    Parameters
    ----------
    plan
        The record of how the model was fitted (``plan_record``).
    harmonisation
        Id of the model's harmonisation; ``none`` for raw values.
    contrast, sensitivity, left_out, covariate_sets
        Columns ``columns.CONTRAST`` and ``SENSITIVITY``, ``robustness_columns.LEFT_OUT`` and
        ``COVARIATE_SETS``. What a table before has already is not repeated.

    Returns
    -------
    DataFrame
        The main analysis first in every region and comparison.
    """
    planned = {
        "site": plan["site"]["used"],
        "harmonisation": harmonisation,
        "covariates": AS_PLANNED,
        "left_out": NOTHING,
        "method": AS_PLANNED,
        "level": "",
    }
    parts = [
        contrast.assign(specification=MAIN, **planned),
        *_of_each(sensitivity, ["variant"], planned, _variant),
        *_of_each(covariate_sets, ["covariates"], planned, _covariates),
        *_of_each(left_out, ["factor", "left_out"], planned, _left_out),
    ]
    return _stacked([part for part in parts if len(part)] or parts[:1])


def _of_each(
    table: pd.DataFrame,
    keys: list[str],
    planned: Mapping[str, str],
    choices: Callable[..., dict[str, str]],
) -> Iterator[pd.DataFrame]:
    for key, rows in table.groupby(keys, sort=False):
        yield rows.assign(**planned | choices(*key))


def _variant(variant: str) -> dict[str, str]:
    start = variant_names.harmonised("")
    if variant.startswith(start):
        return {"specification": variant, "harmonisation": variant.removeprefix(start)}
    return {"specification": variant, **VARIANTS.get(variant, {"method": variant})}


def _covariates(name: str) -> dict[str, str]:
    return {"specification": name, "covariates": name}


def _left_out(factor: str, level: str) -> dict[str, str]:
    return {"specification": f"without {level}", "left_out": factor, "level": level}


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    wanted = names(SPECIFICATIONS)
    table = pd.concat([part.reindex(columns=wanted) for part in parts], ignore_index=True)
    texts = [column.name for column in SPECIFICATIONS if column.kind == "text"]
    table[texts] = table[texts].astype(object).fillna("")
    table = table.drop_duplicates(KEY, ignore_index=True)
    place = table.groupby(["region", "comparison"], sort=False).ngroup()
    return table.iloc[place.argsort(kind="stable")].reset_index(drop=True)
