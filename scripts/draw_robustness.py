"""Step of rule draw_robustness: the figures of a contrast's robustness, their tables, an index."""

from multipet.core.files import read_json
from multipet.core.tables import read_table
from multipet.figures.contrast.robustness_drawing import RobustnessTables
from multipet.figures.contrast.robustness_gallery import draw_robustness
from multipet.figures.figure import save_drawings
from multipet.figures.labels import labels_from
from multipet.figures.style import figure_style
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC CONTRAST LEFT_OUT SPECIFICATIONS PARTIAL_RESIDUALS PARTIAL_LINES CURVES LINEARITY
    RANDOM_EFFECTS VARIANCE_COMPONENTS FOLDER_OUT
    """
    spec, *tables, folder = words
    labels = labels_from(read_json(spec))
    with figure_style():
        drawings = draw_robustness(RobustnessTables(*map(read_table, tables)), labels)
        save_drawings(drawings, folder)


if __name__ == "__main__":
    run_step(main)
