"""The image of an atlas: a whole number a voxel, where the voxel is, and what the atlas lacks."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation

from multipet.atlas.label_table import AtlasLabel
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError

#: What nibabel raises for files and headers that make no sense.
UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    MemoryError,
    zlib.error,
    nib.filebasedimages.ImageFileError,
    nib.spatialimages.HeaderDataError,
    np.linalg.LinAlgError,
)
#: Volume of a box of unit edges below which its axes lie in a plane.
FLAT = 1e-6
#: Longest voxel in mm, and the farthest that one lies from the origin.
LARGEST_VOXEL, FARTHEST = 100.0, 10_000.0


@dataclass(frozen=True, eq=False)
class LabelImage:
    """Labels of voxels.

    Attributes
    ----------
    voxels
        Whole numbers, shape (nx, ny, nz); 0 is the background.
    affine
        Voxel indices to millimetres to the right, front and top, shape (4, 4).
    """

    voxels: np.ndarray
    affine: np.ndarray

    @property
    def voxel_volume(self) -> float:
        """Volume of a voxel in mm³."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    @property
    def voxel_sizes(self) -> np.ndarray:
        """Length of a voxel along each axis in mm, shape (3,)."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    @property
    def tilt(self) -> float:
        """Greatest angle in degrees between an axis of the image and right, front or top."""
        along = np.abs(self.affine[:3, :3] / self.voxel_sizes).max(axis=0)
        return float(np.degrees(np.arccos(np.clip(along, 0, 1))).max())

    def upright(self) -> "LabelImage":
        """The same voxels, axes flipped and swapped to run to the right, front and top."""
        orientation = io_orientation(self.affine)
        turned = apply_orientation(self.voxels, orientation)
        return LabelImage(turned, self.affine @ inv_ornt_aff(orientation, self.voxels.shape))


def load_image(path: Path | str) -> nib.Nifti1Image:
    """Open a NIfTI image; its voxels are not yet read.

    Raises
    ------
    UserError
        If it is none.
    """
    try:
        return nib.load(path)
    except UNREADABLE as error:
        raise _unreadable(Path(path), error) from None


def label_image(image: nib.Nifti1Image) -> LabelImage:
    """Voxels of ``image`` as whole numbers.

    Raises
    ------
    UserError
        If they are not, as in an atlas of probabilities, or cannot be read.
    """
    path = Path(image.get_filename() or "atlas")
    try:
        with np.errstate(all="ignore"):  # what an odd scale makes of the voxels is told below
            values = np.asanyarray(image.dataobj).reshape(image.shape[:3])
    except UNREADABLE as error:
        raise _unreadable(path, error) from None
    if values.dtype.kind == "f":
        whole = np.rint(values)
        if not np.array_equal(whole, values):
            message = "has voxels that are no whole numbers"
            raise UserError(Problem(path.name, message, "give a label image, not probabilities"))
        values = whole
    largest = np.iinfo(np.int32)
    if values.size and not (largest.min <= values.min() and values.max() <= largest.max):
        message = f"has labels beyond {largest.max}"
        raise UserError(Problem(path.name, message, "number the labels anew"))
    return LabelImage(values.astype(np.int32), _placed(path, np.asarray(image.affine, float)))


def _placed(path: Path, affine: np.ndarray) -> np.ndarray:
    """The affine, where it says of every voxel where it is."""
    with np.errstate(all="ignore"):
        sizes = np.linalg.norm(affine[:3, :3], axis=0)
        is_finite = bool(np.isfinite(affine).all() and np.isfinite(sizes).all())
        is_sound = is_finite and sizes.min() > 0 and sizes.max() <= LARGEST_VOXEL
        flat = not is_sound or abs(np.linalg.det(affine[:3, :3] / sizes)) < FLAT
    if flat or np.abs(affine[:3, 3]).max() > FARTHEST:
        message = "has an sform or qform that makes no sense: where its voxels are cannot be told"
        raise UserError(Problem(path.name, message, "write it anew from its source"))
    return affine


def _unreadable(path: Path, error: Exception) -> UserError:
    return UserError(Problem(path.name, f"cannot be read as NIfTI: {error}"))


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
