"""Step of rule write_maps: effect and t of one contrast in the atlas, as NIfTI."""

from pathlib import Path

from multipet.atlas.contrast_maps import write_maps
from multipet.atlas.label_image import load_image
from multipet.atlas.label_table import read_labels
from multipet.config.page_specs import MapsSpec
from multipet.config.specs import read_spec
from multipet.core.tables import read_table
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """The contrast's table; the folder of images."""

    contrast: str
    folder: str


def main(files: Files) -> None:
    """Write an image of the effect and one of t for each comparison."""
    spec = read_spec(MapsSpec, files.spec)
    labels = read_labels(spec.atlas).labels
    atlas = load_image(spec.atlas.image)
    write_maps(read_table(files.contrast), labels, atlas, spec, Path(files.folder))


if __name__ == "__main__":
    run_step(main, Files)
