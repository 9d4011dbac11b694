"""One configured contrast in every region, the same done otherwise, and its effect at each site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.analysis.contrast.estimates import (
    Question,
    RegionEstimate,
    contrast_estimates,
    question_of,
)
from multipet.analysis.contrast.findings import contrast_findings, printed_findings
from multipet.analysis.contrast.heterogeneity import (
    by_site_table,
    heterogeneity_findings,
    heterogeneity_table,
)
from multipet.analysis.contrast.printed_answer import (
    answers_of,
    printed_answers,
    printed_estimates,
)
from multipet.analysis.contrast.refits import refits_of
from multipet.analysis.contrast.sensitivity import (
    VARIANTS,
    largest_naive_error,
    models_table,
    other_harmonisations,
    refits_table,
    sensitivity_table,
    stacked,
    takes_from_data,
)
from multipet.analysis.contrast.table import beside_table, contrast_table, weights_table
from multipet.analysis.model.fit_file import Variant, restored
from multipet.analysis.model.fitted_specification import named_tables
from multipet.calibration.calibration_table import apply_to, no_calibration
from multipet.config.specs import EstimateSpec
from multipet.core.findings import Finding

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class EstimatedContrast:
    """What estimating a contrast gives.

    Attributes
    ----------
    tables
        ``contrast``, ``sensitivity``, ``weights``, ``by_site`` and ``heterogeneity``, with the
        columns of ``columns``.
    findings
        What a reader must know of them.
    """

    tables: Tables
    findings: list[Finding]


def estimate_configured(
    spec: EstimateSpec,
    fits: Mapping[str, Any],
    pooled: Sequence[pd.DataFrame],
    calibration: pd.DataFrame | None = None,
    calibration_findings: Sequence[Finding] = (),
) -> EstimatedContrast:
    """Estimate a configured contrast, and what it is beside other choices.

    Parameters
    ----------
    spec
        Spec of estimate_contrast.
    fits
        Record of the model's fits; see ``variants_record``.
    pooled
        The values that were fitted, one row a scan x region; then the raw ones, where those
        are harmonised.
    calibration, calibration_findings
        Calibrated p-values and what was found, where the contrast has answers from
        harmonised values.
    """
    tables = named_tables(pooled, spec.regions, spec.scale, spec.site_means)
    scans, naive = tables["main"], takes_from_data(spec.harmonisation)
    own = spec.harmonisation.id if spec.harmonisation else "none"
    calibration = no_calibration() if calibration is None else calibration
    variants = restored(fits, tables, ("main", *VARIANTS))
    question = question_of(spec, scans)
    fits = variants.pop("main").fits
    # values harmonised by what they show have their own, calibrated test
    printed = [] if naive else printed_answers(question, fits, scans)
    estimates = contrast_estimates(question, fits, scans) if naive else answers_of(printed)
    table = contrast_table(question, estimates, scans)
    noted = contrast_findings(spec, estimates, scans, largest_naive_error(calibration, own))
    by_site, others = _otherwise(spec, question, estimates, variants, tables)
    others = stacked(others, other_harmonisations(question, table, calibration, own))
    if printed:
        table = beside_table(table, printed, question)
        others = stacked(models_table(question, printed, scans), others)
        noted += printed_findings(printed, spec.inference.alpha)
    if naive:
        table = apply_to(table, calibration, own, spec.inference.adjust)
    made = {"contrast": table, "sensitivity": others, "weights": weights_table(estimates)}
    noted = [*noted, *calibration_findings]
    noted += heterogeneity_findings(spec, by_site["heterogeneity"])
    return EstimatedContrast(made | by_site, noted)


def _otherwise(
    spec: EstimateSpec,
    question: Question,
    estimates: Sequence[RegionEstimate],
    variants: Mapping[str, Variant],
    tables: Mapping[str, pd.DataFrame],
) -> tuple[Tables, pd.DataFrame]:
    """Effects by site with their heterogeneity; and the contrast estimated in other ways."""
    raw, naive = tables["raw"], takes_from_data(spec.harmonisation)
    others = sensitivity_table(question, estimates, variants, tables, naive)
    # what is not calibrated is asked of the raw values, where its p-values hold
    asked = printed_estimates(question, variants["raw_values"].fits, raw) if naive else estimates
    parts = effects_by_site(question, asked, raw)
    refits = refits_of(spec, question, parts, raw)
    test = heterogeneity_table(question, parts, refits.slopes)
    by_site = {"by_site": by_site_table(question, parts), "heterogeneity": test}
    return by_site, stacked(others, refits_table(question, refits, raw, raw=naive))
