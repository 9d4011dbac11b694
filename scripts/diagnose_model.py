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
from multipet.core import columns
from multipet.core.files import read_json
from multipet.core.tables import read_table, write_table
from multipet.run.step import run_step

WITHOUT = "without_random_effects"


def main(words: list[str]) -> None:
    """SPEC FITS VALUES VARIANCE_COMPONENTS_OUT RANDOM_EFFECTS_OUT RESIDUALS_OUT SHRINKAGE_OUT
    RESIDUAL_CHECKS_OUT
    """
    spec_file, fits_file, values, variance, random_effects, residuals, shrinkage, checks = words
    spec = read_json(spec_file)
    how = (spec["regions"], spec["scale"], spec["site_means"])
    tables = named_tables([read_table(values)], *how)
    variants = read_variants(fits_file, tables, ("main", WITHOUT))
    fits, table = variants["main"].fits, tables["main"]
    # a model without random effects is its own counterpart
    left = residual_table(fits, table, variants.get(WITHOUT, variants["main"]).fits)
    components = variance_table(fits, spec["confidence"])
    write_table(variance, components, columns.VARIANCE_COMPONENTS)
    write_table(random_effects, random_effects_table(fits), columns.RANDOM_EFFECTS)
    write_table(shrinkage, shrinkage_table(fits, table), columns.SHRINKAGE)
    write_table(checks, residual_checks(left), columns.RESIDUAL_CHECKS)
    write_table(residuals, left, columns.RESIDUALS)


if __name__ == "__main__":
    run_step(main)
