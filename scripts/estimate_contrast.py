"""Step of rule estimate_contrast: one contrast in every region, the same done otherwise, and its
effect at each site.
"""

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.analysis.contrast.estimates import contrast_estimates, question_of
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
from multipet.analysis.model.fit_file import read_variants
from multipet.analysis.model.fitted_specification import named_tables
from multipet.calibration.calibration_table import apply_to, no_calibration
from multipet.config.specs import EstimateSpec, read_spec
from multipet.core.columns import BY_SITE, CONTRAST, HETEROGENEITY, SENSITIVITY, WEIGHTS
from multipet.core.findings_file import read_findings, write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Fits, their values (and the raw ones of harmonised), calibration; a table a view."""

    fits: str
    values: str
    raw: str | None = None
    calibration: str | None = None
    calibration_findings: str | None = None
    contrast: str
    sensitivity: str
    findings: str
    weights: str
    by_site: str
    heterogeneity: str


def main(files: Files) -> None:
    """Estimate the contrast, and what it is beside other choices; write a table each."""
    spec = read_spec(EstimateSpec, files.spec)
    how = (spec.regions, spec.scale, spec.site_means)
    pooled = [read_table(path) for path in (files.values, files.raw) if path]
    tables = named_tables(pooled, *how)
    scans, naive = tables["main"], takes_from_data(spec.harmonisation)
    own = spec.harmonisation.id if spec.harmonisation else "none"
    calibration = read_table(files.calibration) if files.calibration else no_calibration()
    variants = read_variants(files.fits, tables, ("main", *VARIANTS))
    question = question_of(spec, scans)
    fits = variants.pop("main").fits
    # values harmonised by what they show have their own, calibrated test
    printed = [] if naive else printed_answers(question, fits, scans)
    estimates = contrast_estimates(question, fits, scans) if naive else answers_of(printed)
    table = contrast_table(question, estimates, scans)
    others = sensitivity_table(question, estimates, variants, tables, naive)
    noted = contrast_findings(spec, estimates, scans, largest_naive_error(calibration, own))
    # what is not calibrated is asked of the raw values, where its p-values hold
    asked = estimates
    if naive:
        asked = printed_estimates(question, variants["raw_values"].fits, tables["raw"])
    parts = effects_by_site(question, asked, tables["raw"])
    refits = refits_of(spec, question, parts, tables["raw"])
    test = heterogeneity_table(question, parts, refits.slopes)
    others = stacked(others, refits_table(question, refits, tables["raw"], raw=naive))
    others = stacked(others, other_harmonisations(question, table, calibration, own))
    if printed:
        table = beside_table(table, printed, question)
        others = stacked(models_table(question, printed, scans), others)
        noted += printed_findings(printed, spec.inference.alpha)
    if naive:
        table = apply_to(table, calibration, own, spec.inference.adjust)
    if files.calibration_findings:
        noted += read_findings(files.calibration_findings)
    write_findings(files.findings, [*noted, *heterogeneity_findings(spec, test)])
    write_table(files.weights, weights_table(estimates), WEIGHTS)
    write_table(files.by_site, by_site_table(question, parts), BY_SITE)
    write_table(files.heterogeneity, test, HETEROGENEITY)
    write_table(files.sensitivity, others, SENSITIVITY)
    write_table(files.contrast, table, CONTRAST)


if __name__ == "__main__":
    run_step(main, Files)
