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
from multipet.core.columns import Column
from multipet.core.columns import robustness as columns
from multipet.core.files import read_json
from multipet.core.findings_file import write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import run_step

#: Answers with the smallest p that the plots show.
SHOWN = 6
Table = tuple[pd.DataFrame, Sequence[Column]]


def main(words: list[str]) -> None:
    """SPEC LEFT_OUT_OUT LEFT_OUT_SUMMARY_OUT COVARIATE_SETS_OUT SPECIFICATIONS_OUT INFLUENCE_OUT
    PARTIAL_RESIDUALS_OUT PARTIAL_LINES_OUT CURVES_OUT LINEARITY_OUT FINDINGS_OUT
    FITS PLAN VALUES CONTRAST SENSITIVITY
    """
    spec_file, *outputs = words[:10]
    findings, fits_file, plan_file, values, *own = words[10:]
    spec, plan, pooled = read_json(spec_file), read_json(plan_file), read_table(values)
    people = named_tables([pooled], spec["regions"], spec["scale"], spec["site_means"])["main"]
    fits = read_variants(fits_file, {"main": people}, ("main",))["main"].fits
    question = question_of(spec, people)
    found = contrast_estimates(question, fits, people)
    influence = influence_table(found, people)
    sets = covariate_sets_table(spec, question, pooled, plan)
    tables = (
        *_choices(spec, plan, question, found, people, sets, [read_table(path) for path in own]),
        (influence, columns.INFLUENCE),
        *_views(spec, question, found, people),
    )
    for path, (table, described) in zip(outputs, tables, strict=True):
        write_table(path, table, described)
    write_findings(findings, influence_findings(influence))


def _choices(
    spec: Mapping[str, Any],
    plan: Mapping[str, Any],
    question: Question,
    found: Sequence[RegionEstimate],
    people: pd.DataFrame,
    sets: pd.DataFrame,
    own: Sequence[pd.DataFrame],
) -> tuple[Table, ...]:
    """Without each site and scanner, with other covariates, and all specifications."""
    without = left_out_estimates(spec, question, found, people)
    naive = takes_from_data(spec["harmonisation"])
    left_out = left_out_table(question, found, without, people, naive)
    harmonisation = spec["harmonisation"]["id"] if spec["harmonisation"] else "none"
    return (
        (left_out, columns.LEFT_OUT),
        (left_out_summary(question, found, left_out), columns.LEFT_OUT_SUMMARY),
        (sets, columns.COVARIATE_SETS),
        (specifications_table(plan, harmonisation, *own, left_out, sets), columns.SPECIFICATIONS),
    )


def _views(
    spec: Mapping[str, Any],
    question: Question,
    found: Sequence[RegionEstimate],
    people: pd.DataFrame,
) -> tuple[Table, ...]:
    """What the plots by site and over a number are drawn from."""
    shown = smallest_p(found, SHOWN)
    # a joint model has one fit for all regions, and is taken apart as a whole
    parts = effects_by_site(question, found if spec["regions"] == "joint" else shown, people)
    views = effect_views(question, shown, parts, people)
    splines = spline_fits(question, found, people)
    return (
        (partial_residuals_table(views, people), columns.PARTIAL_RESIDUALS),
        (partial_lines_table(views, people, question.inference), columns.PARTIAL_LINES),
        (curves_table(question, shown, splines, people), columns.CURVES),
        (linearity_table(question, found, splines), columns.LINEARITY),
    )


if __name__ == "__main__":
    run_step(main)
