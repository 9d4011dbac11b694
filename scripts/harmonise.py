"""Step of rule harmonise: one configured harmonisation of the pooled table."""

from multipet.core.files import read_json, write_json
from multipet.core.findings_file import write_findings
from multipet.core.tables import read_columns, read_table, write_table
from multipet.harmonisation import parameters_dictionary
from multipet.harmonisation.harmonised_table import harmonise_pooled
from multipet.harmonisation.result import SITE_EFFECTS
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC POOLED_IN TABLE_OUT EFFECTS_OUT FINDINGS_OUT PARAMETERS_OUT DICTIONARY_OUT"""
    spec_file, pooled_file, *tables, parameters_file, dictionary_file = words
    table_file, effects_file, findings_file = tables
    spec = read_json(spec_file)
    pooled = read_table(pooled_file)
    table, harmonised = harmonise_pooled(pooled, spec["id"], spec["settings"], spec["scale"])
    write_table(table_file, table, read_columns(pooled_file))
    write_table(effects_file, harmonised.site_effects, SITE_EFFECTS)
    write_json(parameters_file, harmonised.parameters)
    write_json(dictionary_file, parameters_dictionary())
    write_findings(findings_file, harmonised.findings)


if __name__ == "__main__":
    run_step(main)
