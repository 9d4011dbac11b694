"""Step of rule draw_harmonisation: the figures of one harmonisation, their tables, an index."""

from pathlib import Path

from multipet.config.checks.harmonisations import GIVEN
from multipet.core.columns.harmonisation import TABLES
from multipet.core.files import read_json
from multipet.core.tables import read_columns, read_table
from multipet.figures.figure import save_drawings
from multipet.figures.harmonisation.gallery import CheckedTables, draw_harmonisation
from multipet.figures.labels import labels_from
from multipet.figures.style import figure_style
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC CHECKS_FOLDER FOLDER_OUT"""
    spec_file, checks, folder = words
    spec = read_json(spec_file)
    tables = {name: read_table(Path(checks) / f"{name}.tsv") for name in TABLES}
    described = read_columns(Path(checks) / "components.tsv")
    overview = read_json(Path(checks) / "overview.json")
    settings = spec["settings"]
    given = settings["method"] in GIVEN
    covariates = {column.name: column for column in described}
    checked = CheckedTables(tables, overview, settings["tested"], covariates, given)
    with figure_style():
        save_drawings(draw_harmonisation(checked, labels_from(spec)), folder)


if __name__ == "__main__":
    run_step(main)
