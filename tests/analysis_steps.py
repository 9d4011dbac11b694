"""All that the steps of a contrast and its model compute, in memory and in their order."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from study_run import ModelRun, fitted

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.analysis.contrast.estimates import RegionEstimate, contrast_estimates, question_of
from multipet.analysis.contrast.findings import contrast_findings, printed_findings
from multipet.analysis.contrast.heterogeneity import (
    by_site_table,
    heterogeneity_findings,
    heterogeneity_table,
)
from multipet.analysis.contrast.printed_answer import printed_answers, printed_estimates
from multipet.analysis.contrast.refits import refits_of
from multipet.analysis.contrast.sensitivity import (
    models_table,
    refits_table,
    sensitivity_table,
    stacked,
    takes_from_data,
)
from multipet.analysis.contrast.table import beside_table, contrast_table, weights_table
from multipet.analysis.diagnostics.model_tables import (
    random_effects_table,
    residual_table,
    shrinkage_table,
)
from multipet.analysis.diagnostics.residual_checks import residual_checks
from multipet.analysis.diagnostics.variance_components import variance_table
from multipet.analysis.model.fits import coefficients_table, model_findings, used_rows
from multipet.analysis.model.fitted_specification import plan_record
from multipet.analysis.robustness.curves import curves_table
from multipet.analysis.robustness.effect_views import effect_views, smallest_p
from multipet.analysis.robustness.influence_table import influence_findings, influence_table
from multipet.analysis.robustness.leave_one_site_out import left_out_estimates
from multipet.analysis.robustness.leave_one_site_out_table import left_out_summary, left_out_table
from multipet.analysis.robustness.partial_lines import partial_lines_table
from multipet.analysis.robustness.partial_residuals import partial_residuals_table
from multipet.analysis.robustness.specifications import covariate_sets_table, specifications_table
from multipet.analysis.robustness.splines import linearity_table, spline_fits
from multipet.core.findings import Finding, finding_rows

Tables = dict[str, pd.DataFrame]


def model_steps(spec: Mapping[str, Any], pooled: Sequence[pd.DataFrame]) -> tuple[ModelRun, Tables]:
    """Fit a model and diagnose it; the raw table comes last."""
    run = fitted(spec, pooled)
    plain = run.variants.get("without_random_effects", run.variants["main"]).fits
    residuals = residual_table(run.fits, run.table, plain)
    return run, {
        "coefficients": coefficients_table(run.fits, run.table, spec["df"]),
        "model_findings": _listed(model_findings(spec, run.plan, run.fits, run.table)),
        "variances": variance_table(run.fits, None),
        "random_effects": random_effects_table(run.fits),
        "shrinkage": shrinkage_table(run.fits, run.table),
        "residuals": residuals,
        "residual_checks": residual_checks(residuals),
    }


def contrast_steps(spec: Mapping[str, Any], run: ModelRun, pooled: pd.DataFrame) -> Tables:
    """Estimate a contrast and its robustness; ``pooled`` are the values that were fitted."""
    estimated = _estimated(spec, run)
    return estimated | _robustness(spec, run, pooled, estimated["sensitivity"])


def _estimated(spec: Mapping[str, Any], run: ModelRun) -> Tables:
    question = question_of(spec, run.table)
    raw, naive = run.tables["raw"], takes_from_data(spec["harmonisation"])
    printed = [] if naive else printed_answers(question, run.fits, run.table)
    found = _answers(spec, run)
    variants = {
        k: v for k, v in run.variants.items() if k not in ("main", "without_random_effects")
    }
    asked = printed_estimates(question, variants["raw_values"].fits, raw) if naive else found
    parts = effects_by_site(question, asked, raw)
    refits = refits_of(spec, question, parts, raw)
    test = heterogeneity_table(question, parts, refits.slopes)
    noted = contrast_findings(spec, found, run.table) + heterogeneity_findings(spec, test)
    noted += printed_findings(printed, 0.05)
    table = contrast_table(question, found, run.table)
    return {
        "contrast": beside_table(table, printed, question) if printed else table,
        "sensitivity": stacked(
            models_table(question, printed, run.table),
            sensitivity_table(question, found, variants, run.tables, naive),
            refits_table(question, refits, raw, raw=naive),
        ),
        "weights": weights_table(found),
        "by_site": by_site_table(question, parts),
        "heterogeneity": test,
        "findings": _listed(noted),
    }


def _robustness(
    spec: Mapping[str, Any], run: ModelRun, pooled: pd.DataFrame, others: pd.DataFrame
) -> Tables:
    question, found = question_of(spec, run.table), _answers(spec, run)
    scans, plan = run.table, plan_record(run.plan, run.fits, run.table.iloc[used_rows(run.fits)])
    naive = takes_from_data(spec["harmonisation"])
    left_out = left_out_table(
        question, found, left_out_estimates(spec, question, found, scans), scans, naive
    )
    sets = covariate_sets_table(spec, question, pooled, plan)
    influence = influence_table(found, scans)
    contrast = contrast_table(question, found, scans)
    return {
        "left_out": left_out,
        "left_out_summary": left_out_summary(question, found, left_out),
        "covariate_sets": sets,
        "specifications": specifications_table(plan, "none", contrast, others, left_out, sets),
        "influence": influence,
        "influence_findings": _listed(influence_findings(influence)),
        **_views(spec, run),
    }


def _views(spec: Mapping[str, Any], run: ModelRun) -> Tables:
    question, found = question_of(spec, run.table), _answers(spec, run)
    shown, scans = smallest_p(found, 6), run.table
    parts = effects_by_site(question, found if spec["regions"] == "joint" else shown, scans)
    views = effect_views(question, shown, parts, scans)
    splines = spline_fits(question, found, scans)
    return {
        "partial_residuals": partial_residuals_table(views, scans),
        "partial_lines": partial_lines_table(views, scans, question.inference),
        "curves": curves_table(question, shown, splines, scans),
        "linearity": linearity_table(question, found, splines),
    }


def _answers(spec: Mapping[str, Any], run: ModelRun) -> list[RegionEstimate]:
    answered = contrast_estimates if takes_from_data(spec["harmonisation"]) else printed_estimates
    return answered(question_of(spec, run.table), run.fits, run.table)


def _listed(findings: Sequence[Finding]) -> pd.DataFrame:
    return pd.DataFrame(finding_rows(findings))
