"""Step of rule outline_atlas: where the study's regions are, and their outlines for figures."""

from multipet.atlas.findings import atlas_findings
from multipet.atlas.label_image import label_image, load_image
from multipet.atlas.label_table import read_labels
from multipet.atlas.outlines import atlas_tables
from multipet.core.columns.atlas import LABELS, OUTLINES
from multipet.core.files import read_json
from multipet.core.findings_file import write_findings
from multipet.core.tables import read_columns, write_table
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC POOLED LABELS_OUT OUTLINES_OUT FINDINGS_OUT"""
    spec_file, pooled, labels_out, outlines_out, findings_out = words
    atlas = read_json(spec_file)["atlas"]
    regions = {c.name: c.levels for c in read_columns(pooled)}["region"]
    table = read_labels(atlas)
    wanted = [label for label in table.labels if label.region in regions]
    image = label_image(load_image(atlas["image"]))
    places, outlines = atlas_tables(image, wanted)
    write_findings(findings_out, [*table.findings, *atlas_findings(image, wanted, places)])
    write_table(outlines_out, outlines, OUTLINES)
    write_table(labels_out, places, LABELS)


if __name__ == "__main__":
    run_step(main)
