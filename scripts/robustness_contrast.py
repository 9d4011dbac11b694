"""Step of rule robustness_contrast: how far the answer of a contrast rests on what was chosen, and
what its plots by site are drawn from.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.analysis.contrast.estimates import (
    Question,
    RegionEstimate,
    contrast_estimates,
    question_of,
)
from multipet.analysis.contrast.printed_answer import printed_estimates
from multipet.analysis.contrast.sensitivity import takes_from_data
from multipet.analysis.model.fit_file import read_variants
from multipet.analysis.model.fitted_specification import named_tables
from multipet.analysis.robustness.curves import curves_table
from multipet.analysis.robustness.effect_views import effect_views, smallest_p
from multipet.analysis.robustness.influence_table import influence_findings, influence_table
from multipet.analysis.robustness.leave_one_site_out import left_out_estimates
from multipet.analysis.robustness.leave_one_site_out_table import left_out_summary, left_out_table
from multipet.analysis.robustness.partial_lines import partial_lines_table
from multipet.analysis.robustness.partial_residuals import partial_residuals_table
from multipet.analysis.robustness.specifications import covariate_sets_table, specifications_table
from multipet.analysis.robustness.splines import linearity_table, spline_fits
from multipet.config.specs import RobustnessSpec, read_spec
from multipet.core.columns.registry import TABLES
from multipet.core.files import read_json
from multipet.core.findings_file import write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import StepFiles, run_step

#: Estimates with the smallest p that the plots show.
SHOWN = 6
Tables = dict[str, pd.DataFrame]


class Files(StepFiles, kw_only=True):
    """Fits with their specification and values, and the estimates; a table a choice and a plot."""

    fits: str
    plan: str
    values: str
    contrast: str
    sensitivity: str
    left_out: str
    left_out_summary: str
    covariate_sets: str
    specifications: str
    influence: str
    partial_residuals: str
    partial_lines: str
    curves: str
    linearity: str
    findings: str


def main(files: Files) -> None:
    """Refit the model in every way; write a table each."""
    spec, plan = read_spec(RobustnessSpec, files.spec), read_json(files.plan)
    pooled = read_table(files.values)
    own = (read_table(files.contrast), read_table(files.sensitivity))
    scans = named_tables([pooled], spec.regions, spec.scale, spec.site_means)["main"]
    fits = read_variants(files.fits, {"main": scans}, ("main",))["main"].fits
    question = question_of(spec, scans)
    answered = contrast_estimates if takes_from_data(spec.harmonisation) else printed_estimates
    estimates = answered(question, fits, scans)
    sets = covariate_sets_table(spec, question, pooled, plan)
    tables = {
        "influence": influence_table(estimates, scans),
        **_choices(spec, plan, question, estimates, scans, sets, own),
        **_views(spec, question, estimates, scans),
    }
    for name, table in tables.items():
        write_table(getattr(files, name), table, TABLES["robustness_contrast"][name])
    write_findings(files.findings, influence_findings(tables["influence"]))


def _choices(
    spec: RobustnessSpec,
    plan: Mapping[str, Any],
    question: Question,
    estimates: Sequence[RegionEstimate],
    scans: pd.DataFrame,
    sets: pd.DataFrame,
    own: Sequence[pd.DataFrame],
) -> Tables:
    """Without each site and scanner, with other covariates, and all specifications."""
    without = left_out_estimates(spec, question, estimates, scans)
    naive = takes_from_data(spec.harmonisation)
    left_out = left_out_table(question, estimates, without, scans, naive)
    harmonisation = spec.harmonisation.id if spec.harmonisation else "none"
    return {
        "left_out": left_out,
        "left_out_summary": left_out_summary(question, estimates, left_out),
        "covariate_sets": sets,
        "specifications": specifications_table(plan, harmonisation, *own, left_out, sets),
    }


def _views(
    spec: RobustnessSpec,
    question: Question,
    estimates: Sequence[RegionEstimate],
    scans: pd.DataFrame,
) -> Tables:
    """What the plots by site and over a number are drawn from."""
    shown = smallest_p(estimates, SHOWN)
    # a joint model has one fit for all regions, and is taken apart as a whole
    parts = effects_by_site(question, estimates if spec.regions == "joint" else shown, scans)
    views = effect_views(question, shown, parts, scans)
    splines = spline_fits(question, estimates, scans)
    return {
        "partial_residuals": partial_residuals_table(views, scans),
        "partial_lines": partial_lines_table(views, scans, question.inference),
        "curves": curves_table(question, shown, splines, scans),
        "linearity": linearity_table(question, estimates, splines),
    }


if __name__ == "__main__":
    run_step(main, Files)
