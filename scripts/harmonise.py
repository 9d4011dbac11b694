"""Step of rule harmonise: one configured harmonisation of the pooled table."""

from multipet.config.specs import HarmoniseSpec, read_spec
from multipet.core.columns.harmonisation import SITE_EFFECTS
from multipet.core.files import write_json
from multipet.core.findings_file import write_findings
from multipet.core.tables import read_columns, read_table, write_table
from multipet.harmonisation import parameters_dictionary
from multipet.harmonisation.harmonised_table import harmonise_pooled
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """The pooled table; the harmonised one, and what was taken out of it."""

    pooled: str
    harmonised: str
    effects: str
    findings: str
    parameters: str
    parameters_dictionary: str


def main(files: Files) -> None:
    """Harmonise the pooled table; write it, site effects, parameters and findings."""
    spec = read_spec(HarmoniseSpec, files.spec)
    pooled = read_table(files.pooled)
    table, harmonised = harmonise_pooled(pooled, spec.id, spec.settings, spec.scale)
    write_table(files.harmonised, table, read_columns(files.pooled))
    write_table(files.effects, harmonised.site_effects, SITE_EFFECTS)
    write_json(files.parameters, harmonised.parameters)
    write_json(files.parameters_dictionary, parameters_dictionary())
    write_findings(files.findings, harmonised.findings)


if __name__ == "__main__":
    run_step(main, Files)
