"""Step of rule check_harmonisation: what one harmonisation did, as tables and an overview."""

from pathlib import Path

from multipet.config.specs import CheckHarmonisationSpec, read_spec
from multipet.core.files import read_json, write_checksums, write_json
from multipet.core.tables import read_columns, read_table, write_table
from multipet.harmonisation.before_after.checks import check_harmonisation
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Values before and after, site effects and parameters; the folder of checks."""

    pooled: str
    harmonised: str
    effects: str
    parameters: str
    folder: str


def main(files: Files) -> None:
    """Compare the values before and after; write a table a comparison and the overview."""
    checks = check_harmonisation(
        read_table(files.pooled),
        read_table(files.harmonised),
        read_table(files.effects),
        read_json(files.parameters),
        read_spec(CheckHarmonisationSpec, files.spec),
        read_columns(files.pooled),
    )
    for name, table in checks.tables.items():
        write_table(Path(files.folder) / f"{name}.tsv", table, checks.columns[name])
    write_json(Path(files.folder) / "overview.json", checks.overview)
    write_checksums(files.folder)


if __name__ == "__main__":
    run_step(main, Files)
