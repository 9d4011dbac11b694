"""Step of rule estimate_contrast: one contrast in every region, the same done otherwise, and its
effect at each site.
"""

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.analysis.contrast.estimates import contrast_estimates, question_of
from multipet.analysis.contrast.findings import contrast_findings
from multipet.analysis.contrast.heterogeneity import (
    by_site_table,
    heterogeneity_findings,
    heterogeneity_table,
)
from multipet.analysis.contrast.refits import refits_of
from multipet.analysis.contrast.sensitivity import (
    VARIANTS,
    largest_naive_error,
    other_harmonisations,
    refits_table,
    sensitivity_table,
    stacked,
    takes_from_data,
)
from multipet.analysis.contrast.table import contrast_table, weights_table
from multipet.analysis.model.fit_file import read_variants
from multipet.analysis.model.fitted_specification import named_tables
from multipet.calibration.calibration_table import apply_to, no_calibration
from multipet.core.columns import BY_SITE, CONTRAST, HETEROGENEITY, SENSITIVITY, WEIGHTS
from multipet.core.files import read_json
from multipet.core.findings_file import read_findings, write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC CONTRAST_OUT SENSITIVITY_OUT FINDINGS_OUT WEIGHTS_OUT BY_SITE_OUT HETEROGENEITY_OUT
    FITS VALUES [RAW_VALUES] [CALIBRATION CALIBRATION_FINDINGS]
    """
    spec_file, contrast, sensitivity, findings, weights, by_site, heterogeneity, *rest = words
    spec = read_json(spec_file)
    fits_file, *values = rest
    values, calibrated = (values[:-2], values[-2:]) if spec["calibrated"] else (values, [])
    how = (spec["regions"], spec["scale"], spec["site_means"])
    tables = named_tables([read_table(path) for path in values], *how)
    people, naive = tables["main"], takes_from_data(spec["harmonisation"])
    own = spec["harmonisation"]["id"] if spec["harmonisation"] else "none"
    calibration = read_table(calibrated[0]) if calibrated else no_calibration()
    variants = read_variants(fits_file, tables, ("main", *VARIANTS))
    question = question_of(spec, people)
    found = contrast_estimates(question, variants.pop("main").fits, people)
    table = contrast_table(question, found, people)
    others = sensitivity_table(question, found, variants, tables, naive)
    noted = contrast_findings(spec, found, people, largest_naive_error(calibration, own))
    # what is not calibrated is asked of the raw values, where its p-values hold
    asked = (
        contrast_estimates(question, variants["raw_values"].fits, tables["raw"]) if naive else found
    )
    parts = effects_by_site(question, asked, tables["raw"])
    refits = refits_of(spec, question, parts, tables["raw"])
    test = heterogeneity_table(question, parts, refits.slopes)
    others = stacked(others, refits_table(question, refits, tables["raw"], raw=naive))
    others = stacked(others, other_harmonisations(question, table, calibration, own))
    if naive:
        table = apply_to(table, calibration, own, spec["inference"]["adjust"])
    noted += [finding for path in calibrated[1:] for finding in read_findings(path)]
    write_findings(findings, [*noted, *heterogeneity_findings(spec, test)])
    write_table(weights, weights_table(found), WEIGHTS)
    write_table(by_site, by_site_table(question, parts), BY_SITE)
    write_table(heterogeneity, test, HETEROGENEITY)
    write_table(sensitivity, others, SENSITIVITY)
    write_table(contrast, table, CONTRAST)


if __name__ == "__main__":
    run_step(main)
