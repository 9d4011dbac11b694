"""Step of rule draw_contrast: the figures of one contrast, their tables, and an index."""

import msgspec

from multipet.config.page_specs import DrawSpec
from multipet.config.specs import read_spec
from multipet.core.tables import read_table
from multipet.figures.contrast import CONTRAST_FIGURES
from multipet.figures.contrast.source import AtlasTables, contrast_source
from multipet.figures.figure import save_figures
from multipet.figures.labels import labels_from
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


NO_TABLES = ("spec", "labels", "outlines", "folder")


def main(files: Files) -> None:
    """Draw every figure and save it with its table."""
    spec, given = read_spec(DrawSpec, files.spec), msgspec.structs.asdict(files)
    tables = {name: read_table(path) for name, path in given.items() if name not in NO_TABLES}
    atlas = None
    if files.labels and files.outlines:
        atlas = AtlasTables(read_table(files.labels), read_table(files.outlines), spec.atlas)
    save_figures(CONTRAST_FIGURES, contrast_source(tables, labels_from(spec), atlas), files.folder)


if __name__ == "__main__":
    run_step(main, Files)
