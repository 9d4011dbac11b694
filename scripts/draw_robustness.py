"""Step of rule draw_robustness: the figures of a contrast's robustness, their tables, an index."""

from multipet.config.page_specs import DrawSpec
from multipet.config.specs import read_spec
from multipet.core.tables import read_table
from multipet.figures.contrast.robustness_drawing import RobustnessTables
from multipet.figures.contrast.robustness_gallery import draw_robustness
from multipet.figures.figure import save_drawings
from multipet.figures.labels import labels_from
from multipet.figures.style import figure_style
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


def main(files: Files) -> None:
    """Draw every figure and save it with its table."""
    tables = RobustnessTables(
        contrast=read_table(files.contrast),
        left_out=read_table(files.left_out),
        specifications=read_table(files.specifications),
        partial_residuals=read_table(files.partial_residuals),
        partial_lines=read_table(files.partial_lines),
        curves=read_table(files.curves),
        linearity=read_table(files.linearity),
        random_effects=read_table(files.random_effects),
        variance=read_table(files.variance_components),
    )
    with figure_style():
        drawings = draw_robustness(tables, labels_from(read_spec(DrawSpec, files.spec)))
        save_drawings(drawings, files.folder)


if __name__ == "__main__":
    run_step(main, Files)
