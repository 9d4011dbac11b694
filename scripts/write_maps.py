"""Step of rule write_maps: effect and t of one contrast in the atlas, as NIfTI."""

from pathlib import Path

from multipet.atlas.contrast_maps import write_maps
from multipet.atlas.label_image import load_image
from multipet.atlas.label_table import read_labels
from multipet.core.files import read_json
from multipet.core.tables import read_table
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC CONTRAST FOLDER_OUT"""
    spec_file, contrast, folder = words
    spec = read_json(spec_file)
    labels = read_labels(spec["atlas"]).labels
    atlas = load_image(spec["atlas"]["image"])
    write_maps(read_table(contrast), labels, atlas, spec, Path(folder))


if __name__ == "__main__":
    run_step(main)
