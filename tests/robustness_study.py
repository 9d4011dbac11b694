"""Everything that the figures of robustness are drawn from, of a small study in memory."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.analysis.contrast.table import contrast_table
from multipet.analysis.diagnostics.model_tables import random_effects_table
from multipet.analysis.diagnostics.variance_components import variance_table
from multipet.analysis.model.fitted_specification import plan_record
from multipet.analysis.robustness.curves import curves_table
from multipet.analysis.robustness.effect_views import effect_views, smallest_p
from multipet.analysis.robustness.leave_one_site_out import left_out_estimates
from multipet.analysis.robustness.leave_one_site_out_table import left_out_table
from multipet.analysis.robustness.partial_lines import partial_lines_table
from multipet.analysis.robustness.partial_residuals import partial_residuals_table
from multipet.analysis.robustness.specifications import covariate_sets_table, specifications_table
from multipet.analysis.robustness.splines import linearity_table, spline_fits
from multipet.core.columns import SENSITIVITY, names

AGE = {"slope": {"age": 10}}
GROUP = {"difference": {"group": ["patient", "control"]}}
SETS = {"without_age": "group + (1 | participant_id)", "crude": "group"}


def robustness_tables(
    settings: Mapping[str, Any],
    pooled: pd.DataFrame | None = None,
    model: Mapping[str, Any] | None = None,
    **changes: Any,
) -> dict[str, pd.DataFrame]:
    """Tables of a contrast of ``study_run.pooled_scans``."""
    pooled = pooled_scans() if pooled is None else pooled
    run = fitted(fit_spec(**(model or {})), [pooled])
    more = {"few_levels": {"minimum": 4}, "sensitivity": SETS, "residual": "common"}
    spec = {**contrast_spec(settings, **changes), **more}
    people = run.table
    question, found = ask(spec, run)
    contrast = contrast_table(question, found, people)
    without = left_out_estimates(spec, question, found, people)
    naive = spec["harmonisation"] is not None
    left_out = left_out_table(question, found, without, people, naive)
    plan = plan_record(run.plan, run.fits, people)
    sets = covariate_sets_table(spec, question, pooled, plan)
    sensitivity = pd.DataFrame(columns=names(SENSITIVITY))
    shown = smallest_p(found, 6)
    views = effect_views(question, shown, effects_by_site(question, shown, people), people)
    splines = spline_fits(question, found, people)
    specifications = specifications_table(plan, "none", contrast, sensitivity, left_out, sets)
    return {
        "contrast": contrast,
        "left_out": left_out,
        "specifications": specifications,
        "partial_residuals": partial_residuals_table(views, people),
        "partial_lines": partial_lines_table(views, people, question.inference),
        "curves": curves_table(question, shown, splines, people),
        "linearity": linearity_table(question, found, splines),
        "random_effects": random_effects_table(run.fits),
        "variance_components": variance_table(run.fits),
    }
