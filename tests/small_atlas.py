"""A small atlas for tests: boxes of known place in a brain, in any orientation on disk."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, ornt_transform

#: Label -> (low, high) corner voxel of its box, in an image whose axes run right, front, top.
BOXES = {
    11: ((4, 12, 8), (8, 20, 14)),
    12: ((22, 12, 8), (26, 20, 14)),
    5: ((10, 6, 6), (20, 12, 12)),
}
BRAIN = 900
SHAPE, VOXEL, ORIGIN = (30, 36, 28), 3.0, (-43.5, -60.0, -30.0)
REGIONS = {"Left-Caudate": "caudate", "Right-Caudate": "caudate", "Brain-Stem": "stem"}
TABLE = "index\tname\themisphere\n0\tBackground\t\n900\tBrain\t\n" + "".join(
    f"{index}\t{name}\t{name[0] if '-C' in name else ''}\n"
    for index, name in zip(BOXES, REGIONS, strict=True)
)


def upright() -> tuple[np.ndarray, np.ndarray]:
    """Voxels and affine of the atlas, axes to the right, front and top."""
    voxels = np.zeros(SHAPE, np.int16)
    voxels[2:28, 3:33, 3:25] = BRAIN
    for label, (low, high) in BOXES.items():
        voxels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = label
    affine = np.diag([VOXEL, VOXEL, VOXEL, 1.0])
    affine[:3, 3] = ORIGIN
    return voxels, affine


def image(codes: str = "RAS", dtype: type = np.int16) -> nib.Nifti1Image:
    """The atlas stored with its axes along ``codes``."""
    voxels, affine = upright()
    turn = ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(codes))
    turned = apply_orientation(voxels, turn).astype(dtype)
    placed = nib.Nifti1Image(turned, affine @ inv_ornt_aff(turn, voxels.shape))
    placed.set_sform(placed.affine, 4)
    placed.set_qform(placed.affine, 1)
    return placed


def write_atlas(folder: Path, codes: str = "RAS", **changes: Any) -> dict[str, Any]:
    """Write image and table; returns the atlas's entry of a config with its defaults."""
    folder.mkdir(parents=True, exist_ok=True)
    nib.save(image(codes), folder / "atlas.nii.gz")
    (folder / "atlas.tsv").write_text(TABLE, encoding="utf-8")
    entry = {"image": str(folder / "atlas.nii.gz"), "table": str(folder / "atlas.tsv")}
    return {**entry, "columns": {}, "names": REGIONS, "absent": [], "label": "", **changes}


def large_image() -> bytes:
    """An uncompressed image of 182 x 218 x 182 voxels with 100 labels in its brain."""
    axes = np.ogrid[-91:91, -127:91, -73:109]
    inside = sum((axis / half) ** 2 for axis, half in zip(axes, (70, 88, 66), strict=True)) < 1
    x, y, z = np.nonzero(inside)
    voxels = np.zeros(inside.shape, np.int16)
    voxels[x, y, z] = 1 + x // 28 + 10 * (y // 28) + 100 * (z // 40)
    kept = np.unique(voxels)[1:101]
    voxels[~np.isin(voxels, kept)] = 0
    affine = np.eye(4)
    affine[:3, 3] = (-91, -127, -73)
    return nib.Nifti1Image(voxels, affine).to_bytes()
