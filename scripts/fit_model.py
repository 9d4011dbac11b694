"""Step of rule fit_model: one configured model, and its variants, in every region."""

from multipet.analysis.model.fit_file import write_variants
from multipet.analysis.model.fits import coefficients_table, model_findings, run_variants, used_rows
from multipet.analysis.model.fitted_specification import (
    fitted_specification,
    model_table,
    named_tables,
    plan_record,
)
from multipet.core.columns import COEFFICIENTS
from multipet.core.files import read_json, write_json
from multipet.core.findings_file import read_findings, write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC FITS_OUT PLAN_OUT COEFFICIENTS_OUT FINDINGS_OUT VALUES [RAW_VALUES FINDINGS]

    RAW_VALUES and the FINDINGS of the harmonisation follow where VALUES are harmonised.
    """
    spec_file, fits_file, plan_file, coefficients_file, findings_file, *values = words
    spec = read_json(spec_file)
    harmonised = read_findings(values.pop()) if spec["harmonisation"] else []
    pooled = [read_table(path) for path in values]
    tables = named_tables(pooled, spec["regions"], spec["scale"], spec["site_means"])
    table = tables["main"]
    plan = fitted_specification(
        spec, table, model_table(pooled[0], spec["regions"], spec["scale"])[1]
    )
    variants = run_variants(spec, plan, tables)
    fits = variants["main"].fits
    findings = model_findings(spec, plan, fits, table)
    coefficients = coefficients_table(fits, table, spec["df"])
    write_table(coefficients_file, coefficients, COEFFICIENTS)
    write_findings(findings_file, [*harmonised, *findings])
    write_json(plan_file, plan_record(plan, fits, table.iloc[used_rows(fits)]))
    write_variants(fits_file, variants)


if __name__ == "__main__":
    run_step(main)
