"""Files written whole or not at all, and their checksums."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from multipet.core.problems import Problem, UserError

#: End of the name of a file that is being written.
PART = ".part"
_NOTED: list[dict[Path, str]] = []


def write_text(path: Path | str, text: str) -> None:
    """Write ``text`` (UTF-8) so that readers see the old file or the new one, never a part.

    Raises
    ------
    UserError
        If the disk is full or does not let it be written.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write ``data`` as ``write_text`` writes text."""
    path = Path(path)
    try:
        _replace(path, data)
    except OSError as error:
        raise UserError(Problem(str(path), f"cannot be written: {error.strerror}")) from error
    for noted in _NOTED:
        noted[path] = hashlib.sha256(data).hexdigest()


@contextmanager
def noting_writes() -> Iterator[dict[Path, str]]:
    """Note every file that this process writes within, with the SHA-256 of its bytes."""
    noted: dict[Path, str] = {}
    _NOTED.append(noted)
    try:
        yield noted
    finally:
        _NOTED.pop()


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text_if_changed(path: Path | str, text: str) -> bool:
    """Write ``text`` only where the file holds something else; True when it was written."""
    path = Path(path)
    if path.is_file() and path.read_bytes() == text.encode("utf-8"):
        return False
    write_text(path, text)
    return True


def canonical_json(value: Any) -> str:
    """Return JSON that depends on the content alone: keys sorted, 1.0 as 1, no NaN.

    Raises
    ------
    ValueError
        If a number is NaN or infinite: say ``None`` and why instead.
    """
    return (
        json.dumps(
            _normalised(value), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False
        )
        + "\n"
    )


def write_json(path: Path | str, value: Any) -> None:
    """Write ``value`` as canonical JSON."""
    write_text(path, canonical_json(value))


def read_json(path: Path | str) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256_of(path: Path | str) -> str:
    """SHA-256 of a file's bytes, as 64 hex digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(folder: Path | str) -> None:
    """Write ``<folder>.sha256``: the SHA-256 of every file in a folder, as ``sha256sum`` has it.

    A folder has no checksum of its own to tell a changed one from a touched one.
    """
    folder = Path(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    write_text(folder.with_name(f"{folder.name}.sha256"), "".join(lines))


def _normalised(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        return {str(key): _normalised(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normalised(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
