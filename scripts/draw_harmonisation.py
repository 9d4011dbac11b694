"""Step of rule draw_harmonisation: the figures of one harmonisation, their tables, an index."""

from pathlib import Path

from multipet.config.methods import GIVEN
from multipet.config.page_specs import DrawHarmonisationSpec
from multipet.config.specs import read_spec
from multipet.core.columns.harmonisation import TABLES
from multipet.core.files import read_json
from multipet.core.tables import read_columns, read_table
from multipet.figures.figure import save_figures
from multipet.figures.harmonisation import HARMONISATION_FIGURES
from multipet.figures.harmonisation.source import HarmonisationSource
from multipet.figures.labels import labels_from
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Folder of the checks; the folder of figures."""

    checks: str
    folder: str


def main(files: Files) -> None:
    """Draw every figure and save it with its table."""
    spec, folder = read_spec(DrawHarmonisationSpec, files.spec), Path(files.checks)
    source = HarmonisationSource(
        tables={name: read_table(folder / f"{name}.tsv") for name in TABLES},
        overview=read_json(folder / "overview.json"),
        tested=spec.settings.tested,
        covariates={column.name: column for column in read_columns(folder / "components.tsv")},
        labels=labels_from(spec),
        is_given=spec.settings.method in GIVEN,
    )
    save_figures(HARMONISATION_FIGURES, source, files.folder)


if __name__ == "__main__":
    run_step(main, Files)
