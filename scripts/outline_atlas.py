"""Step of rule outline_atlas: where the study's regions are, and their outlines for figures."""

from multipet.atlas.label_image import atlas_findings, label_image, load_image
from multipet.atlas.label_table import read_labels
from multipet.atlas.outlines import atlas_tables
from multipet.config.specs import OutlineSpec, read_spec
from multipet.core.columns.atlas import LABELS, OUTLINES
from multipet.core.findings_file import write_findings
from multipet.core.tables import read_columns, write_table
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """The pooled table; where its regions are in the atlas, and their outlines."""

    pooled: str
    labels: str
    outlines: str
    findings: str


def main(files: Files) -> None:
    """Find the study's regions in the atlas; write their labels, outlines and findings."""
    atlas = read_spec(OutlineSpec, files.spec).atlas
    regions = {column.name: column.levels for column in read_columns(files.pooled)}["region"]
    table = read_labels(atlas)
    wanted = [label for label in table.labels if label.region in regions]
    image = label_image(load_image(atlas.image))
    places, outlines = atlas_tables(image, wanted)
    write_findings(files.findings, [*table.findings, *atlas_findings(image, wanted, places)])
    write_table(files.outlines, outlines, OUTLINES)
    write_table(files.labels, places, LABELS)


if __name__ == "__main__":
    run_step(main, Files)
