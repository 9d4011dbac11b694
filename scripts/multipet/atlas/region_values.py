"""Values of regions as a NIfTI image: every voxel of a region holds the value of the region."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass

import nibabel as nib
import numpy as np

from multipet.atlas.label_image import LabelImage

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
