"""Step of rule diagnose_model: residuals, random effects and variances of one model."""

from multipet.analysis.diagnostics.model_tables import (
    random_effects_table,
    residual_table,
    shrinkage_table,
)
from multipet.analysis.diagnostics.residual_checks import residual_checks
from multipet.analysis.diagnostics.variance_components import variance_table
from multipet.analysis.model.fit_file import read_variants
from multipet.analysis.model.fitted_specification import named_tables
from multipet.config.specs import DiagnoseSpec, read_spec
from multipet.core import columns
from multipet.core.tables import read_table, write_table
from multipet.run.step import StepFiles, run_step

WITHOUT = "without_random_effects"


class Files(StepFiles, kw_only=True):
    """Fits and the values that they are of; a table a view of them."""

    fits: str
    values: str
    variance_components: str
    random_effects: str
    residuals: str
    shrinkage: str
    residual_checks: str


def main(files: Files) -> None:
    """Take the fits apart; write a table each."""
    spec = read_spec(DiagnoseSpec, files.spec)
    how = (spec.regions, spec.scale, spec.site_means)
    tables = named_tables([read_table(files.values)], *how)
    variants = read_variants(files.fits, tables, ("main", WITHOUT))
    fits, scans = variants["main"].fits, tables["main"]
    # a model without random effects is its own counterpart
    residuals = residual_table(fits, scans, variants.get(WITHOUT, variants["main"]).fits)
    components = variance_table(fits, spec.confidence)
    write_table(files.variance_components, components, columns.VARIANCE_COMPONENTS)
    write_table(files.random_effects, random_effects_table(fits), columns.RANDOM_EFFECTS)
    write_table(files.shrinkage, shrinkage_table(fits, scans), columns.SHRINKAGE)
    write_table(files.residual_checks, residual_checks(residuals), columns.RESIDUAL_CHECKS)
    write_table(files.residuals, residuals, columns.RESIDUALS)


if __name__ == "__main__":
    run_step(main, Files)
