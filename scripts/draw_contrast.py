"""Step of rule draw_contrast: the figures of one contrast, their tables, and an index."""

from multipet.figures.drawing import save_drawings
from multipet.figures.gallery import ContrastTables, draw_contrast
from multipet.figures.labels import labels_from
from multipet.figures.style import figure_style
from multipet.files import read_json
from multipet.step import run_step
from multipet.tables import read_table


def main(words: list[str]) -> None:
    """SPEC CONTRAST BY_SITE RESIDUALS RANDOM_EFFECTS SHRINKAGE VARIANCE_COMPONENTS FOLDER_OUT"""
    spec, *tables, folder = words
    labels = labels_from(read_json(spec))
    with figure_style():
        save_drawings(draw_contrast(ContrastTables(*map(read_table, tables)), labels), folder)


if __name__ == "__main__":
    run_step(main)
