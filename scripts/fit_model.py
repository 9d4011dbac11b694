"""Step of rule fit_model: one configured model, and its variants, in every region."""

from multipet.analysis.model.fit_file import write_variants
from multipet.analysis.model.fitted_model import fit_configured
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
    model = fit_configured(spec, [read_table(path) for path in (files.values, files.raw) if path])
    write_table(files.coefficients, model.coefficients, COEFFICIENTS)
    write_findings(files.findings, [*noted, *model.findings])
    write_json(files.plan, model.record)
    write_variants(files.fits, model.variants)


if __name__ == "__main__":
    run_step(main, Files)
