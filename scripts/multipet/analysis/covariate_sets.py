"""The same contrast with other covariates: the sets that the config declares for its model."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from multipet.analysis.answers import Question, answers
from multipet.analysis.contrast_table import contrast_table
from multipet.analysis.harmonised_answers import takes_from_data, without_calibration
from multipet.analysis.model_plan import model_table
from multipet.analysis.site_means import site_mean_names
from multipet.analysis.site_terms import Choice, full_formula
from multipet.columns import names
from multipet.mixed_model import fit_regions
from multipet.robustness_columns import COVARIATE_SETS


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
    choices = {factor: Choice(**plan[factor]) for factor in ("site", "scanner")}
    residual_by = "scanner" if spec["residual"] == "by_scanner" else None
    parts = [pd.DataFrame(columns=names(COVARIATE_SETS))]
    for name, formula in spec["sensitivity"].items():
        means = formula if spec["site_means"] else ""
        table, outcomes = model_table(pooled, spec["regions"], spec["scale"], means)
        full = full_formula(formula, choices, site_mean_names(table, means) if means else ())
        fits = fit_regions(full, table, outcomes, residual_by=residual_by)
        found = contrast_table(question, answers(question, fits, table), table)
        if takes_from_data(spec["harmonisation"]):
            found = without_calibration(found)
        parts.append(found.assign(covariates=name, formula=full))
    filled = [part for part in parts if len(part)] or parts
    return pd.concat(filled, ignore_index=True)[names(COVARIATE_SETS)]
