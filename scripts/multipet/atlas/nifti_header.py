"""The header of a NIfTI file, read without numpy: is this a whole label image with a place?"""

import gzip
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20
#: Voxels, or bytes before the first, that no label image has.
LARGEST = 1 << 30
#: NIfTI datatype codes of single integer or floating-point numbers.
NUMBERS = (2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280)
#: Size of the header -> where its fields stand, of NIfTI-1 and NIfTI-2 (nifti1.h, nifti2.h).
FIELDS = {
    348: {"dim": ("8h", 40), "datatype": ("h", 70), "bitpix": ("h", 72), "offset": ("f", 108),
          "qform": ("h", 252), "sform": ("h", 254), "magic": ("4s", 344)},
    540: {"dim": ("8q", 16), "datatype": ("h", 12), "bitpix": ("h", 14), "offset": ("q", 168),
          "qform": ("i", 344), "sform": ("i", 348), "magic": ("4s", 4)},
}  # fmt: skip
MAGIC = (b"n+1\0", b"n+2\0")


class NiftiError(ValueError):
    """A file that is no label image, said as the end of a sentence."""


@dataclass(frozen=True)
class NiftiHeader:
    """What a header says of its image.

    Attributes
    ----------
    shape
        Voxels along each axis; axes of length 1 at the end are left out.
    datatype
        NIfTI code.
    size
        Bytes of the file, decompressed, that the image needs.
    is_placed
        Whether an sform or a qform says where the voxels are, and so which side is left.
    """

    shape: tuple[int, ...]
    datatype: int
    size: int
    is_placed: bool


def check_label_image(path: Path | str) -> NiftiHeader:
    """Header of a whole three-dimensional image whose place is known.

    Raises
    ------
    NiftiError
        If the file is anything else, or its data stop early or do not fit their checksum.
    """
    try:
        with _opened(Path(path)) as file:
            header = _header(file.read(540))
            _check(header)
            _read_to(file, header.size - 540)
    except (EOFError, OSError, zlib.error) as error:
        raise NiftiError(f"cannot be read: {error}") from None
    return header


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _header(data: bytes) -> NiftiHeader:
    for order in "<>":
        size = struct.unpack_from(f"{order}i", data)[0] if len(data) >= 348 else 0
        if size in FIELDS and len(data) >= size:
            return _parsed(data, FIELDS[size], order)
    raise NiftiError("is no NIfTI file")


def _parsed(data: bytes, fields: dict[str, tuple[str, int]], order: str) -> NiftiHeader:
    def field(name: str) -> tuple:
        kind, place = fields[name]
        return struct.unpack_from(order + kind, data, place)

    if field("magic")[0] not in MAGIC:
        raise NiftiError("is no single NIfTI file (.nii or .nii.gz)")
    count, *lengths = field("dim")
    if not 1 <= count <= 7 or min(lengths[:count]) < 1:
        raise NiftiError("has a header that makes no sense")
    shape = list(lengths[:count])
    while len(shape) > 3 and shape[-1] == 1:
        shape.pop()
    voxels = 1
    for length in shape:
        voxels *= length
    offset = field("offset")[0]
    if not min(FIELDS) <= offset <= LARGEST or voxels > LARGEST:
        raise NiftiError("has a header that makes no sense")
    end = int(offset) + voxels * field("bitpix")[0] // 8
    placed = field("qform")[0] > 0 or field("sform")[0] > 0
    return NiftiHeader(tuple(shape), field("datatype")[0], end, placed)


def _check(header: NiftiHeader) -> None:
    if len(header.shape) != 3:
        shape = " x ".join(map(str, header.shape))
        raise NiftiError(f"is not three-dimensional but {shape}")
    if header.datatype not in NUMBERS:
        raise NiftiError(f"holds no plain numbers (NIfTI datatype {header.datatype})")
    if not header.is_placed:
        raise NiftiError("has neither sform nor qform: left and right cannot be told")


def _read_to(file: BinaryIO | gzip.GzipFile, rest: int) -> None:
    read: Callable[[], bytes] = lambda: file.read(CHUNK)  # noqa: E731
    for chunk in iter(read, b""):
        rest -= len(chunk)
    if rest > 0:
        raise NiftiError(f"is cut short: {rest} bytes are missing")
