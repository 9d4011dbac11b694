"""What a run says on the screen: one line a step in the words of the study, and the count."""

import logging
import time
from pathlib import Path
from typing import Any

from multipet.core.failure import failure_of

#: Lines of Snakemake that say nothing of the study.
SILENT = ("Select jobs to execute...", "RuleException:\nCalledProcessError")
#: Seconds without a new step after which the count is printed by itself.
QUIET = 20


class StepWords(logging.Formatter):
    """Says each event of a run in one line, and everything else as Snakemake says it.

    A step's line is printed when it starts, with the time and how many are done. Why a step
    failed is read from its log. Snakemake's own log file keeps every detail.

    Parameters
    ----------
    others
        How a handler formats what is no event of a step.
    """

    def __init__(self, others: logging.Formatter) -> None:
        super().__init__()
        self._others = others
        self._steps: dict[int, str] = {}
        self._count = ""
        self._told = time.monotonic()

    def filter(self, record: logging.LogRecord) -> bool:
        """Find the words for a record; False where there is nothing to say."""
        says = getattr(self, f"_{getattr(record, 'event', None)}", None)
        if says is None:
            return bool(record.msg) and not str(record.msg).startswith(SILENT)
        words = record.__dict__["words"] = says(record)
        self._told = time.monotonic() if words else self._told
        return bool(words)

    def format(self, record: logging.LogRecord) -> str:
        """The words found for the record, or what Snakemake says."""
        return getattr(record, "words", "") or self._others.format(record)

    def _job_info(self, record: Any) -> str:
        step = self._steps[record.jobid] = record.rule_msg or record.rule_name
        return _line(self._count, step)

    def _job_error(self, record: Any) -> str:
        step = self._steps.get(record.jobid, record.rule_name)
        logs = [path.split(" ")[0] for path in record.log]
        why = failure_of(step, *logs[:1]) if logs else None
        lines = [_line("failed", step)]
        lines += [f"{'':21}{reason}" for reason in why.reasons] if why else []
        lines += [f"{'':21}log: {Path(path).absolute()}" for path in logs if Path(path).is_file()]
        return "\n".join(lines)

    def _group_error(self, record: Any) -> str:
        """Its jobs are told one by one; what the cluster says stands in logs of its own."""
        return "\n".join(f"{'':21}log of the cluster: {path}" for path in record.aux_logs)

    def _progress(self, record: Any) -> str:
        self._count = f"{record.done} of {record.total}"
        waited = time.monotonic() - self._told > QUIET
        return _line(self._count, "steps are done") if waited or record.done == record.total else ""

    def _job_finished(self, record: Any) -> str:
        return ""

    _job_started = _group_info = _job_finished


def _line(count: str, text: str) -> str:
    return f"{time.strftime('%H:%M:%S')}  {count:>9}  {text}"
