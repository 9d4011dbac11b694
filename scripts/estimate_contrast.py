"""Step of rule estimate_contrast: one contrast in every region, and the same done otherwise."""

from multipet.answers import answers, question_of
from multipet.columns import CONTRAST, SENSITIVITY, WEIGHTS
from multipet.contrast_findings import contrast_findings
from multipet.contrast_table import contrast_table, weights_table
from multipet.files import read_json
from multipet.findings_file import write_findings
from multipet.fit_file import read_variants
from multipet.model_plan import named_tables
from multipet.sensitivity import VARIANTS, sensitivity_table
from multipet.step import run_step
from multipet.tables import read_table, write_table


def main(words: list[str]) -> None:
    """SPEC CONTRAST_OUT SENSITIVITY_OUT FINDINGS_OUT WEIGHTS_OUT FITS VALUES [RAW_VALUES]"""
    spec_file, contrast_file, sensitivity_file, findings_file, weights_file, *rest = words
    fits_file, *values = rest
    spec = read_json(spec_file)
    tables = named_tables([read_table(path) for path in values], spec["regions"], spec["scale"])
    variants = read_variants(fits_file, tables, ("main", *VARIANTS))
    question = question_of(spec, tables["main"])
    found = answers(question, variants.pop("main").fits, tables["main"])
    write_findings(findings_file, contrast_findings(spec, found, tables["main"]))
    write_table(weights_file, weights_table(found), WEIGHTS)
    write_table(sensitivity_file, sensitivity_table(question, found, variants, tables), SENSITIVITY)
    write_table(contrast_file, contrast_table(question, found, tables["main"]), CONTRAST)


if __name__ == "__main__":
    run_step(main)
