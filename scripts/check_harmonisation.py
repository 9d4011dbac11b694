"""Step of rule check_harmonisation: what one harmonisation did, as tables and an overview."""

from pathlib import Path

from multipet.core.files import read_json, write_checksums, write_json
from multipet.core.tables import read_columns, read_table, write_table
from multipet.harmonisation.before_after.checks import check_harmonisation
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC POOLED HARMONISED SITE_EFFECTS PARAMETERS FOLDER_OUT"""
    spec_file, pooled_file, harmonised_file, effects_file, parameters_file, folder = words
    checks = check_harmonisation(
        read_table(pooled_file),
        read_table(harmonised_file),
        read_table(effects_file),
        read_json(parameters_file),
        read_json(spec_file),
        read_columns(pooled_file),
    )
    for name, table in checks.tables.items():
        write_table(Path(folder) / f"{name}.tsv", table, checks.columns[name])
    write_json(Path(folder) / "overview.json", checks.overview)
    write_checksums(folder)


if __name__ == "__main__":
    run_step(main)
