"""Make the demo's atlas: a drawing of four subcortical regions in a brain, from simple solids.

Run ``.venv/bin/python config/demo/atlas/make_atlas.py [folder]``; without a folder it writes
beside itself. It is a schema, made by hand: nothing in it was measured (see README.md).
"""

import gzip
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import nibabel as nib
import numpy as np

#: 2 mm voxels, first axis to the right; the grid that MNI152 images of 2 mm have.
SHAPE = (91, 109, 91)
AFFINE = np.array([[2, 0, 0, -90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]], float)
MNI152 = 4  # NIfTI's code of that space
BRAIN = 1
NAMES = ("Caudate", "Putamen", "Accumbens-area", "Thalamus")
SIDES = (("Left", -1), ("Right", 1))

#: Tubes: points (x, y, z) of the right side in mm, and the radius there.
CAUDATE = ((10.5, 15, -2, 5.5), (12, 15, 5, 7), (13, 9, 11, 6), (14.5, 0, 16.5, 4.6),
           (16.5, -10, 19.5, 3.9), (19.5, -20, 20, 3.4), (24, -29, 17, 2.8))  # fmt: skip
STEM = ((0, -22, -12, 11), (0, -26, -26, 13), (0, -34, -44, 9), (0, -38, -62, 7.5))

Grid = tuple[np.ndarray, np.ndarray, np.ndarray]


def main(folder: Path) -> None:
    """Write ``schema.nii.gz`` and ``schema.tsv``."""
    image = nib.Nifti1Image(voxels(), AFFINE)
    image.set_sform(AFFINE, MNI152)
    image.set_qform(AFFINE, MNI152)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = b"schematic, for the demo only; not for localisation"
    data = gzip.compress(image.to_bytes(), compresslevel=9, mtime=0)
    (folder / "schema.nii.gz").write_bytes(data)
    lines = ["index\tname\themisphere", f"{BRAIN}\tBrain\t"]
    for i, name in enumerate(f"{side}-{name}\t{side[0]}" for name in NAMES for side, _ in SIDES):
        lines.append(f"{BRAIN + 1 + i}\t{name}")
    (folder / "schema.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def voxels() -> np.ndarray:
    """Labels: 0 outside, 1 brain, then the left and right of each region of ``NAMES``."""
    x, y, z = (along.astype(float) for along in np.ogrid[-90:91:2, -126:91:2, -72:109:2])
    labels = np.where(_brain(x, y, z), BRAIN, 0).astype(np.uint8)
    for i, _ in enumerate(NAMES):
        for j, (_, sign) in enumerate(SIDES):
            labels[_region(i, (sign * x, y, z))] = BRAIN + 1 + 2 * i + j
    return labels


def _region(number: int, at: Grid) -> np.ndarray:
    """Where the region is, on the right side."""
    if number == 0:
        return _tube(at, CAUDATE)
    if number == 1:
        return _solid(at, (26, 2, 1), (6.2, 17, 11.5), turn=17, power=2.3) & (at[2] > -10)
    if number == 2:
        return _solid(at, (10.5, 11.5, -8.5), (5.2, 6.2, 4.6)) & ~_tube(at, CAUDATE)
    return _solid(at, (11.5, -18.5, 7.5), (8.2, 14.5, 8.5), turn=22) & (at[0] > 2)


def _brain(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Cerebrum with temporal lobes, cerebellum and brainstem; alike on both sides."""
    side = np.abs(x)
    taper = 1 + 0.0022 * (y + 30) * (y > -30)  # narrower to the front
    flat = np.where(z < 12, (z - 12) * 66 / 38 + 12, z)  # the underside is flatter than the top
    cerebrum = _solid((side * taper, y, flat), (0, -18, 12), (69, 87, 66), power=2.25)
    temporal = _solid((side, y, z), (45, -14, -20), (21, 40, 24), turn=8)
    cerebellum = _solid((side, y, z), (20, -66, -37), (33, 27, 21), power=2.2)
    core = _solid((x, y, z), (0, -16, 8), (64, 70, 46))
    fissure = (side < 2) & ~core & (z > -14)
    whole = cerebrum | temporal | cerebellum | _tube((x, y, z), STEM)
    return whole & ~fissure


def _solid(
    at: Grid, centre: Sequence[float], half: Sequence[float], turn: float = 0, power: float = 2
) -> np.ndarray:
    """A superellipsoid, turned in the axial plane by ``turn`` degrees, its back outwards."""
    x, y, z = (along - middle for along, middle in zip(at, centre, strict=True))
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    turned = (cosine * x + sine * y, cosine * y - sine * x, z)
    parts = [np.abs(t / h) ** power for t, h in zip(turned, half, strict=True)]
    return parts[0] + parts[1] + parts[2] <= 1


def _tube(at: Grid, points: Sequence[Sequence[float]]) -> np.ndarray:
    """Balls of changing radius along the line through ``points`` (x, y, z, radius)."""
    inside = np.zeros(SHAPE, bool)
    for start, end in pairwise(points):
        for share in np.linspace(0, 1, 8):
            *centre, radius = np.asarray(start) * (1 - share) + np.asarray(end) * share
            inside |= _solid(at, centre, (radius,) * 3)
    return inside


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
