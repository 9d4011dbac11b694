"""Step of rule draw_robustness: the figures of a contrast's robustness, their tables, an index."""

import msgspec

from multipet.config.page_specs import DrawSpec
from multipet.config.specs import read_spec
from multipet.core.tables import read_table
from multipet.figures.contrast import ROBUSTNESS_FIGURES
from multipet.figures.contrast.source import contrast_source
from multipet.figures.figure import save_figures
from multipet.figures.labels import labels_from
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Tables of a contrast and its model; the folder of figures."""

    contrast: str
    left_out: str
    specifications: str
    partial_residuals: str
    partial_lines: str
    curves: str
    linearity: str
    random_effects: str
    variance_components: str
    folder: str


NO_TABLES = ("spec", "folder")


def main(files: Files) -> None:
    """Draw every figure and save it with its table."""
    spec, given = read_spec(DrawSpec, files.spec), msgspec.structs.asdict(files)
    tables = {name: read_table(path) for name, path in given.items() if name not in NO_TABLES}
    save_figures(ROBUSTNESS_FIGURES, contrast_source(tables, labels_from(spec)), files.folder)


if __name__ == "__main__":
    run_step(main, Files)
