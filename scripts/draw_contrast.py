"""Step of rule draw_contrast: the figures of one contrast, their tables, and an index."""

from multipet.config.page_specs import DrawSpec
from multipet.config.specs import read_spec
from multipet.core.tables import read_table
from multipet.figures.contrast.brain_map_words import AtlasTables
from multipet.figures.contrast.gallery import ContrastTables, draw_contrast
from multipet.figures.figure import save_drawings
from multipet.figures.labels import labels_from
from multipet.figures.style import figure_style
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Tables of a contrast and its model, and of the atlas, if any; the folder of figures."""

    contrast: str
    by_site: str
    residuals: str
    random_effects: str
    shrinkage: str
    variance_components: str
    labels: str | None = None
    outlines: str | None = None
    folder: str


def main(files: Files) -> None:
    """Draw every figure and save it with its table."""
    spec = read_spec(DrawSpec, files.spec)
    tables = ContrastTables(
        contrast=read_table(files.contrast),
        by_site=read_table(files.by_site),
        residuals=read_table(files.residuals),
        random_effects=read_table(files.random_effects),
        shrinkage=read_table(files.shrinkage),
        variance=read_table(files.variance_components),
    )
    atlas = None
    if files.labels and files.outlines:
        atlas = AtlasTables(read_table(files.labels), read_table(files.outlines), spec.atlas)
    with figure_style():
        save_drawings(draw_contrast(tables, labels_from(spec), atlas), files.folder)


if __name__ == "__main__":
    run_step(main, Files)
