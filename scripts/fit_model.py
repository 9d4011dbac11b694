"""Step of rule fit_model: one configured model, and its variants, in every region."""

from multipet.analysis.model.fit_file import write_variants
from multipet.analysis.model.fits import coefficients_table, model_findings, run_variants, used_rows
from multipet.analysis.model.fitted_specification import (
    fitted_specification,
    model_table,
    named_tables,
    plan_record,
)
from multipet.config.specs import FitSpec, read_spec
from multipet.core.columns import COEFFICIENTS
from multipet.core.files import write_json
from multipet.core.findings_file import read_findings, write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Values (and the raw ones and findings of harmonised); fits and what they say."""

    values: str
    raw: str | None = None
    harmonisation_findings: str | None = None
    fits: str
    plan: str
    coefficients: str
    findings: str


def main(files: Files) -> None:
    """Fit the model and its variants; write fits, fitted specification and tables."""
    spec = read_spec(FitSpec, files.spec)
    noted = read_findings(files.harmonisation_findings) if files.harmonisation_findings else []
    pooled = [read_table(path) for path in (files.values, files.raw) if path]
    tables = named_tables(pooled, spec.regions, spec.scale, spec.site_means)
    scans = tables["main"]
    plan = fitted_specification(spec, scans, model_table(pooled[0], spec.regions, spec.scale)[1])
    variants = run_variants(spec, plan, tables)
    fits = variants["main"].fits
    write_table(files.coefficients, coefficients_table(fits, scans, spec.df), COEFFICIENTS)
    write_findings(files.findings, [*noted, *model_findings(spec, plan, fits, scans)])
    write_json(files.plan, plan_record(plan, fits, scans.iloc[used_rows(fits)]))
    write_variants(files.fits, variants)


if __name__ == "__main__":
    run_step(main, Files)
