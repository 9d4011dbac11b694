"""One run at a time in a results folder: locks that the system frees however a run ends.

A run holds ``.lock`` for as long as it lives, and each of its steps shares ``.jobs``. Steps
outlive a run that was killed; a new run waits for them before it changes what they read.
"""

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from multipet.core.files import PART
from multipet.core.problems import Problem, UserError

LOCK, JOBS = ".lock", ".jobs"
#: Snakemake's own locks, which stay behind when it is killed.
SNAKEMAKE_LOCKS = Path(".snakemake") / "locks"
#: Seconds to wait for steps of a run that was killed.
PATIENCE = 60.0
_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


@contextmanager
def only_run(results: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Make this process the only run in ``results`` until it ends; within, no step begins.

    What a killed run left locked is unlocked, where it is sure to be dead.

    Parameters
    ----------
    results
        Results folder; made where it is not there.
    patience
        Seconds to wait for steps of a run that was killed.

    Raises
    ------
    UserError
        If another run uses the folder or may do so, steps of one are still working, or the
        folder cannot be written to.
    """
    run, jobs = _opened(results, LOCK), _opened(results, JOBS)
    try:
        ours = _hold(results, run, jobs, patience)
    except BaseException as error:
        os.close(run)
        os.close(jobs)
        if isinstance(error, OSError):
            raise _refused(results, f"cannot be written to: {error.strerror}") from None
        raise
    # where it is held `run` stays open: the system frees it when the process ends
    if not ours:
        os.close(run)
    try:
        yield
    finally:
        os.close(jobs)


def _hold(results: Path, run: int, jobs: int, patience: float) -> bool:
    """Take the folder; false where this process has it already."""
    last, own = os.pread(run, 1000, 0).decode("utf-8", "replace"), _name()
    held = _locked(run, fcntl.LOCK_EX)
    if held is False and last == own:
        return False
    if held is False:
        message = f"another run uses this folder (computer and process {last or 'unknown'})"
        raise _refused(results, message, "wait until it has ended, or use another --directory")
    _wait_for_jobs(results, jobs, patience)
    _clear(results, sure=held is True and last.split(" ")[0] == own.split(" ")[0])
    os.ftruncate(run, 0)
    os.pwrite(run, own.encode(), 0)
    return True


def share_folder(results: Path) -> None:
    """Tell later runs that a step is at work in ``results`` until this process ends."""
    try:
        _locked(os.open(results / JOBS, os.O_RDWR), fcntl.LOCK_SH, wait=True)
    except OSError:  # a step run by hand, or a folder without locks: nobody else to tell
        return


def _wait_for_jobs(results: Path, jobs: int, patience: float) -> None:
    end = time.monotonic() + patience
    while _locked(jobs, fcntl.LOCK_EX) is False:
        if time.monotonic() > end:
            message = "steps of a run that was killed are still working here"
            raise _refused(results, message, "wait until they have ended, or end them")
        time.sleep(0.2)


def _clear(results: Path, *, sure: bool) -> None:
    """Remove what a killed run left: Snakemake's locks and halves of files."""
    stale = list(_stale(results))
    if stale and not sure:
        message = "a run that was killed, or one on another computer, has locked this folder"
        raise _refused(results, message, f"if none is left, delete {SNAKEMAKE_LOCKS} and run again")
    for path in [*stale, *results.rglob(f".*{PART}")]:
        path.unlink(missing_ok=True)


def _stale(results: Path) -> Iterator[Path]:
    for path in SNAKEMAKE_LOCKS.glob("*.lock"):
        files = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if any(file.startswith(f"{results.as_posix()}/") for file in files):
            yield path


def _locked(descriptor: int, kind: int, *, wait: bool = False) -> bool | None:
    """Whether a lock was got; ``None`` where the file system has none."""
    try:
        fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return None
        raise
    return True


def _opened(results: Path, name: str) -> int:
    try:
        results.mkdir(parents=True, exist_ok=True)
        return os.open(results / name, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise _refused(results, f"cannot be written to: {error.strerror}") from None


def _name() -> str:
    """This process, as the one who holds a lock."""
    return f"{socket.gethostname()} {os.getpid()}"


def _refused(results: Path, message: str, hint: str = "") -> UserError:
    return UserError(Problem(str(results), message, hint))
