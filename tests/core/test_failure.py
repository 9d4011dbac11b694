"""Why a step failed, from its log."""

import os
from pathlib import Path

import pytest

from multipet.core.failure import NEVER_BEGAN, NO_WORD, REPORT, failure_of, reasons

TRACE = ["Traceback (most recent call last):", '  File "x.py", line 3, in main']


def test_a_users_mistakes_stand_for_themselves_once_each():
    lines = ["a warning", "ERROR a.csv: is empty", "ERROR b.csv: is empty", "ERROR a.csv: is empty"]
    assert reasons(lines) == ("a.csv: is empty", "b.csv: is empty")


@pytest.mark.parametrize(
    ("last", "meaning"),
    [
        ("MemoryError", "it needed more memory than there was (MemoryError)"),
        (
            "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9 GiB",
            "it needed more memory than there was",
        ),
        ("OSError: [Errno 28] No space left on device: 'a.tsv'", "the disk is full ("),
        ("PermissionError: [Errno 13] Permission denied: 'a'", "may not be read or written"),
        ("KeyError: 'age'", f"{REPORT} (KeyError: 'age')"),
    ],
)
def test_the_last_line_of_a_traceback_tells_machine_from_mistake(last, meaning):
    (found,) = reasons([*TRACE, last, ""])
    assert meaning in found
    assert found.count("\n") == 0


def test_a_step_that_is_killed_says_nothing():
    assert reasons([]) == reasons(["RuntimeWarning: overflow"]) == (NO_WORD,)


def test_a_log_of_another_run_says_nothing_of_this_one(tmp_path):
    log = tmp_path / "a.log"
    assert failure_of("Fit", log).reasons == (NEVER_BEGAN,)
    log.write_bytes(b"ERROR \xff is no text\n")
    os.utime(log, (1000, 1000))
    found = failure_of("Fit", log, since=999)
    assert found.reasons == ("\ufffd is no text",)
    assert Path(found.log) == log
    assert found.explained
    later = failure_of("Fit", log, since=1001)
    assert (later.reasons, later.log, later.explained) == ((NEVER_BEGAN,), "", False)
