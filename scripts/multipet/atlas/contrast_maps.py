"""The maps of a contrast: its effect and its t in every voxel of each region, as files."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd

from multipet.atlas.label_image import LabelImage, label_image
from multipet.atlas.label_table import AtlasLabel
from multipet.config.page_specs import MapsSpec
from multipet.config.part import plain
from multipet.config.study import Outcome
from multipet.core.files import write_bytes, write_json

DESCRIPTION = 79  # bytes that a header has for it


@dataclass(frozen=True)
class ValueMap:
    """What an image shows.

    Attributes
    ----------
    values
        Label of the atlas -> value; NaN where there is no estimate.
    name
        A word: ``effect`` or ``t``.
    description
        A few words for the header, in ASCII.
    """

    values: Mapping[int, float]
    name: str
    description: str


def nifti_bytes(shown: ValueMap, atlas: nib.Nifti1Image, labels: LabelImage) -> bytes:
    """Return a gzipped NIfTI file on the atlas's own grid; NaN outside the regions.

    Float32, with the atlas's affine and its codes, and a display range (``cal_min``,
    ``cal_max``) symmetric around 0. The same input gives the same bytes.

    Parameters
    ----------
    shown
        What to write.
    atlas
        Image whose grid is taken; nothing else of its header is.
    labels
        Its voxels, ``label_image(atlas)``.
    """
    data = _painted(shown.values, labels.voxels)
    image = type(atlas)(data, atlas.affine)
    header = image.header
    image.set_sform(*_coded(atlas.get_sform(coded=True), atlas.affine))
    image.set_qform(*_coded(atlas.get_qform(coded=True), atlas.affine))
    header.set_xyzt_units("mm")
    header["descrip"] = shown.description.encode("ascii", "replace")[:DESCRIPTION]
    header["intent_name"] = shown.name.encode("ascii")
    finite = [abs(value) for value in shown.values.values() if np.isfinite(value)]
    header["cal_max"] = max(finite, default=0.0)
    header["cal_min"] = -header["cal_max"]
    return gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)


def _painted(values: Mapping[int, float], voxels: np.ndarray) -> np.ndarray:
    known = np.array(sorted(values), dtype=voxels.dtype)
    colours = np.array([values[index] for index in known.tolist()], dtype=np.float32)
    data = np.full(voxels.shape, np.nan, dtype=np.float32)
    at = np.isin(voxels, known)
    data[at] = colours[np.searchsorted(known, voxels[at])]
    return data


def _coded(
    form: tuple[np.ndarray | None, int], affine: np.ndarray
) -> tuple[np.ndarray | None, int]:
    """An sform or qform with its code; one that the atlas lacks stays unset."""
    matrix, code = form
    return (affine if matrix is None else matrix), int(code)


EFFECT, T = "effect", "t"


@dataclass(frozen=True)
class MapFile:
    """One map: the rows it shows, and what its files are called.

    Attributes
    ----------
    stem
        File name without ending: made of the contrast's id and a number, never of its words.
    rows
        Of ``columns.CONTRAST``, of one comparison.
    quantity
        ``effect`` or ``t``.
    """

    stem: str
    rows: pd.DataFrame
    quantity: str

    def values(self, is_log: bool) -> pd.Series:
        """Value of each region: percent where models are fitted on the logarithm."""
        column = T if self.quantity == T else ("percent" if is_log else "estimate")
        return self.rows.set_index("region")[column].astype(float)


def map_files(contrast: pd.DataFrame, labels: Sequence[AtlasLabel]) -> Iterator[MapFile]:
    """Maps of every comparison in which a region with a label has an estimate.

    A contrast of several comparisons has them numbered as in its table, from 1.
    """
    placed = contrast[contrast["region"].isin({label.region for label in labels})]
    comparisons = contrast["comparison"].unique()
    digits = len(str(len(comparisons)))
    for number, comparison in enumerate(comparisons, 1):
        rows = placed[placed["comparison"] == comparison]
        if rows["estimate"].isna().all():
            continue
        part = f"_{number:0{digits}d}" if len(comparisons) > 1 else ""
        for quantity in (EFFECT, T):
            yield MapFile(f"{rows['contrast'].iloc[0]}{part}_{quantity}", rows, quantity)


def write_maps(
    contrast: pd.DataFrame,
    labels: Sequence[AtlasLabel],
    atlas: nib.Nifti1Image,
    spec: MapsSpec,
    folder: Path,
) -> None:
    """Write each map as ``<stem>.nii.gz`` with ``<stem>.json``, what it means, beside it.

    Parameters
    ----------
    contrast
        Columns ``columns.CONTRAST``.
    labels
        Every label of the atlas's table.
    atlas
        Its image.
    spec
        Of the step.
    folder
        Made where it is not there yet.
    """
    voxels = label_image(atlas)
    folder.mkdir(parents=True, exist_ok=True)
    for file in map_files(contrast, labels):
        values = file.values(spec.outcome.scale == "log")
        of_label = {label.index: values.get(label.region, np.nan) for label in labels}
        description = f"multipet: {file.quantity} by region, contrast {spec.id}"
        shown = ValueMap(of_label, file.quantity, description)
        write_bytes(folder / f"{file.stem}.nii.gz", nifti_bytes(shown, atlas, voxels))
        write_json(folder / f"{file.stem}.json", sidecar(file, values, labels, spec))


def sidecar(
    file: MapFile, values: pd.Series, labels: Sequence[AtlasLabel], spec: MapsSpec
) -> dict[str, Any]:
    """Return what the map shows and was made from; keys written as BIDS writes them."""
    meaning, unit = _meaning(file.quantity, spec.outcome)
    note = "One value a region, in all its voxels; NaN elsewhere. It is no voxelwise map."
    return {
        "Description": f"{meaning}. {note}",
        "Statistic": file.quantity,
        "Units": unit,
        "Contrast": {
            "Id": spec.id,
            "Title": spec.title,
            "Comparison": str(file.rows["comparison"].iloc[0]),
        },
        "Model": plain(spec.model),
        "Inference": plain(spec.inference),
        "Regions": [_region(row, values, labels) for row in file.rows.itertuples()],
        "Sources": list(spec.sources),
    }


def _meaning(quantity: str, outcome: Outcome) -> tuple[str, str]:
    """What the voxels hold, and its unit."""
    if quantity == T:
        return "Estimate divided by its standard error", "1"
    effect = f"Estimated effect on {outcome.label}"
    return (f"{effect}, in percent", "%") if outcome.scale == "log" else (effect, outcome.unit)


def _region(row: Any, values: pd.Series, labels: Sequence[AtlasLabel]) -> dict[str, Any]:
    value = values[row.region]
    cells = {"PAdjusted": row.p_adjusted, "PValue": row.p_value, "Value": value}
    numbers = {name: None if pd.isna(cell) else float(cell) for name, cell in cells.items()}
    own = [label.index for label in labels if label.region == row.region]
    return {"Region": row.region, "Labels": own, "Status": row.status, **numbers}
