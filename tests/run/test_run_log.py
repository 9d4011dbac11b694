"""What a run says on the screen."""

import logging
from typing import Any

import pytest

from multipet.run.log import StepWords


@pytest.fixture
def said():
    """Send an event; get what is printed, without the time, or None."""
    words = StepWords(logging.Formatter("snakemake: %(message)s"))

    def say(event: str | None = None, text: str = "", **fields: Any) -> str | None:
        record = logging.LogRecord("", logging.INFO, "", 0, text, None, None)
        vars(record).update(fields, event=event)
        if not words.filter(record):
            return None
        printed = words.format(record)
        return printed[10:] if event else printed

    return say


def start(said, number: int, step: str) -> str:
    return said("job_info", jobid=number, rule_msg=step, rule_name="fit")


def test_a_step_is_a_line_with_the_count(said):
    assert start(said, 1, "Fit model main") == "           Fit model main"
    assert said("job_finished", job_id=1) is None
    assert said("progress", done=1, total=34) is None
    assert start(said, 2, "Fit model other") == "  1 of 34  Fit model other"
    assert said("job_info", jobid=3, rule_msg=None, rule_name="own") == "  1 of 34  own"


def test_the_last_count_is_printed_and_one_after_a_long_silence(said, monkeypatch):
    assert said("progress", done=2, total=2) == "   2 of 2  steps are done"
    monkeypatch.setattr("multipet.run.log.time.monotonic", lambda: 1e9)
    assert said("progress", done=1, total=2) == "   1 of 2  steps are done"
    assert said("progress", done=1, total=2) is None


def test_a_failed_step_says_why_and_where_its_log_is(said, tmp_path):
    log = tmp_path / "fit.log"
    log.write_text("ERROR a.csv: is empty\n")
    start(said, 7, "Fit model main")
    failed = said("job_error", jobid=7, rule_name="fit", log=[f"{log}"]).splitlines()
    assert [line.strip() for line in failed] == [
        "failed  Fit model main",
        "a.csv: is empty",
        f"log: {log}",
    ]


def test_all_else_is_as_snakemake_says_it(said):
    assert said(text="Nothing to be done") == "snakemake: Nothing to be done"
    assert said(text="Select jobs to execute...") is None
    assert said(text="") is None
