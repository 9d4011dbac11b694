"""What an atlas lacks, or why its map is less exact than it looks."""

from collections.abc import Iterator, Sequence

import pandas as pd

from multipet.atlas.label_image import LabelImage
from multipet.atlas.label_table import AtlasLabel
from multipet.core.findings import Finding

MOST_TILT = 3.0  # degrees


def atlas_findings(
    image: LabelImage, labels: Sequence[AtlasLabel], places: pd.DataFrame
) -> list[Finding]:
    """Labels of the table that the image lacks, regions without a place, a tilted image.

    Parameters
    ----------
    image
        The atlas.
    labels
        Those that the study's regions need.
    places
        Those that the image has, columns ``atlas_columns.LABELS``.
    """
    return [*_absent_labels(labels, places), *_cut_off(places), *_tilt(image)]


def _absent_labels(labels: Sequence[AtlasLabel], places: pd.DataFrame) -> Iterator[Finding]:
    present = set(places["label"])
    for label in labels:
        if label.index not in present:
            alone = label.region not in set(places["region"])
            effect = "is not on the map" if alone else "is on the map without this part"
            message = (
                f"label {label.index} ({label.name}) of the atlas's table is not in its image: "
                f"{label.region} {effect}"
            )
            yield _noted("atlas_label_absent", message, label.region, str(label.index))


def _cut_off(places: pd.DataFrame) -> Iterator[Finding]:
    """Regions that no slice of the figure cuts; the maps on disk have them."""
    shown = places.groupby("region", sort=False)["shown"].max()
    for region in shown.index[shown == 0]:
        message = f"no slice of the brain map cuts {region}; its effect stands in the table"
        yield _noted("atlas_region_unseen", message, region)


def _tilt(image: LabelImage) -> Iterator[Finding]:
    if image.tilt > MOST_TILT:
        message = (
            f"the axes of the atlas are tilted by {image.tilt:.0f} degrees against right, front "
            "and top: a slice's coordinate is that of its middle"
        )
        yield _noted("atlas_tilted", message, value=f"{image.tilt:.3g}")


def _noted(check: str, message: str, region: str = "", value: str = "") -> Finding:
    about = {"message": message, "region": region, "value": value}
    return Finding(stage="atlas", check=check, action="noted", **about)
