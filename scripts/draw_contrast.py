"""Step of rule draw_contrast: the figures of one contrast, their tables, and an index."""

from multipet.core.files import read_json
from multipet.core.tables import read_table
from multipet.figures.contrast.brain_map_words import AtlasTables
from multipet.figures.contrast.gallery import ContrastTables, draw_contrast
from multipet.figures.figure import save_drawings
from multipet.figures.labels import labels_from
from multipet.figures.style import figure_style
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC CONTRAST BY_SITE RESIDUALS RANDOM_EFFECTS SHRINKAGE VARIANCE_COMPONENTS FOLDER_OUT
    [ATLAS_LABELS ATLAS_OUTLINES]
    """
    spec_file, *tables, folder = words[:8]
    spec, of_atlas = read_json(spec_file), [read_table(path) for path in words[8:]]
    atlas = AtlasTables(*of_atlas, spec["atlas"]) if of_atlas else None
    with figure_style():
        drawings = draw_contrast(ContrastTables(*map(read_table, tables)), labels_from(spec), atlas)
        save_drawings(drawings, folder)


if __name__ == "__main__":
    run_step(main)
