"""Step of rule estimate_contrast: one contrast in every region, the same done otherwise, and its
effect at each site.
"""

from multipet.analysis.answers import answers, question_of
from multipet.analysis.contrast_findings import contrast_findings
from multipet.analysis.contrast_refits import refits_of
from multipet.analysis.contrast_table import contrast_table, weights_table
from multipet.analysis.effect_by_site import effects_by_site
from multipet.analysis.fit_file import read_variants
from multipet.analysis.heterogeneity import (
    by_site_table,
    heterogeneity_findings,
    heterogeneity_table,
)
from multipet.analysis.model_plan import named_tables
from multipet.analysis.sensitivity import VARIANTS, refits_table, sensitivity_table, stacked
from multipet.columns import BY_SITE, CONTRAST, HETEROGENEITY, SENSITIVITY, WEIGHTS
from multipet.files import read_json
from multipet.findings_file import write_findings
from multipet.step import run_step
from multipet.tables import read_table, write_table


def main(words: list[str]) -> None:
    """SPEC CONTRAST_OUT SENSITIVITY_OUT FINDINGS_OUT WEIGHTS_OUT BY_SITE_OUT HETEROGENEITY_OUT
    FITS VALUES [RAW_VALUES]
    """
    spec_file, contrast, sensitivity, findings, weights, by_site, heterogeneity, *rest = words
    fits_file, *values = rest
    spec = read_json(spec_file)
    how = (spec["regions"], spec["scale"], spec["site_means"])
    tables = named_tables([read_table(path) for path in values], *how)
    people = tables["main"]
    variants = read_variants(fits_file, tables, ("main", *VARIANTS))
    question = question_of(spec, people)
    found = answers(question, variants.pop("main").fits, people)
    parts = effects_by_site(question, found, people)
    refits = refits_of(spec, question, parts, people)
    test = heterogeneity_table(question, parts, refits.slopes)
    noted = [*contrast_findings(spec, found, people), *heterogeneity_findings(spec, test)]
    others = sensitivity_table(question, found, variants, tables)
    write_findings(findings, noted)
    write_table(weights, weights_table(found), WEIGHTS)
    write_table(by_site, by_site_table(question, parts), BY_SITE)
    write_table(heterogeneity, test, HETEROGENEITY)
    write_table(sensitivity, stacked(others, refits_table(question, refits, people)), SENSITIVITY)
    write_table(contrast, contrast_table(question, found, people), CONTRAST)


if __name__ == "__main__":
    run_step(main)
